//! Options that a reply names by their texts.

use crate::answer::{Answer, Reply};
use crate::edit;
use crate::python::trim_end;
use fancy_regex::Regex;
use std::sync::LazyLock;

/// Dress of an answer before it: brackets, dollar signs, `\boxed{` and the like.
const BEFORE: &str = r"(?:[*$\{(\[\\]*?(?:(?:\\boxed|\\mathbf|\\mathrm|\\text)\{)?)*\s*";

/// Dress of an answer after it, and its end.
const AFTER: &str = r"(?:\\?\}?\$?\)?\]?\}?)*(?:[\s:.*)]|\z)";

/// Returns the option whose label or text is nearest to the reply by edits of characters; the first of equals.
///
/// An option is written in three ways: `A. text`, `A` and `text`. Nothing without options. Source: `EDAccEvaluator` of
/// OpenCompass 0.2 (ms-opencompass 0.1.6) as `siqa` calls it.
pub(super) fn nearest(reply: &Reply) -> Option<Answer> {
    let options = reply.labels.iter().zip(reply.choices);
    let distances = options.map(|(label, text)| {
        let ways = [format!("{label}. {text}"), label.clone(), text.clone()];
        ways.iter().map(|way| edit::distance(reply.text, way)).min().unwrap_or(usize::MAX)
    });
    let (place, _) = distances.enumerate().min_by_key(|(_, distance)| *distance)?;
    Some(Answer::made(reply.labels[place].clone()))
}

/// Returns the letter from A to J after `the answer is`, after `Answer:`, or at the beginning, in the last line or else
/// in all of the reply; without one, the label of the option whose text stands there.
///
/// Letters count in either case. Source: `extract_answer` of `super_gpqa` in EvalScope 1.14.1.
pub(super) fn super_gpqa(reply: &Reply) -> Option<Answer> {
    static LABELS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let rules = [
            r"(?i)[Tt]he\s+(?:\w+\s+)?(?:answer|option)(?:\w+\s+)?\s+is?:?\s*",
            r"(?i)Answer[*\s]*:\s*",
            r"(?i)^[^\w\r\n]*",
        ];
        let pattern = |rule: &&str| format!("{rule}{BEFORE}([ABCDEFGHIJ]){AFTER}");
        rules.iter().map(|rule| Regex::new(&pattern(rule)).expect("the regex is a literal")).collect()
    });
    let text = trim_end(reply.text);
    let last_line = text.rfind('\n').map_or(0, |at| at + 1);
    let found = find(&LABELS, text, last_line);
    if let Some((start, end)) = found {
        let label = text[start..end].to_uppercase();
        let is_literal = label == text[start..end];
        return Some(Answer { text: label, span: is_literal.then_some((start, end)) });
    }
    let (start, end) = find(&by_text(reply.choices)?, text, last_line)?;
    let place = reply.choices.iter().position(|choice| *choice == text[start..end])?;
    Some(Answer::made(reply.labels.get(place)?.as_str()))
}

/// The rules that look for the options' texts; nothing without options, or when they are too long for a rule.
fn by_text(choices: &[String]) -> Option<Vec<Regex>> {
    if choices.is_empty() {
        return None;
    }
    let texts = choices.iter().map(|choice| fancy_regex::escape(choice)).collect::<Vec<_>>().join("|");
    let rules =
        [r"[Tt]he\s+(?:\w+\s+)?(?:answer|option)(?:\w+\s+)?\s+is:?\s*", r"(?i:Answer)\s*", r"^[^\w\r\n]*"];
    rules.iter().map(|rule| Regex::new(&format!("{rule}{BEFORE}({texts}){AFTER}")).ok()).collect()
}

/// The place of what the first fitting rule finds, in the last line or else in all of the text.
fn find(rules: &[Regex], text: &str, last_line: usize) -> Option<(usize, usize)> {
    [last_line, 0].into_iter().find_map(|from| {
        rules.iter().find_map(|rule| {
            let group = rule.captures(&text[from..]).ok().flatten()?.get(1)?;
            Some((from + group.start(), from + group.end()))
        })
    })
}
