//! Words that announce an answer, and what numbers look like in prose.

use super::latex::{Group, group_between, within};
use crate::rules::Reading;
use fancy_regex::Regex;
use regex::Regex as PlainRegex;
use std::sync::LazyLock;

/// A number: `1,234.5`, `1 234`, `-0.5`, `.5`, `1.8e1`; a percent sign may follow.
const NUMBER: &str = r"(?<!\d)(?:-?\d+(?:\.\d+)?[eE][+-]?\d+|-?[1-9]\d{0,2}(?:[ ,]\d{3})+(?:\.\d+)?|-?\d+[.,]\d+|\.\d+|-?\d+)(?:\s*(?:%|[Pp]ercent|[Pp]ct))?";

/// An expression of numbers with at least one operator, up to some length, so that tables of numbers take no time.
const EXPRESSION: &str = r"-?\(?-?\d[\d.\s+\-*×/^()÷]{0,100}[+\-*×/^()÷][\d.\s+\-*×/^()÷]{1,100}\)?";

/// What stands before a number: space, `=`, bold, a currency sign.
const BEFORE: &str = r"(?:^|\s|=)(?:\*\*)?";
const CURRENCY: &str = "[$€£¥₹₽₪₩₫฿]?";
const AFTER_EXPRESSION: &str = r"(?:\*\*)?(?:[.,:\s)$]|$)";

/// How far the answer may stand from the word that announces it, in characters.
const REACH: usize = 50;

/// How far `final answer` may stand from its `is`.
const FINAL_REACH: usize = 100;

/// Where an answer stands, with its surroundings.
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The answer itself, or the answers.
    pub(super) parts: Vec<Span>,
    /// Whether a percent sign follows that does not stand in the parts.
    pub(super) is_percent: bool,
}

/// Start and end.
pub(super) type Span = (usize, usize);

impl Place {
    pub(super) fn number((start, end): Span, value: Span) -> Place {
        Place { start, end, parts: vec![value], is_percent: false }
    }

    pub(super) fn group(group: &Group) -> Place {
        Place { start: group.start, end: group.end, parts: group.parts.clone(), is_percent: group.is_percent }
    }
}

/// The one that ends later; of two that end together, the one that begins earlier.
pub(super) fn later(left: Option<Place>, right: Option<Place>) -> Option<Place> {
    left.into_iter().chain(right).max_by_key(|found| (found.end, usize::MAX - found.start))
}

pub(super) fn plain(pattern: &str) -> PlainRegex {
    PlainRegex::new(pattern).expect("the regex is a literal")
}

pub(super) fn fancy(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the regex is a literal")
}

/// A pair, a point or an interval of numbers.
const TUPLE: &str = r"[(\[]\s?[-−]?[\d./]+(?:\s?,\s?[-−]?[\d./]+){1,5}\s?[)\]]";

/// `2π/3`, `√5`, `3:4`.
const SIGNED_FORMS: &str = r"[-−]?\d*(?:\.\d+)?π(?:/\d+)?|[-−]?(?:\d+/)?√\(?\d+\)?(?:/\d+)?|\d+(?::\d+)+";

/// A word that announces the answer.
pub(super) struct Marker {
    /// The word.
    word: PlainRegex,
    /// From the word to where a formula may begin.
    lead: PlainRegex,
    /// How far a formula may begin after it.
    reach: usize,
    /// The word with the number after it.
    with_number: Regex,
}

/// What answers look like in prose.
pub(super) struct Patterns {
    /// `final answer … is`.
    pub(super) final_answer: Marker,
    /// `answer:`.
    pub(super) colon: Marker,
    /// `answer`.
    pub(super) word: Marker,
    pub(super) expressions: Regex,
    pub(super) numbers: Regex,
}

