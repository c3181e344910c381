//! The final answer of a worked solution.

use super::boxed::{close_boxes, extract_boxed};
use super::found::{Found, Rule};
use super::hashes::{Dress, Hashes, after_hashes};
use super::latex::{Group, groups};
use super::marker::{Patterns, Place, Span, announced, later, plain, trimmed};
use super::plain::{Announced, in_chinese, loose_number, stated, tagged};
use crate::rules::Reading;
use fancy_regex::Regex;
use regex::Regex as PlainRegex;
use std::sync::LazyLock;

/// How many bytes at the end of a reply are searched first.
const TAIL: usize = 4_000;

/// Longer texts are searched from here to their end only, but for boxes: a final answer stands at the end, and what is
/// kept of formulas on the way takes memory.
const WINDOW: usize = 65_536;

/// Returns the final answer of a solution, as it stands there; of several boxes side by side, joined by commas.
///
/// The first of these that the reply has counts, and of that the last:
/// 1. `\boxed{…}` or `\fbox{…}`, of boxes in boxes the innermost; several only where nothing but `and`, `or`, commas
///    and names with `=` stands between them;
/// 2. what stands between `<answer>` and `</answer>`;
/// 3. a value behind `####` on its line, which may be followed by words but is no heading; what is not a number alone gives
///    way to an answer that is announced below it, and words with text below them also to one above;
/// 4. a formula or number after `final answer … is`;
/// 5. one after `answer:`, or right after `answer is`, `答案是`, `答案：`;
/// 6. one within 50 characters after `answer`;
/// 7. the formula, expression or number that ends last;
/// 8. a number right after a Chinese character, or after `\$`.
///
/// Of an announced calculation, `9 * 2 = 18`, the last side counts; by rules 3, 5 and 6 that of the line's last calculation,
/// and behind `Final answer:` of the sentence's, unless words make it a reason or check. Of a value in a formula between
/// marks, the formula counts.
///
/// Source: `parse` of Math-Verify 0.9.0 with `boxed_match_priority=0` and `first_match`, as EvalScope 1.14.1 calls it.
/// Rules 2, 3, 8, the Chinese markers, and formulas without dollar signs other than sums and products of numbers are
/// ours; there, replies such as `答案是18。` and `The answer is (2, 3).` have no answer or a part of one.
pub fn extract(text: &str) -> Option<Found> {
    of_tail(text, extract_boxed(text), Reading::Meant)
}

/// Returns the final answer of a solution as Math-Verify 0.9.0 finds it.
pub(crate) fn extract_as_math_verify(text: &str) -> Option<Found> {
    of_tail(text, close_boxes(text), Reading::MathVerify)
}

fn of_tail(text: &str, boxed: Option<Found>, reading: Reading) -> Option<Found> {
    if boxed.is_some() {
        return boxed;
    }
    let mut from = text.len().saturating_sub(WINDOW);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let tail = &text[from..];
    let mut found = match reading {
        Reading::Meant => unboxed(tail)?,
        Reading::MathVerify => unboxed_as_math_verify(tail)?,
    };
    for span in &mut found.spans {
        *span = span.start + from..span.end + from;
    }
    Some(found)
}

fn unboxed(text: &str) -> Option<Found> {
    if let Some(found) = tagged(text).and_then(|span| inside_tags(text, span)) {
        return Some(found);
    }
    let patterns = Patterns::of(Reading::Meant);
    let groups = groups(text);
    let of = |place: Option<Place>, rule: Rule| place.map(|place| (place, rule));
    let (place, rule) = of(behind_hashes(text), Rule::Hashes)
        .or_else(|| marked(text, &groups))
        .or_else(|| of(announced(text, &patterns.word), Rule::AnswerWord))
        .or_else(|| of(last_of_all(text, &groups, patterns), Rule::Last))
        .or_else(|| of(loose_number(text), Rule::LooseNumber))?;
    answer(text, &place, rule)
}

