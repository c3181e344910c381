//! What a run was made with, as lines of Markdown: seed, limit, repeats, models, sampling, data.

use crate::columns::cut;
use crate::markdown_text::{code, escape};
use crate::summary::{READ_FROM, Summary};
use evalscope_core::{Limit, PlannedModel};
use indexmap::IndexMap;
use serde_json::Value;

/// Columns of a value at most: digests fit, templates do not.
const VALUE: usize = 80;

/// A folded block of Markdown with all of it.
pub fn provenance(summary: &Summary) -> String {
    let mut lines = vec![format!("Seed {}; {}; {}.", summary.seed, limit(summary.limit), repeats(summary))];
    lines.extend(summary.models.iter().map(model));
    lines.extend(
        summary
            .nondeterminism
            .iter()
            .map(|(id, figure)| format!("Model `{}`: {}.", code(id), figure.sentence())),
    );
    for benchmark in summary.benchmarks.iter().filter(|benchmark| !benchmark.source.is_empty()) {
        let line = format!("Data of `{}`: {}.", code(&benchmark.name()), data(&benchmark.source));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let list: String = lines.iter().map(|line| format!("- {line}\n")).collect();
    format!("\n<details>\n<summary>How this was run</summary>\n\n{list}\n</details>\n")
}

/// Where it was read, and what the benchmark calls it.
fn data(source: &IndexMap<String, String>) -> String {
    let read = source.get(READ_FROM).map(|place| format!("read from `{}`", code(&cut(place, VALUE))));
    let names = pairs(source.iter().filter(|(name, _)| *name != READ_FROM));
    let names = (!names.is_empty()).then(|| format!("known as {names}"));
    read.into_iter().chain(names).collect::<Vec<_>>().join("; ")
}

fn limit(limit: Option<Limit>) -> String {
    match limit {
        None => "no limit".to_owned(),
        Some(Limit::Count(count)) => format!("at most {count} samples of each subset"),
        Some(Limit::Fraction(share)) => format!("{share} of the samples of each subset"),
    }
}

fn repeats(summary: &Summary) -> String {
    match summary.repeats {
        1 => "each sample asked once".to_owned(),
        repeats => format!("each sample asked {repeats} times"),
    }
}

fn model(model: &PlannedModel) -> String {
    let identity = if model.identity.is_empty() { "–".to_owned() } else { pairs(&model.identity) };
    format!("Model `{}`: {identity}; sampling: {}.", code(&model.id), sampling(model))
}

fn sampling(model: &PlannedModel) -> String {
    match serde_json::to_value(&model.sampling) {
        Ok(Value::Object(fields)) if !fields.is_empty() => {
            pairs(fields.iter().map(|(name, value)| (name, value.to_string())))
        }
        _ => "as the server and the benchmark say".to_owned(),
    }
}

fn pairs<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> String {
    let pair =
        |(name, value): (K, V)| format!("{} `{}`", escape(name.as_ref()), code(&cut(value.as_ref(), VALUE)));
    pairs.into_iter().map(pair).collect::<Vec<_>>().join(", ")
}
