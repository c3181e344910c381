//! The short answer of a reply, as EvalScope 1.14.1 normalises it for TriviaQA.

use crate::answer::{Answer, Reply};
use crate::python::{trim, with_single_spaces};
use regex::Regex;
use std::sync::LazyLock;

/// Returns the line after the last `ANSWER:`, in any case and out of bold, else the whole reply; in lower case, without
/// punctuation and the articles `a`, `an`, `the`, one space between words.
///
/// Never nothing. Source: `extract_answer_line` and `normalize_answer` of EvalScope 1.14.1, the latter that of the
/// official evaluation of TriviaQA.
pub(super) fn short_answer(reply: &Reply) -> Option<Answer> {
    static MARKER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)ANSWER\s*:\s*\**\s*").expect("the regex is a literal"));
    let line = MARKER.find_iter(reply.text).last().map(|marker| {
        let line = reply.text[marker.end()..].split('\n').next().unwrap_or_default();
        trim(trim(line).trim_matches('*'))
    });
    Some(Answer::made(normal(line.unwrap_or(reply.text))))
}

fn normal(text: &str) -> String {
    static ARTICLE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b(a|an|the)\b").expect("the regex is a literal"));
    let is_sign = |c: char| c.is_ascii_punctuation() || "‘’´".contains(c);
    let words: String = text.to_lowercase().chars().map(|c| if is_sign(c) { ' ' } else { c }).collect();
    with_single_spaces(&ARTICLE.replace_all(&words, " "))
}
