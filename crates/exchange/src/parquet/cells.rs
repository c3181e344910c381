//! A sample as the cells of a row, by column.

use crate::answered::{Answered, Part};
use crate::numbers;
use crate::words;
use evalscope_core::{Input, LoglikelihoodRequest, Outcome};
use serde::Serialize;
use serde_json::{Value, json};

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// UTF-8 text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A float.
    Float(f64),
    /// A truth value.
    Truth(bool),
}

/// The cell of a column.
pub fn cell(column: &str, part: &Part, sample: &Answered) -> Cell {
    match column {
        "model" => text(&part.model),
        "benchmark" => text(&part.benchmark),
        "subset" => text(&part.subset),
        "category" => maybe(sample.category.as_ref()),
        "cluster" => maybe(sample.cluster.as_ref()),
        "index" => whole(sample.index),
        "repeat" => whole(sample.repeat.into()),
        "id" => text(&sample.id),
        "targets" if sample.verdict.is_some() => json_text(&sample.targets),
        "calls" => whole(sample.calls.len() as u64),
        "status" => text(words::status(sample)),
        "error_kind" => maybe(sample.failure().map(|failure| words::name(&failure.kind))),
        "error" => maybe(sample.failure().map(|failure| &failure.message)),
        _ => of_score(column, sample).or_else(|| of_call(column, sample)).unwrap_or(Cell::Null),
    }
}

fn of_score(column: &str, sample: &Answered) -> Option<Cell> {
    let score = sample.score()?;
    Some(match column {
        "metric" => maybe(score.main().map(|(name, _)| name)),
        "score" => score.main().map_or(Cell::Null, |(_, value)| Cell::Float(value)),
        "scores" => text(&numbers::map_to_json(&score.values).to_string()),
        "answer" => maybe(score.answer.as_ref()),
        "answer_start" => score.answer_span.map_or(Cell::Null, |(start, _)| whole(start as u64)),
        "answer_end" => score.answer_span.map_or(Cell::Null, |(_, end)| whole(end as u64)),
        "compared_with" if score.targets != sample.targets => json_text(&score.targets),
        "explanation" => maybe(score.explanation.as_ref()),
        "audit" => score.audit.as_ref().map_or(Cell::Null, json_text),
        "judged" => score.judged.as_ref().map_or(Cell::Null, json_text),
        _ => return None,
    })
}

fn of_call(column: &str, sample: &Answered) -> Option<Cell> {
    let call = sample.call()?;
    let generation = sample.generation();
    let completion = generation.and_then(|generation| generation.completions.first());
    let usage = sample.usage();
    Some(match column {
        "messages" => match sample.request().map(|request| &request.input) {
            Some(Input::Chat(messages)) => json_text(messages),
            _ => return None,
        },
        "prompt" => match sample.request().map(|request| &request.input) {
            Some(Input::Text(prompt)) => text(prompt),
            Some(Input::Chat(_)) => return None,
            None => maybe(sample.comparison().map(LoglikelihoodRequest::prefix_text)),
        },
        "loglikelihoods" => text(&loglikelihoods(sample)?.to_string()),
        "reply" => maybe(completion.map(|completion| &completion.text)),
        "reasoning" => maybe(completion.and_then(|completion| completion.reasoning.as_ref())),
        "stop_reason" => maybe(completion.map(|completion| words::stop_reason(&completion.finish))),
        "input_tokens" => usage.map_or(Cell::Null, |usage| whole(usage.input_tokens)),
        "output_tokens" => usage.map_or(Cell::Null, |usage| whole(usage.output_tokens)),
        "reasoning_tokens" => usage.and_then(|usage| usage.reasoning_tokens).map_or(Cell::Null, whole),
        "latency_ms" => sample.latency_ms().map_or(Cell::Null, Cell::Float),
        "ttft_ms" => {
            generation.and_then(|generation| generation.timing.ttft_ms).map_or(Cell::Null, Cell::Float)
        }
        "served_model" => maybe(generation.and_then(|generation| generation.served_model.as_ref())),
        "cached" => Cell::Truth(call.cached),
        "at" if call.at != 0.0 => Cell::Float(call.at),
        _ => return None,
    })
}

/// The continuations with their likelihoods.
fn loglikelihoods(sample: &Answered) -> Option<Value> {
    let comparison = sample.comparison()?;
    let Ok(Outcome::Loglikelihoods(scores)) = &sample.call()?.outcome else { return None };
    let one = |(continuation, score): (&String, &evalscope_core::ContinuationScore)| {
        json!({
            "continuation": continuation,
            "sum": numbers::to_json(score.sum),
            "is_greedy": score.is_greedy,
            "tokens": score.tokens,
            "bytes": score.bytes,
        })
    };
    Some(comparison.continuations.iter().zip(scores).map(one).collect())
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn maybe<T: AsRef<str>>(found: Option<T>) -> Cell {
    found.map_or(Cell::Null, |found| text(found.as_ref()))
}

fn whole(number: u64) -> Cell {
    i64::try_from(number).map_or(Cell::Null, Cell::Whole)
}

fn json_text<T: Serialize>(value: &T) -> Cell {
    serde_json::to_string(value).map_or(Cell::Null, Cell::Text)
}
