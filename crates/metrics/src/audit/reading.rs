//! Reads an answer strictly and leniently, beside how the protocol reads it.

use super::lettered::bare;
use crate::answer::{Answer, Reply};
use crate::extract::{extractor, marked_letter};
use crate::math;
use crate::squad::normalize;
use evalscope_core::Readings;
use evalscope_math::{Found, Mode, Rule, same_number};
use regex::Regex;
use std::sync::LazyLock;

/// What kind of answer is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The letter of an option.
    Letter,
    /// A mathematical value.
    Math,
    /// A few words.
    Words,
}

/// Finds the letter wherever it stands.
const LENIENT_LETTER: &str = "first_option";
/// Words of a target beyond which finding it in a reply says nothing.
const MOST_WORDS: usize = 12;

/// Returns whether an answer is right by a strict and by a lenient reading, and whether they differ; nothing for words when
/// no target is short enough to be found in a reply.
///
/// Strict: a letter after the last `ANSWER:`, `answer is` or `答案`, or alone; a value in a box, after `####` or after such a
/// marker, or alone; words after one of these markers, or alone in one line. Lenient: the letter that OpenCompass's 51
/// rules find; the last value of the reply, or its last number where that is right and the value is none; a target that stands
/// among the words. Letters are compared without brackets, values by `math_equal`, words without case, punctuation and
/// articles. `reply` is without reasoning.
pub fn readings(kind: Kind, reply: &Reply<'_>, targets: &[String]) -> Option<Readings> {
    match kind {
        Kind::Letter => Some(of_letter(reply, targets)),
        Kind::Math => Some(of_math(reply.text, targets)),
        Kind::Words => of_words(reply.text, targets),
    }
}

fn of_letter(reply: &Reply<'_>, targets: &[String]) -> Readings {
    let strict = marked_letter(reply).or_else(|| alone(reply));
    let lenient = match &strict {
        // Where no other label stands, no reading finds one.
        Some(found) if !has_other(reply, &found.text) => strict.clone(),
        _ => extractor(LENIENT_LETTER).and_then(|extractor| (extractor.run)(reply)),
    };
    let letter = |answer: &Option<Answer>| answer.as_ref().map(|answer| answer.text.clone());
    let is_right = |answer: &Option<Answer>| {
        answer.as_ref().is_some_and(|answer| targets.iter().any(|target| bare(target) == answer.text))
    };
    Readings {
        strict: is_right(&strict),
        lenient: is_right(&lenient),
        differ: letter(&strict) != letter(&lenient),
    }
}

/// Whether another label stands in the reply as a word of its own.
fn has_other(reply: &Reply<'_>, label: &str) -> bool {
    let longest = reply.labels.iter().map(String::len).max().unwrap_or(0);
    let words = reply.text.as_bytes().split(|byte| !byte.is_ascii_alphanumeric());
    words
        .filter(|word| !word.is_empty() && word.len() <= longest && *word != label.as_bytes())
        .any(|word| reply.labels.iter().any(|other| other.as_bytes() == word))
}

/// A reply that is nothing but a label, in brackets, bold or before a full stop perhaps.
fn alone(reply: &Reply<'_>) -> Option<Answer> {
    let bare = reply.text.trim().trim_matches(|c: char| "()[]*.。$（）".contains(c));
    reply.labels.iter().any(|label| label == bare).then(|| Answer { text: bare.to_owned(), span: None })
}

fn of_math(text: &str, targets: &[String]) -> Readings {
    let found = Mode::EvalScope.extract(text);
    let is_marked = |found: &&Found| {
        matches!(found.rule, Rule::Boxed | Rule::Hashes | Rule::FinalAnswer | Rule::AnswerColon)
    };
    let is_alone = |found: &&Found| found.text == text.trim().trim_matches(['$', '.', '*', ' ']);
    let strict = found.as_ref().filter(|found| is_marked(found) || is_alone(found));
    // Where the marked answer is not the last value, the lenient reading is another one.
    let last = last_line(text).and_then(|line| Mode::EvalScope.extract(line)).or_else(|| found.clone());
    let value = |found: Option<&Found>| found.map_or(0.0, |found| math::equal(&found.text, targets)) > 0.0;
    // What was taken may be no value: `18 gold coins`.
    let is_none = last.as_ref().is_some_and(|last| !same_number(&last.text, &last.text));
    let number = last_number(text).filter(|number| is_none && value(Some(number)));
    let lenient = number.as_ref().or(last.as_ref());
    let same = strict.map(|found| &found.text) == lenient.map(|found| &found.text);
    let right = value(lenient);
    if same {
        return Readings { strict: right, lenient: right, differ: false };
    }
    let differ = match (strict, lenient) {
        (Some(strict), Some(lenient)) => {
            math::equal(&strict.text, std::slice::from_ref(&lenient.text)) == 0.0
        }
        _ => true,
    };
    Readings { strict: value(strict), lenient: right, differ }
}

fn last_number(text: &str) -> Option<Found> {
    let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    Mode::Gsm8kFlexible.extract(&text[..end])
}

fn last_line(text: &str) -> Option<&str> {
    text.lines().rev().find(|line| line.chars().any(|c| c.is_ascii_digit()))
}

fn of_words(text: &str, targets: &[String]) -> Option<Readings> {
    static MARKER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:answer\s*(?:is|:)|答案\s*(?:是|为|[:：])|^####|\n####)[ \t]*[:：]?")
            .expect("the regex is a literal")
    });
    let targets: Vec<String> = targets.iter().map(|target| normalize(target)).collect();
    let is_short = |target: &&String| !target.is_empty() && target.split(' ').count() <= MOST_WORDS;
    let short: Vec<&String> = targets.iter().filter(is_short).collect();
    if short.is_empty() {
        return None;
    }
    let text = text.trim();
    let after = MARKER.find_iter(text).last().map(|marker| text[marker.end()..].lines().next().unwrap_or(""));
    let marked = after.or_else(|| (!text.contains('\n')).then_some(text)).map(normalize);
    let strict = marked.is_some_and(|words| short.iter().any(|target| **target == words));
    let words = format!(" {} ", normalize(text));
    let is_chinese = crate::words::is_chinese(text);
    let stands = |target: &&&String| match is_chinese {
        true => words.contains(target.as_str()),
        false => words.contains(&format!(" {target} ")),
    };
    let lenient = strict || short.iter().any(|target| stands(&target));
    Some(Readings { strict, lenient, differ: strict != lenient })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        kind: String,
        text: String,
        targets: Vec<String>,
        strict: bool,
        lenient: bool,
        differ: bool,
        from: String,
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "tests read vectors")]
    fn vectors() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/audit_readings.jsonl");
        let labels = ["A", "B", "C", "D"].map(str::to_owned);
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let case: Case = serde_json::from_str(line).unwrap();
            let kind = match case.kind.as_str() {
                "letter" => Kind::Letter,
                "math" => Kind::Math,
                _ => Kind::Words,
            };
            let found = readings(
                kind,
                &Reply { text: &case.text, labels: &labels, choices: &[], targets: 1 },
                &case.targets,
            );
            let wanted = Readings { strict: case.strict, lenient: case.lenient, differ: case.differ };
            assert!(!case.from.is_empty());
            assert_eq!(found, Some(wanted), "{line}");
        }
    }

    #[test]
    fn a_long_target_is_not_looked_for() {
        let long = "a".repeat(3) + &" word".repeat(20);
        assert_eq!(
            readings(Kind::Words, &Reply { text: "x", labels: &[], choices: &[], targets: 1 }, &[long]),
            None
        );
    }
}
