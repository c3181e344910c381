//! Exact match and F1 of DROP's official scorer, in which numbers count as numbers and an answer can be several spans.
//!
//! A target is a span, or a JSON list of texts: several spans that belong together. An answer is one span.

use crate::python;
use std::collections::BTreeSet;

/// A text as DROP compares it.
struct Span {
    normalized: String,
    words: BTreeSet<String>,
}

impl Span {
    fn of(text: &str) -> Span {
        let normalized = normalize(text);
        let words = python::split(&normalized).map(str::to_owned).collect();
        Span { normalized, words }
    }

    fn numbers(&self) -> impl Iterator<Item = &String> {
        self.words.iter().filter(|word| python::float(word).is_some())
    }
}

/// The words between spaces and hyphens, each in lower case, without punctuation and articles, numbers as floats.
fn normalize(text: &str) -> String {
    let words: Vec<String> =
        text.split([' ', '-']).map(normalize_word).filter(|word| !word.is_empty()).collect();
    python::trim(&words.join(" ")).to_owned()
}

fn normalize_word(word: &str) -> String {
    let word = word.to_lowercase();
    let bare = if python::float(&word).is_some() { word } else { python::without_punctuation(&word) };
    let fixed = python::float(&bare).map_or(bare, python::float_text);
    python::with_single_spaces(&python::without_articles(&fixed))
}

/// The spans of a target.
fn spans(target: &str) -> Vec<String> {
    match serde_json::from_str::<Vec<String>>(target) {
        Ok(spans) if !spans.is_empty() => spans,
        _ => vec![target.to_owned()],
    }
}

/// The best value over the targets whose first span is not blank.
fn best(answer: &str, targets: &[String], value: fn(&Span, &[Span]) -> f64) -> f64 {
    let answer = Span::of(answer);
    let is_asked = |spans: &Vec<String>| spans.first().is_some_and(|first| !python::trim(first).is_empty());
    let values = targets.iter().map(|target| spans(target)).filter(is_asked).map(|spans| {
        let spans: Vec<Span> = spans.iter().map(|span| Span::of(span)).collect();
        value(&answer, &spans)
    });
    values.fold(0.0, f64::max)
}

/// Returns 1 if the answer is a target after normalisation, else 0.
///
/// 0 or 1, more is better; of several targets any counts. A target of several spans equals no answer. No target gives 0.
/// Source: `get_metrics` of AllenNLP's DROP evaluation, as lm-evaluation-harness 0.4.13 has it.
pub fn exact(answer: &str, targets: &[String]) -> f64 {
    best(answer, targets, |answer, spans| {
        let is_same = matches!(spans, [only] if only.normalized == answer.normalized);
        f64::from(u8::from(is_same))
    })
}

/// Returns the F1 of the sets of normalised words, rounded to two digits.
///
/// 0 to 1, more is better; of several targets the best. A target with numbers has F1 0 with an answer that shares none of
/// them. Of a target of several spans the best one counts, divided by how many there are. No target gives 0. Source:
/// `get_metrics` of AllenNLP's DROP evaluation, as lm-evaluation-harness 0.4.13 has it.
pub fn f1(answer: &str, targets: &[String]) -> f64 {
    best(answer, targets, |answer, spans| {
        let aligned = spans.iter().map(|span| f1_of(answer, span)).fold(0.0, f64::max);
        // NumPy's rounding, not Python's: it scales first.
        (aligned / spans.len() as f64 * 100.0).round_ties_even() / 100.0
    })
}

fn f1_of(answer: &Span, target: &Span) -> f64 {
    if target.numbers().next().is_some() && !target.numbers().any(|number| answer.words.contains(number)) {
        return 0.0;
    }
    let shared = target.words.intersection(&answer.words).count() as f64;
    let share = |words: &BTreeSet<String>| if words.is_empty() { 1.0 } else { shared / words.len() as f64 };
    let (precision, recall) = (share(&answer.words), share(&target.words));
    if precision == 0.0 && recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
}