impl Patterns {
    /// Returns those of a reading: Math-Verify sees no pairs, roots and ratios without dollar signs.
    pub(super) fn of(reading: Reading) -> &'static Patterns {
        static MEANT: LazyLock<Patterns> = LazyLock::new(|| {
            let number = NUMBER.replace("-?", "[-−]?");
            let with_root = EXPRESSION.replace("-?", "[-−]?").replace("÷]", "÷√]");
            Patterns::with(&number, &format!("(?:{TUPLE}|{with_root}|{SIGNED_FORMS})"))
        });
        static MATH_VERIFY: LazyLock<Patterns> = LazyLock::new(|| Patterns::with(NUMBER, EXPRESSION));
        match reading {
            Reading::Meant => &MEANT,
            Reading::MathVerify => &MATH_VERIFY,
        }
    }

    fn with(number: &str, expression: &str) -> Patterns {
        let value = format!("(?:{BEFORE}({expression}){AFTER_EXPRESSION}|{BEFORE}{CURRENCY}({number}))");
        let near = format!(r"(?:.{{0,100}}=\s*|.{{0,{REACH}}}?){value}(?!\s*=)");
        Patterns {
            final_answer: Marker {
                word: plain("(?i)final answer"),
                lead: plain(&format!(r"(?is)^final answer.{{0,{FINAL_REACH}}}?\sis:?\s*")),
                reach: 0,
                with_number: fancy(&format!(r"^(?i:final answer.{{0,{FINAL_REACH}}}?)\s+is:?{value}")),
            },
            colon: Marker {
                word: plain("(?i)answer:"),
                lead: plain("(?i)^answer:"),
                reach: REACH,
                with_number: fancy(&format!("^(?i:answer):{near}")),
            },
            word: Marker {
                word: plain("(?i)answer"),
                lead: plain("(?i)^answer"),
                reach: REACH,
                with_number: fancy(&format!("^(?i:answer){near}")),
            },
            expressions: fancy(&format!("{BEFORE}({expression}){AFTER_EXPRESSION}")),
            numbers: fancy(&format!("{BEFORE}{CURRENCY}({number})")),
        }
    }
}

/// Words that are tried, from the last one back.
const MOST_WORDS: usize = 200;

/// Characters from a word on, white space not counted, within which a number begins that it announces: word and reach, and
/// a little more.
const NEAR: usize = 12 + FINAL_REACH + 20;

/// Of these, so many are searched for a number: no reply announces so often what is none.
const MOST_SEARCHED: usize = 20;

/// How much text after a word is looked at, in bytes: all reaches together, and a long expression.
const WINDOW: usize = 600;

/// The last formula or number that the word announces.
pub(super) fn announced(text: &str, marker: &Marker) -> Option<Place> {
    let words: Vec<usize> = marker.word.find_iter(text).map(|word| word.start()).collect();
    let last_words = || words.iter().rev().take(MOST_WORDS).copied();
    let group = last_words().find_map(|start| group_after(text, start, marker));
    let windows = last_words().filter(|start| may_announce(text, *start)).take(MOST_SEARCHED);
    let number = windows.into_iter().find_map(|start| number_after(text, start, marker));
    later(group, number)
}

/// Whether a number may follow: one begins near, and a digit stands somewhere.
fn may_announce(text: &str, start: usize) -> bool {
    let window = within(text, start, WINDOW);
    let mut near = window.chars().filter(|c| !c.is_whitespace()).take(NEAR);
    near.any(|c| c.is_ascii_digit() || c == 'π') && window.contains(|c: char| c.is_ascii_digit())
}

fn group_after(text: &str, start: usize, marker: &Marker) -> Option<Place> {
    let from = start + marker.lead.find(within(text, start, WINDOW))?.end();
    let rest = within(text, from, WINDOW);
    let reach = rest.char_indices().nth(marker.reach).map_or(rest.len(), |(offset, _)| offset);
    let group = group_between(text, from, from + reach)?;
    Some(Place { start, ..Place::group(&group) })
}

fn number_after(text: &str, start: usize, marker: &Marker) -> Option<Place> {
    let captures = marker.with_number.captures(within(text, start, WINDOW)).ok()??;
    let (whole, value) = (captures.get(0)?, captures.get(1).or_else(|| captures.get(2))?);
    Some(Place::number((start, start + whole.end()), (start + value.start(), start + value.end())))
}

/// The span without white space at its ends.
pub(super) fn trimmed(text: &str, (start, end): Span) -> Span {
    let inside = &text[start..end];
    let from = start + inside.len() - inside.trim_start().len();
    (from, from + inside.trim().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_words_are_searched_for_a_number() {
        let found = |between: &str, times: usize| {
            let text = format!("The answer is 7. {}{}", between.repeat(times), " ".repeat(WINDOW));
            announced(&text, &Patterns::of(Reading::MathVerify).word).is_some()
        };
        assert!(found("answer is 1= ", MOST_SEARCHED - 1));
        assert!(!found("answer is 1= ", MOST_SEARCHED));
        assert!(found("answer is it ", MOST_WORDS - 1));
    }
}
