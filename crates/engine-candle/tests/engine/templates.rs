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

/// What came out.
#[derive(Default)]
struct Outcome {
    /// What differs, one line a case.
    differences: Vec<String>,
    /// Cases that Python refuses for a type or a name that it finds wrong, which minijinja passes over.
    passed_over: Vec<String>,
    /// Cases that are equal but for the escaping that a text marked `safe` spreads in Jinja2 only.
    escaped: Vec<String>,
}

fn outcome(vectors: &Vectors) -> Outcome {
    let mut outcome = Outcome::default();
    for case in &vectors.cases {
        let context = case.context.as_str().map_or(&case.context, |name| &vectors.conversations[name]);
        let ours = render_chat(&case.template, (Some("<s>"), Some("</s>")), DAY, context);
        match (&case.expected, &ours) {
            (Some(expected), Ok(ours)) if expected == ours => {}
            (None, Err(_)) => {}
            (None, Ok(_)) if !is_refusal(case.error.as_deref().unwrap_or_default()) => {
                outcome.passed_over.push(case.name.clone());
            }
            (Some(expected), Ok(ours))
                if case.template.contains("|safe +") && unescaped(expected) == unescaped(ours) =>
            {
                outcome.escaped.push(case.name.clone());
            }
            (expected, ours) => {
                outcome.differences.push(format!("{}: expected {expected:?}, not {ours:?}", case.name));
            }
        }
    }
    outcome
}

fn unescaped(text: &str) -> String {
    let signs = [("&lt;", "<"), ("&gt;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    signs.iter().fold(text.to_owned(), |text, (escape, sign)| text.replace(escape, sign))
}

/// Whether the template itself refuses, or cannot be read.
fn is_refusal(error: &str) -> bool {
    error.starts_with("TemplateError") || error.starts_with("TemplateSyntaxError")
}

#[test]
fn every_feature_renders_as_in_jinja2() {
    let vectors: Vectors = serde_json::from_str(include_str!("../../vectors/templates.json")).unwrap();
    assert!(vectors.cases.len() > 40);
    let Outcome { differences, passed_over, escaped } = outcome(&vectors);
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    assert_eq!((passed_over, escaped), (Vec::<String>::new(), Vec::<String>::new()));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests are told where templates of others lie")]
fn templates_of_real_models_render_as_in_jinja2() {
    let Ok(path) = std::env::var("EVALSCOPE_TEST_TEMPLATES") else { return };
    let vectors: Vectors = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let Outcome { differences, passed_over, escaped } = outcome(&vectors);
    println!(
        "{} cases, {} passed over, {} equal but for escaping",
        vectors.cases.len(),
        passed_over.len(),
        escaped.len()
    );
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}
