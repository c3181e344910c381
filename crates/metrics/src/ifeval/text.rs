//! Checkers of a reply's text: words, letters, case, language, beginning and end.

use super::arguments::{Arguments, count, pattern};
use crate::python::{is_lower, is_upper, trim};
use crate::words;
use langdetect::{DetectorFactory, Seed};
use std::sync::LazyLock;

/// `\b` as Python has it, by its own idea of a word.
const WORD_BORDER: &str = r"(?:(?<=[\p{L}\p{N}_])(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}_])(?=[\p{L}\p{N}_]))";

/// The answers of which one is asked.
const THREE_ANSWERS: [&str; 3] = ["My answer is yes.", "My answer is no.", "My answer is maybe."];

pub fn has_keywords(reply: &str, asked: &Arguments) -> Option<bool> {
    let keywords = asked.texts("keywords")?;
    Some(keywords.iter().all(|keyword| is_found("", keyword, "", reply)))
}

fn is_found(before: &str, word: &str, after: &str, text: &str) -> bool {
    pattern(before, word, after).is_some_and(|regex| regex.is_match(text).unwrap_or(false))
}

pub fn has_keyword_often(reply: &str, asked: &Arguments) -> Option<bool> {
    let keyword = pattern("", trim(asked.text("keyword")?), "")?;
    asked.holds("relation", "frequency", count(&keyword, reply))
}

pub fn has_no_forbidden_word(reply: &str, asked: &Arguments) -> Option<bool> {
    let words = asked.texts("forbidden_words")?;
    Some(!words.iter().any(|word| is_found(WORD_BORDER, word, WORD_BORDER, reply)))
}

/// The reference draws a letter at random when the asked one is no letter from a to z; ours looks for what was asked.
pub fn has_letter_often(reply: &str, asked: &Arguments) -> Option<bool> {
    let letter = asked.text("letter")?.to_lowercase();
    let letter = letter.chars().next().filter(|_| letter.chars().nth(1).is_none())?;
    let found = reply.to_lowercase().chars().filter(|c| *c == letter).count();
    asked.holds("let_relation", "let_frequency", found)
}

/// The language of a text as `langdetect` names it; nothing for a text without letters.
fn language(text: &str) -> Option<String> {
    static DETECTOR: LazyLock<DetectorFactory> = LazyLock::new(|| {
        let mut detector = DetectorFactory::builtin().clone();
        detector.seed = Seed::Int(0);
        detector
    });
    DETECTOR.detect(text).ok()
}

/// A text without a language follows, as in the reference.
pub fn is_in_language(reply: &str, asked: &Arguments) -> Option<bool> {
    let wanted = asked.text("language")?;
    Some(language(reply).is_none_or(|found| found == wanted))
}

pub fn is_english_capitals(reply: &str, _: &Arguments) -> Option<bool> {
    Some(is_upper(reply) && language(reply).is_none_or(|found| found == "en"))
}

pub fn is_english_lowercase(reply: &str, _: &Arguments) -> Option<bool> {
    Some(is_lower(reply) && language(reply).is_none_or(|found| found == "en"))
}

/// Words in capitals, as NLTK cuts words: with hyphens they are one.
pub fn has_capital_words(reply: &str, asked: &Arguments) -> Option<bool> {
    let found = words::english(reply).iter().filter(|word| is_upper(word)).count();
    asked.holds("capital_relation", "capital_frequency", found)
}

pub fn is_one_of_three(reply: &str, _: &Arguments) -> Option<bool> {
    Some(THREE_ANSWERS.iter().any(|answer| trim(reply).contains(answer)))
}

pub fn repeats_prompt(reply: &str, asked: &Arguments) -> Option<bool> {
    let prompt = trim(asked.text("prompt_to_repeat")?).to_lowercase();
    Some(trim(reply).to_lowercase().starts_with(&prompt))
}

pub fn ends_with_phrase(reply: &str, asked: &Arguments) -> Option<bool> {
    let phrase = trim(asked.text("end_phrase")?).to_lowercase();
    Some(trim(reply).trim_matches('"').to_lowercase().ends_with(&phrase))
}

pub fn has_no_comma(reply: &str, _: &Arguments) -> Option<bool> {
    Some(!reply.contains(','))
}

pub fn is_quoted(reply: &str, _: &Arguments) -> Option<bool> {
    let reply = trim(reply);
    Some(reply.len() > 1 && reply.starts_with('"') && reply.ends_with('"'))
}
