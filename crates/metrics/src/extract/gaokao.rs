//! The letters with which a reply answers the questions of GAOKAO-Bench, as OpenCompass 0.2 finds them.
//!
//! Source of all: `GaokaoBenchEvaluator` of ms-opencompass 0.1.6.

use crate::answer::{Answer, Reply};
use crate::python::is_space;
use regex::Regex;
use std::sync::LazyLock;

/// What stands before an answer.
const MARK: &str = "【答案】";

/// Characters at the end of a reply that are looked at when it has no mark.
const END: usize = 10;

/// Returns the capital letters after each `【答案】`, when there are as many as questions; else the first capital letters of
/// the reply, as many as there are questions.
///
/// Nothing when these are too few.
pub(super) fn each(reply: &Reply) -> Option<Answer> {
    static MARKED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"【答案】\s*[:：]*\s*([A-Z])").expect("the regex is a literal"));
    let marked: Vec<&str> =
        MARKED.captures_iter(reply.text).filter_map(|captures| Some(captures.get(1)?.as_str())).collect();
    if marked.len() == reply.targets {
        return Some(Answer::made(marked.concat()));
    }
    let first: String = reply.text.chars().filter(char::is_ascii_uppercase).take(reply.targets).collect();
    (first.len() == reply.targets).then(|| Answer::made(first))
}

/// Returns all letters A to D after the first `【答案】`.
///
/// Without the mark, or when it is the very first of the reply, those of the last ten characters; white space does not
/// count. Nothing when there is no such letter.
pub(super) fn several(reply: &Reply) -> Option<Answer> {
    let text: String = reply.text.chars().filter(|c| !is_space(*c)).collect();
    let part = match text.find(MARK) {
        Some(at) if at > 0 => &text[at..],
        _ => text.char_indices().nth_back(END - 1).map_or(text.as_str(), |(at, _)| &text[at..]),
    };
    let letters: String = part.chars().filter(|c| ('A'..='D').contains(c)).collect();
    (!letters.is_empty()).then(|| Answer::made(letters))
}

/// Returns the first five of the letters A to G; nothing when there are fewer.
pub(super) fn blanks(reply: &Reply) -> Option<Answer> {
    let letters: String = reply.text.chars().filter(|c| ('A'..='G').contains(c)).take(5).collect();
    (letters.len() == 5).then(|| Answer::made(letters))
}
