//! Checkers of a reply's form: sentences, words, paragraphs, lists, marks, JSON.

use super::arguments::{Arguments, count, pattern};
use crate::python::{is_word, literal, trim};
use crate::sentences::sentences;
use regex::Regex;
use std::sync::LazyLock;

/// White space as Python's `\s` has it.
macro_rules! space {
    () => {
        r"[\s\x1c-\x1f]"
    };
}

pub fn has_sentences(reply: &str, asked: &Arguments) -> Option<bool> {
    asked.holds("relation", "num_sentences", sentences(reply).len())
}

pub fn has_words(reply: &str, asked: &Arguments) -> Option<bool> {
    let words = reply.split(|c| !is_word(c)).filter(|word| !word.is_empty()).count();
    asked.holds("relation", "num_words", words)
}

/// Paragraphs stand between `***`; an empty one is allowed at the ends only, and does not count.
pub fn has_paragraphs(reply: &str, asked: &Arguments) -> Option<bool> {
    static BORDER: LazyLock<Regex> = LazyLock::new(|| literal(concat!(space!(), r"?\*\*\*", space!(), "?")));
    let paragraphs: Vec<&str> = BORDER.split(reply).collect();
    let is_blank = |paragraph: &&&str| trim(paragraph).is_empty();
    let inner = paragraphs.get(1..paragraphs.len() - 1).unwrap_or_default();
    let full = paragraphs.len() - paragraphs.iter().filter(is_blank).count();
    let wanted = asked.count("num_paragraphs")?;
    Some(!inner.iter().any(|paragraph| trim(paragraph).is_empty()) && full == wanted)
}

/// Paragraphs stand between two line feeds; the word at the beginning of one of them is asked.
pub fn has_first_word(reply: &str, asked: &Arguments) -> Option<bool> {
    let (wanted, nth) = (asked.count("num_paragraphs")?, asked.count("nth_paragraph")?);
    let first_word = asked.text("first_word")?.to_lowercase();
    if nth > wanted {
        return None;
    }
    let paragraphs: Vec<&str> = reply.split("\n\n").collect();
    let full = paragraphs.iter().filter(|paragraph| !trim(paragraph).is_empty()).count();
    let asked_one = paragraphs.get(nth - 1).filter(|_| nth <= full);
    let Some(word) = asked_one.and_then(|paragraph| crate::python::split(paragraph).next()) else {
        return Some(false);
    };
    let word = word.trim_start_matches('\'').trim_start_matches('"');
    let end = word.find(['.', ',', '?', '!', '\'', '"']).unwrap_or(word.len());
    Some(full == wanted && lowered(&word[..end]) == first_word)
}

/// Each letter in lower case by itself, so that a final sigma is none.
fn lowered(word: &str) -> String {
    word.chars().flat_map(char::to_lowercase).collect()
}

pub fn has_placeholders(reply: &str, asked: &Arguments) -> Option<bool> {
    static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| literal(r"\[.*?\]"));
    Some(PLACEHOLDER.find_iter(reply).count() >= asked.count("num_placeholders")?)
}

pub fn has_postscript(reply: &str, asked: &Arguments) -> Option<bool> {
    static P_P_S: LazyLock<Regex> =
        LazyLock::new(|| literal(concat!(r"(?m)p\.", space!(), r"?p\.", space!(), r"?s.*$")));
    static P_S: LazyLock<Regex> = LazyLock::new(|| literal(concat!(r"(?m)p\.", space!(), r"?s\..*$")));
    let reply = reply.to_lowercase();
    Some(match trim(asked.text("postscript_marker")?) {
        "P.P.S" => P_P_S.is_match(&reply),
        "P.S." => P_S.is_match(&reply),
        marker => pattern("(?m)", &marker.to_lowercase(), ".*$")?.is_match(&reply).unwrap_or(false),
    })
}

/// Lines that begin with one asterisk or a hyphen; exactly as many as asked.
pub fn has_bullets(reply: &str, asked: &Arguments) -> Option<bool> {
    static ASTERISK: LazyLock<Regex> = LazyLock::new(|| literal(concat!("(?m)^", space!(), r"*\*[^*].*$")));
    static HYPHEN: LazyLock<Regex> = LazyLock::new(|| literal(concat!("(?m)^", space!(), "*-.*$")));
    let found = ASTERISK.find_iter(reply).count() + HYPHEN.find_iter(reply).count();
    Some(found == asked.count("num_bullets")?)
}

/// Text between single asterisks, and once more between double ones.
pub fn has_highlights(reply: &str, asked: &Arguments) -> Option<bool> {
    static SINGLE: LazyLock<Regex> = LazyLock::new(|| literal(r"\*[^\n*]*\*"));
    static DOUBLE: LazyLock<Regex> = LazyLock::new(|| literal(r"\*\*[^\n*]*\*\*"));
    let full = |regex: &Regex| {
        regex.find_iter(reply).filter(|mark| !trim(mark.as_str().trim_matches('*')).is_empty()).count()
    };
    Some(full(&SINGLE) + full(&DOUBLE) >= asked.count("num_highlights")?)
}

pub fn has_sections(reply: &str, asked: &Arguments) -> Option<bool> {
    let splitter = trim(asked.text("section_spliter")?);
    // The reference asks for the same case here.
    let mark = pattern("(?-i)", splitter, concat!(space!(), r"?\d+"))?;
    Some(count(&mark, reply) >= asked.count("num_sections")?)
}

/// JSON as Python reads it, `NaN` and `Infinity` included, in a code block or bare.
pub fn is_json(reply: &str, _: &Arguments) -> Option<bool> {
    static NOT_FINITE: LazyLock<Regex> = LazyLock::new(|| literal(r#""(?:[^"\\]|\\.)*"|-?Infinity|NaN"#));
    let mut text = trim(reply);
    for fence in ["```json", "```Json", "```JSON", "```"] {
        text = text.strip_prefix(fence).unwrap_or(text);
    }
    let text = trim(text.strip_suffix("```").unwrap_or(text));
    let plain = NOT_FINITE.replace_all(text, |found: &regex::Captures| {
        if found[0].starts_with('"') { found[0].to_owned() } else { "null".to_owned() }
    });
    Some(serde_json::from_str::<serde::de::IgnoredAny>(&plain).is_ok())
}

/// A title stands in double angle brackets, and is not blank.
pub fn has_title(reply: &str, _: &Arguments) -> Option<bool> {
    static TITLE: LazyLock<Regex> = LazyLock::new(|| literal(r"<<[^\n]+>>"));
    let inner = |title: &str| trim(title.trim_start_matches('<').trim_end_matches('>')).len();
    Some(TITLE.find_iter(reply).any(|title| inner(title.as_str()) > 0))
}

/// Two different texts with six asterisks between them; blank ones are allowed at the ends.
pub fn is_two_responses(reply: &str, _: &Arguments) -> Option<bool> {
    let parts: Vec<&str> = reply.split("******").map(trim).collect();
    let inner = parts.get(1..parts.len() - 1).unwrap_or_default();
    let full: Vec<&&str> = parts.iter().filter(|part| !part.is_empty()).collect();
    Some(!inner.contains(&"") && matches!(full.as_slice(), [one, other] if one != other))
}
