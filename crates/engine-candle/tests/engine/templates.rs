//! Chat templates against Jinja2 in the environment of `transformers` (`vectors/templates.json` names the versions; made by
//! `benches/templates/templates.py`).
//!
//! `EVALSCOPE_TEST_TEMPLATES` names a file that the same program printed for a folder of templates of real models.

use evalscope_engine_candle::{Date, render_chat};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;

/// The day that the vectors were made for.
const DAY: Date = Date { year: 2024, month: 7, day: 26 };

#[derive(Deserialize)]
struct Vectors {
    #[serde(default)]
    conversations: HashMap<String, Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    template: String,
    /// A conversation, or the name of one.
    context: Value,
    expected: Option<String>,
    /// Why Jinja2 refuses.
    error: Option<String>,
}

/// What differs, one line a case.
fn differences(vectors: &Vectors) -> Vec<String> {
    let differs = |case: &Case| {
        let context = case.context.as_str().map_or(&case.context, |name| &vectors.conversations[name]);
        let ours = render_chat(&case.template, (Some("<s>"), Some("</s>")), DAY, context);
        match (&case.expected, &ours) {
            (Some(expected), Ok(ours)) if expected == ours => None,
            (None, Err(_)) => None,
            // What Python finds wrong with a type or a name, minijinja may pass over.
            (None, Ok(_)) if !is_refusal(case.error.as_deref().unwrap_or_default()) => None,
            // Texts that are marked `safe` spread their escaping in Jinja2 only.
            (Some(_), Ok(_)) if case.template.contains("|safe +") => None,
            (expected, ours) => Some(format!("{}: expected {expected:?}, not {ours:?}", case.name)),
        }
    };
    vectors.cases.iter().filter_map(differs).collect()
}

/// Whether the template itself refuses, or cannot be read.
fn is_refusal(error: &str) -> bool {
    error.starts_with("TemplateError") || error.starts_with("TemplateSyntaxError")
}

#[test]
fn every_feature_renders_as_in_jinja2() {
    let vectors: Vectors = serde_json::from_str(include_str!("../../vectors/templates.json")).unwrap();
    assert!(vectors.cases.len() > 40);
    let differences = differences(&vectors);
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests are told where templates of others lie")]
fn templates_of_real_models_render_as_in_jinja2() {
    let Ok(path) = std::env::var("EVALSCOPE_TEST_TEMPLATES") else { return };
    let vectors: Vectors = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let differences = differences(&vectors);
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}
