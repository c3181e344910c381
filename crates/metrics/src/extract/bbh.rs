//! Answers to BIG-Bench Hard, as EvalScope 1.14.1 and 0.5.2 find them.

use crate::answer::{Answer, Reply};
use crate::python::{trim, trim_end, trim_start};
use regex::Regex;
use std::sync::LazyLock;

const MARKER: &str = "So the answer is ";
const MARKER_0_5: &str = "answer is ";

/// The line after the last marker, without a final full stop, and where it begins.
fn answer_line(text: &str) -> (usize, &str) {
    // The reference trims first, so that a marker at the very end, whose space is gone, is none.
    let text = trim_end(text);
    let after = text.rfind(MARKER).map_or(0, |at| at + MARKER.len());
    let rest = &text[after..];
    let start = after + rest.len() - trim_start(rest).len();
    let line = trim_end(text[start..].split('\n').next().unwrap_or(""));
    let line = line.strip_suffix('.').map_or(line, trim_end);
    (start, line)
}

/// Returns the letter in brackets, else the single capital letter, else all of the line after the last
/// `So the answer is `; without that marker, of the first line.
///
/// Never nothing: of an empty reply, empty text. Source: multiple-choice tasks of BBH in EvalScope 1.14.1.
pub(super) fn choice(reply: &Reply) -> Option<Answer> {
    static BRACKETS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\(([A-Z])\)").expect("the regex is a literal"));
    static WORD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b([A-Z])\b").expect("the regex is a literal"));
    let (start, line) = answer_line(reply.text);
    let found = BRACKETS.captures(line).or_else(|| WORD.captures(line)).and_then(|captures| captures.get(1));
    Some(match found {
        Some(letter) => Answer::at(reply.text, start + letter.start(), start + letter.end()),
        None => Answer::at(reply.text, start, start + line.len()),
    })
}

/// Returns the line after the last `So the answer is `, without a final full stop; of bold text in it, the inside.
///
/// Never nothing. Source: free-form tasks of BBH in EvalScope 1.14.1.
pub(super) fn free(reply: &Reply) -> Option<Answer> {
    static BOLD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\*\*(.*?)\*\*").expect("the regex is a literal"));
    let (start, line) = answer_line(reply.text);
    let bold = BOLD.captures(line).and_then(|captures| captures.get(1));
    Some(match bold {
        None => Answer::at(reply.text, start, start + line.len()),
        Some(inside) => {
            let text = inside.as_str();
            let from = start + inside.start() + text.len() - trim_start(text).len();
            Answer::at(reply.text, from, from + trim(text).len())
        }
    })
}

/// The text after the first `answer is `, trimmed, or all of it; and where it begins.
fn after_first_0_5(text: &str) -> (usize, &str) {
    match text.find(MARKER_0_5) {
        None => (0, text),
        Some(at) => {
            let from = at + MARKER_0_5.len();
            // Only up to the next marker: Python's `split` cuts there too.
            let part = text[from..].split(MARKER_0_5).next().unwrap_or("");
            (from + part.len() - trim_start(part).len(), trim(part))
        }
    }
}

/// Returns the first letter in brackets, else the first capital letter, after the first `answer is `.
///
/// Never nothing: without letters, the text itself. Source: multiple-choice tasks of BBH in EvalScope 0.5.2, whose
/// targets keep their brackets, so that it scored 0 there.
pub(super) fn choice_0_5(reply: &Reply) -> Option<Answer> {
    static BRACKETS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\(([A-Z])\)*").expect("the regex is a literal"));
    let (start, part) = after_first_0_5(reply.text);
    if let Some(letter) = BRACKETS.captures(part).and_then(|captures| captures.get(1)) {
        return Some(Answer::at(reply.text, start + letter.start(), start + letter.end()));
    }
    Some(match part.find(|c: char| c.is_ascii_uppercase()) {
        Some(at) => Answer::at(reply.text, start + at, start + at + 1),
        None => Answer::at(reply.text, start, start + part.len()),
    })
}

/// Returns the word after `Answer:` and five like markers, else the rest of the line after the first `answer is `.
///
/// Never nothing. Source: free-form tasks of BBH in EvalScope 0.5.2.
pub(super) fn free_0_5(reply: &Reply) -> Option<Answer> {
    static RULES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        [
            r"[Aa]nswer:\s*(\w+)",
            r"[Tt]he correct answer is:\s*(\w+)",
            r"[Tt]he correct answer is:\n\s*(\w+)",
            r"[Tt]he correct answer is:\n\n-\s*(\w+)",
            r"[Tt]he answer might be:\n\n-\s*(\w+)",
            r"[Tt]he answer is \s*(\w+)",
        ]
        .iter()
        .map(|pattern| Regex::new(pattern).expect("the regex is a literal"))
        .collect()
    });
    for rule in RULES.iter() {
        if let Some(word) = rule.captures(reply.text).and_then(|captures| captures.get(1)) {
            return Some(Answer::at(reply.text, word.start(), word.end()));
        }
    }
    let (start, part) = after_first_0_5(reply.text);
    let line = part.split('\n').next().unwrap_or("");
    let line = line.strip_suffix('.').unwrap_or(line);
    Some(Answer::at(reply.text, start, start + line.len()))
}
