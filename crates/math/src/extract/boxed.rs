//! The answer in the last box of a text.

use super::found::{Found, Rule};
use super::latex::{Formula, boxes};
use super::marker::{plain, trimmed};
use regex::Regex as PlainRegex;
use std::sync::LazyLock;

/// What may stand between two boxes that are listed, in bytes.
const LONGEST_LINK: usize = 40;

/// Returns the content of the last box that has one, with those of the boxes that are listed before it.
pub(super) fn extract_boxed(text: &str) -> Option<Found> {
    static LINK: LazyLock<PlainRegex> = LazyLock::new(|| {
        plain(
            r"^(?:\s|\$|\\[()\[\],;! ]|\\q?quad|[,;，、和或]|\b(?:and|or)\b|\\(?:text|mbox)\{\s*(?:and|or|,)?\s*\}|[a-zA-Z](?:_\{?\w\}?)?\s*=)*$",
        )
    });
    let filled = |formula: &Formula| !text[formula.inside.0..formula.inside.1].trim().is_empty();
    let all: Vec<Formula> = boxes(text).into_iter().filter(filled).collect();
    let mut listed = vec![*all.last()?];
    for earlier in all.iter().rev().skip(1) {
        let between = &text[earlier.end..listed[listed.len() - 1].start];
        if between.len() > LONGEST_LINK || !LINK.is_match(between) {
            break;
        }
        listed.push(*earlier);
    }
    listed.reverse();
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for formula in listed {
        let span = trimmed(text, innermost(text, formula.inside));
        let is_new = |(start, end): &(usize, usize)| text[*start..*end] != text[span.0..span.1];
        if span.0 < span.1 && spans.iter().all(is_new) {
            spans.push(span);
        }
    }
    let parts: Vec<&str> = spans.iter().map(|(start, end)| &text[*start..*end]).collect();
    let spans = spans.iter().map(|(start, end)| *start..*end).collect::<Vec<_>>();
    (!spans.is_empty()).then(|| Found { text: parts.join(","), spans, rule: Rule::Boxed })
}

/// Boxes inside of boxes are looked into so many times.
const DEEPEST: usize = 16;

/// The inside of the last box in a box.
fn innermost(text: &str, mut span: (usize, usize)) -> (usize, usize) {
    for _ in 0..DEEPEST {
        let Some(inner) = boxes(&text[span.0..span.1]).pop() else { break };
        span = (span.0 + inner.inside.0, span.0 + inner.inside.1);
    }
    span
}

/// The last box, with those that stand close before it, as for Math-Verify 0.9.0.
pub(super) fn close_boxes(text: &str) -> Option<Found> {
    static SEPARATOR: LazyLock<PlainRegex> = LazyLock::new(|| plain(r"\b(?:and|or)\b|[,;]"));
    static BETWEEN_FORMULAS: LazyLock<PlainRegex> =
        LazyLock::new(|| plain(r"^[^$\n]*\$\s*(?:,?and|,?or|,)\s*\$[^$\n]*$"));
    let is_known = |formula: &Formula| text[formula.start..].starts_with("\\boxed");
    let all: Vec<Formula> = boxes(text).into_iter().filter(is_known).collect();
    let last = all.last()?;
    let content = |formula: &Formula| text[formula.inside.0..formula.inside.1].trim();
    let span = |formula: &Formula| trimmed(text, formula.inside).0..trimmed(text, formula.inside).1;
    let (mut joined, mut spans) = (vec![content(last)], vec![span(last)]);
    let mut next = last;
    for earlier in all[..all.len() - 1].iter().rev() {
        let between = &text[earlier.end..next.start];
        let is_other = content(earlier) != joined[joined.len() - 1];
        let is_listed = is_other
            && between.chars().count() < 70
            && SEPARATOR.is_match(between)
            && (!between.contains('$') || BETWEEN_FORMULAS.is_match(between));
        if between.chars().count() >= 10 && !is_listed {
            break;
        }
        if is_other {
            joined.push(content(earlier));
            spans.push(span(earlier));
        }
        next = earlier;
    }
    if joined.len() > 1 {
        joined.reverse();
        spans.reverse();
        return Some(Found { text: joined.join(","), spans, rule: Rule::Boxed });
    }
    Some(Found::at(text, span(last), Rule::Boxed))
}