/// What follows `final answer … is`, or else `answer:`, `answer is`, `答案是`.
fn marked(text: &str, groups: &[Group]) -> Option<(Place, Rule)> {
    let patterns = Patterns::of(Reading::Meant);
    let as_final = later(announced(text, &patterns.final_answer), stated(text, Announced::AsFinal));
    let colon = || later(announced(text, &patterns.colon), stated(text, Announced::AsAny));
    as_final
        .map(|place| (place, Rule::FinalAnswer))
        .or_else(|| later(colon(), in_chinese(text, groups)).map(|place| (place, Rule::AnswerColon)))
}

/// An announced value, up to `end`.
fn announced_value(end: &str) -> PlainRegex {
    let subject = r"(?:\banswer\b(?: (?:to|for|of) [^.,;:\n]{1,40}?)?|答案)(?:\*\*|__)?";
    let verb = r"(?:\s*(?:is|equals|(?:would|should|must) be|[:：=]|应该是|应为|等于|是|为)\s*[:：]?|\s*\n)";
    let adverb = r"(?:\s*(?:thus|therefore|then|so|simply|about|approximately)\b)?";
    let opening = r"[\s*_`$€£¥￥\\(\[]*(?:[a-z]\w?\s*=\s*)?";
    let value = r"[-−]?\\?(?:[dt]?frac\{[^{}]*\}\{[^{}]*\}|[\d.,/]*\d)";
    plain(&format!("(?im){subject}{verb}{adverb}{opening}{value}(?:{end})"))
}

/// What stands behind a value that is announced: few words to the end of the clause.
const CLAUSE: &str = r"[^\d\n.,;。，；(（]{0,30}(?:$|[.,;=^。，；(（])";

/// Whether a text announces a value that ends a clause: `The answer to both is **18 eggs**.`, `Answer: 18, since 9 + 9 = 18`.
fn says_answer(text: &str) -> bool {
    static SAYS: LazyLock<PlainRegex> = LazyLock::new(|| announced_value(CLAUSE));
    SAYS.is_match(text)
}

/// Whether a text announces such a value or a calculation.
fn gives_answer(text: &str) -> bool {
    static GIVES: LazyLock<PlainRegex> =
        LazyLock::new(|| announced_value(&format!(r"{CLAUSE}|\s*(?:[-−+*×÷/]|\\(?:times|cdot|div)\b)")));
    GIVES.is_match(text) || stated(text, Announced::AsAny).is_some()
}

/// What follows `####`. A number that stands there alone counts; what may be a heading gives way to an answer that is
/// announced below it, and one with words, where text follows, also to one above.
fn behind_hashes(text: &str) -> Option<Place> {
    // A model that runs on puts the next question to itself.
    static NEXT: LazyLock<PlainRegex> = LazyLock::new(|| {
        plain(
            r"(?im)^\W{0,6}(?:q|question|problem|human|user|example|instruction|问题|题目|问)\s*\d*\s*[:：]",
        )
    });
    let Hashes { value, line, dress } = after_hashes(text)?;
    let below = NEXT.split(&text[line.1..]).next()?;
    let has_some = || {
        announced(below, &Patterns::of(Reading::Meant).colon).is_some()
            || in_chinese(below, &groups(below)).is_some()
            || !below.trim().is_empty() && says_answer(&text[..line.0])
    };
    let gives_way = match dress {
        Dress::None => false,
        Dress::Formula => gives_answer(below),
        Dress::Words => gives_answer(below) || has_some(),
    };
    (!gives_way).then(|| Place::number(value, value))
}

fn unboxed_as_math_verify(text: &str) -> Option<Found> {
    let patterns = Patterns::of(Reading::MathVerify);
    let groups = groups(text);
    let of = |place: Option<Place>, rule: Rule| place.map(|place| (place, rule));
    let (place, rule) = of(announced(text, &patterns.final_answer), Rule::FinalAnswer)
        .or_else(|| of(announced(text, &patterns.colon), Rule::AnswerColon))
        .or_else(|| of(announced(text, &patterns.word), Rule::AnswerWord))
        .or_else(|| of(last_of_all(text, &groups, patterns), Rule::Last))?;
    answer(text, &place, rule)
}

