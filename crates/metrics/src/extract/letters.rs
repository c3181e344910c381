//! Finds the answer letter in a reply, as EvalScope 1.14.1 does (`utils/multi_choices.py`).
//!
//! The last `ANSWER:` that is followed by a label counts. Without one, the last upper-case letter of the reply is the
//! answer if it is a label.

use crate::answer::{Answer, Reply};
use crate::python::{trim_end, trim_start};
use regex::Regex;
use std::sync::LazyLock;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the regex is a literal")
}

static MARKER: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)ANSWER\s*:\s*\**\s*"));
static MARKER_ZH: LazyLock<Regex> = LazyLock::new(|| regex(r"答案\s*[:：]\s*\**\s*"));
static MARKER_ANY: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)(?:ANSWER\s*(?::|is\s*:?)|答案\s*(?:[:：]|是|为|选))\s*\**\s*"));
static BRACKETED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^[\(\[（【]\s*([A-Za-z\d](?:\s*[,，/、]\s*[A-Za-z\d])*)\s*[\)\]）】]"));
static LATEX: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:(?:\$+|\\\(|\\(?:boxed|fbox|text|textbf|mathbf|mathrm)\s*\{)\s*)*"));
static PLAIN: LazyLock<Regex> = LazyLock::new(|| regex(r"^([A-Za-z\d][A-Za-z\d ,，/、]*)"));
static PLAIN_ZH: LazyLock<Regex> = LazyLock::new(|| regex(r"^([A-Za-z0-9][A-Za-z0-9 ,，/、]*)"));
static TOKEN: LazyLock<Regex> = LazyLock::new(|| regex(r"[A-Za-z\d]+"));
static CONNECTOR: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\s+(?:and|or)\s+"));

/// Returns the label after the last `ANSWER:`, in any case, bold, in brackets or LaTeX; else the last capital letter.
///
/// Nothing when that is no label of the question, or when several labels follow the marker.
/// Source: `parse_answers` of EvalScope 1.14.1.
pub(super) fn english(reply: &Reply) -> Option<Answer> {
    let (start, matched) = match last_labelled(reply, &MARKER, &PLAIN) {
        None => return last_capital(reply),
        Some(found) => found,
    };
    single(reply, start, matched.trim_end_matches('.'))
}

/// Returns the label after the last `答案：`; otherwise as [`english`].
///
/// Source: `parse_answers_zh` of EvalScope 1.14.1.
pub(super) fn chinese(reply: &Reply) -> Option<Answer> {
    let (start, matched) = match last_labelled(reply, &MARKER_ZH, &PLAIN_ZH) {
        None => return last_capital(reply),
        Some(found) => found,
    };
    single(reply, start, matched.trim_end_matches(['。', '.']))
}

/// Returns the label after the last `ANSWER:`, `answer is` or `答案`, in any case, bold, in brackets or LaTeX. Nothing without
/// such a marker, and when several labels follow it.
pub(crate) fn marked(reply: &Reply) -> Option<Answer> {
    let (start, matched) = last_labelled(reply, &MARKER_ANY, &PLAIN)?;
    single(reply, start, matched.trim_end_matches(['。', '.']))
}

fn single(reply: &Reply, start: usize, label: &str) -> Option<Answer> {
    is_label(label, reply.labels).then(|| Answer::at(reply.text, start, start + label.len()))
}

/// Returns all labels after the last `ANSWER:`, each once, sorted and joined: `C and A` is `AC`.
///
/// Nothing when something else stands among them. Without a marker, the last capital letter.
/// Source: `parse_answers` of EvalScope 1.14.1 with `multiple_correct`.
pub(super) fn english_several(reply: &Reply) -> Option<Answer> {
    let Some((_, matched)) = last_labelled(reply, &MARKER, &PLAIN) else { return last_capital(reply) };
    let joined = CONNECTOR.replace_all(matched.trim_end_matches('.'), ",");
    let joined = commas(&joined.replace(' ', ""));
    let by_comma: Vec<String> = joined.split(',').map(str::to_owned).collect();
    sorted(by_comma, reply.labels).or_else(|| sorted(characters(&joined.replace(',', "")), reply.labels))
}

/// Returns all labels after the last `答案：`; otherwise as [`english_several`].
///
/// Source: `parse_answers_zh` of EvalScope 1.14.1 with `multiple_correct`.
pub(super) fn chinese_several(reply: &Reply) -> Option<Answer> {
    let Some((_, matched)) = last_labelled(reply, &MARKER_ZH, &PLAIN_ZH) else { return last_capital(reply) };
    let joined = commas(&matched.trim_end_matches(['。', '.']).replace(" 和 ", "").replace(' ', ""));
    let labels = if joined.contains(',') {
        joined.split(',').map(str::to_owned).collect()
    } else {
        characters(&joined)
    };
    sorted(labels, reply.labels)
}

fn commas(text: &str) -> String {
    text.replace(['，', '、', '/'], ",")
}

fn characters(text: &str) -> Vec<String> {
    text.chars().map(String::from).collect()
}

/// The labels, each once, in order, joined; nothing when one of them is no label.
fn sorted(mut found: Vec<String>, labels: &[String]) -> Option<Answer> {
    if !found.iter().all(|label| is_label(label, labels)) {
        return None;
    }
    found.sort();
    found.dedup();
    Some(Answer::made(found.concat()))
}

fn is_label(text: &str, labels: &[String]) -> bool {
    labels.iter().any(|label| label == text)
}

fn is_label_word(word: &str, labels: &[String]) -> bool {
    is_label(word, labels) || word.chars().all(|c| is_label(c.encode_utf8(&mut [0; 4]), labels))
}

/// The text after the last marker that labels follow, and where it begins in the reply.
fn last_labelled<'a>(reply: &Reply<'a>, marker: &Regex, plain: &Regex) -> Option<(usize, &'a str)> {
    let text = reply.text;
    let ends: Vec<usize> = marker.find_iter(text).map(|found| found.end()).collect();
    for end in ends.into_iter().rev() {
        let tail_start = end + LATEX.find(&text[end..]).map_or(0, |found| found.end());
        let tail = &text[tail_start..];
        for pattern in [&*BRACKETED, plain] {
            let Some(group) = pattern.captures(tail).and_then(|captures| captures.get(1)) else { continue };
            let prefix = label_prefix(group.as_str(), reply.labels);
            if !prefix.is_empty() {
                let trimmed = trim_start(prefix);
                let start = tail_start + group.start() + prefix.len() - trimmed.len();
                return Some((start, trim_end(trimmed)));
            }
        }
    }
    None
}

/// The leading part that holds nothing but labels, with `and`/`or` between two of them.
fn label_prefix<'a>(text: &'a str, labels: &[String]) -> &'a str {
    let mut tokens = TOKEN.find_iter(text).peekable();
    let mut end = 0;
    while let Some(token) = tokens.next() {
        let word = token.as_str();
        if is_label_word(word, labels) {
            end = token.end();
            continue;
        }
        let next_is_label = tokens.peek().is_some_and(|next| is_label_word(next.as_str(), labels));
        if end > 0 && next_is_label && ["and", "or"].contains(&word.to_lowercase().as_str()) {
            continue;
        }
        break;
    }
    &text[..end]
}

fn last_capital(reply: &Reply) -> Option<Answer> {
    let (start, letter) = reply.text.char_indices().rev().find(|(_, c)| c.is_uppercase())?;
    let end = start + letter.len_utf8();
    is_label(&reply.text[start..end], reply.labels).then(|| Answer::at(reply.text, start, end))
}