/// The answer between tags: a formula or what is announced there, else all of it.
fn inside_tags(text: &str, span: Span) -> Option<Found> {
    let (start, end) = trimmed(text, span);
    let inside = &text[start..end];
    let groups = groups(inside);
    let alone = groups
        .last()
        .filter(|group| group.start == 0 && group.end == inside.len() && group.parts.len() == 1)
        .map(Place::group);
    let word = || announced(inside, &Patterns::of(Reading::Meant).word);
    match alone.or_else(|| marked(inside, &groups).map(|(place, _)| place)).or_else(word) {
        Some(place) => answer(text, &place.moved(start), Rule::Tagged),
        None => (start < end).then(|| Found::at(text, start..end, Rule::Tagged)),
    }
}

fn answer(text: &str, place: &Place, rule: Rule) -> Option<Found> {
    if let ([span], false) = (place.parts.as_slice(), place.is_percent) {
        let (start, end) = trimmed(text, *span);
        let end = start + without_rest(&text[start..end]).len();
        return (start < end).then(|| Found::at(text, start..end, rule));
    }
    let parts: Vec<&str> = place.parts.iter().map(|(start, end)| text[*start..*end].trim()).collect();
    let parts: Vec<&str> = parts.iter().map(|part| part.trim_end_matches([',', '.'])).collect();
    let spans = place.parts.iter().map(|span| trimmed(text, *span)).map(|(start, end)| start..end).collect();
    Some(Found { text: parts.join(", ") + if place.is_percent { "%" } else { "" }, spans, rule })
}

/// The value without a full stop or bold marks at its end, or a bracket that it does not open.
fn without_rest(value: &str) -> &str {
    let value = value.trim_end_matches(['.', '。', ' ', '*']);
    match value.strip_suffix(')') {
        Some(inside) if !value.contains(['(', '[']) => inside,
        _ => value,
    }
}

/// The formula, expression or number that ends last. Looks at the end of the text first, for speed.
fn last_of_all(text: &str, groups: &[Group], patterns: &Patterns) -> Option<Place> {
    let from = text.len().saturating_sub(TAIL);
    let is_break = |at: &usize| text.is_char_boundary(*at) && text[*at..].starts_with([' ', '\n']);
    let from = if from == 0 { 0 } else { (from..text.len()).find(is_break).unwrap_or(0) };
    last_from(text, from, groups, patterns).or_else(|| last_from(text, 0, groups, patterns))
}

fn last_from(text: &str, from: usize, groups: &[Group], patterns: &Patterns) -> Option<Place> {
    let last = |pattern: &Regex| {
        let captures = pattern.captures_iter(&text[from..]).filter_map(Result::ok).last()?;
        let (whole, value) = (captures.get(0)?, captures.get(1)?);
        Some(Place::number(
            (from + whole.start(), from + whole.end()),
            (from + value.start(), from + value.end()),
        ))
    };
    let group = groups.last().map(Place::group);
    later(later(group, last(&patterns.expressions)), last(&patterns.numbers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Option<String> {
        extract(text).map(|found| found.text)
    }

    #[test]
    fn the_end_of_a_long_reply_counts() {
        let text = format!("{}So there are 17 left", "We try 3 + 4 = 7 once more. ".repeat(2_000));
        assert_eq!(found(&text).as_deref(), Some("17"));
    }

    #[test]
    fn marks_that_never_close_come_to_an_end() {
        for mark in
            ["\\boxed{", "\\(", "$$ ", "\\[", " [", "\\frac{1", "answer ", "答案是", "1 2 ", "(1+", "- 1."]
        {
            let text = mark.repeat(60_000 / mark.len());
            let _ = found(&text);
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_span_that_holds_the_answer(
            text in "(answer|答案是|final answer is|\\\\boxed\\{|\\}|####|[-0-9$%.,\\[\\] \n()+/é元a-c\\\\*=:]){0,30}"
        ) {
            if let Some(found) = extract(&text) {
                for span in &found.spans {
                    prop_assert!(text.get(span.clone()).is_some());
                }
                if found.spans.len() == 1 && !found.text.ends_with('%') {
                    prop_assert_eq!(found.literal_span(&text), Some(found.spans[0].clone()));
                }
            }
        }
    }
}
