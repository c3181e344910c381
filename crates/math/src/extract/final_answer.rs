//! The final answer of a worked solution.

use super::found::{Found, Rule};
use super::latex::{Formula, Group, boxes, groups};
use super::marker::{
    AFTER_EXPRESSION, BEFORE, COLON, CURRENCY, EXPRESSION, FINAL, NUMBER, Place, Span, WORD, announced,
    fancy, in_chinese, later, plain,
};
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
/// 1. `\boxed{…}` or `\fbox{…}`;
/// 2. what follows `####`;
/// 3. a formula or number after `final answer … is`;
/// 4. one after `answer:`, or right after `答案是`, `答案：`;
/// 5. one within 50 characters after `answer`;
/// 6. the formula, expression or number that ends last;
/// 7. a number right after a Chinese character, or after `\$`.
///
/// Source: `parse` of Math-Verify 0.9.0 with `boxed_match_priority=0` and `first_match`, as EvalScope 1.14.1 calls it.
/// Rules 2, 7 and the Chinese markers are ours; there, a reply such as `答案是18。` has no answer.
pub fn extract(text: &str) -> Option<Found> {
    if let Some(found) = last_boxes(text) {
        return Some(found);
    }
    let mut from = text.len().saturating_sub(WINDOW);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut found = unboxed(&text[from..])?;
    for span in &mut found.spans {
        *span = span.start + from..span.end + from;
    }
    Some(found)
}

fn unboxed(text: &str) -> Option<Found> {
    let groups = groups(text);
    let of = |place: Option<Place>, rule: Rule| place.map(|place| (place, rule));
    let (place, rule) = of(after_hashes(text), Rule::Hashes)
        .or_else(|| of(announced(text, &FINAL), Rule::FinalAnswer))
        .or_else(|| of(later(announced(text, &COLON), in_chinese(text, &groups)), Rule::AnswerColon))
        .or_else(|| of(announced(text, &WORD), Rule::AnswerWord))
        .or_else(|| of(last_of_all(text, &groups), Rule::Last))
        .or_else(|| of(any_number(text), Rule::LooseNumber))?;
    answer(text, &place, rule)
}

fn answer(text: &str, place: &Place, rule: Rule) -> Option<Found> {
    if let ([span], false) = (place.parts.as_slice(), place.is_percent) {
        let (start, end) = trimmed(text, *span);
        return (start < end).then(|| Found::at(text, start..end, rule));
    }
    let parts: Vec<&str> = place.parts.iter().map(|(start, end)| text[*start..*end].trim()).collect();
    let parts: Vec<&str> = parts.iter().map(|part| part.trim_end_matches([',', '.'])).collect();
    let spans = place.parts.iter().map(|span| trimmed(text, *span)).map(|(start, end)| start..end).collect();
    Some(Found { text: parts.join(", ") + if place.is_percent { "%" } else { "" }, spans, rule })
}

/// `#### 18`: the rest of the line.
fn after_hashes(text: &str) -> Option<Place> {
    let start = text.rfind("####")? + 4;
    let length = text[start..].find('\n').unwrap_or(text.len() - start);
    let line = text[start..start + length].trim_end().trim_end_matches(['.', '。']);
    let dress = line.len() - line.trim_start_matches([' ', '\t', '$', '*', ':', '：', '#']).len();
    let inside = line[dress..].trim_end_matches(['$', '*', ' ']);
    let span = (start + dress, start + dress + inside.len());
    inside.contains(|c: char| c.is_ascii_digit()).then(|| Place::number(span, span))
}

/// The formula, expression or number that ends last. Looks at the end of the text first, for speed.
fn last_of_all(text: &str, groups: &[Group]) -> Option<Place> {
    let from = text.len().saturating_sub(TAIL);
    let is_break = |at: &usize| text.is_char_boundary(*at) && text[*at..].starts_with([' ', '\n']);
    let from = if from == 0 { 0 } else { (from..text.len()).find(is_break).unwrap_or(0) };
    last_from(text, from, groups).or_else(|| last_from(text, 0, groups))
}

fn last_from(text: &str, from: usize, groups: &[Group]) -> Option<Place> {
    static EXPRESSIONS: LazyLock<Regex> =
        LazyLock::new(|| fancy(&format!("{BEFORE}({EXPRESSION}){AFTER_EXPRESSION}")));
    static NUMBERS: LazyLock<Regex> = LazyLock::new(|| fancy(&format!("{BEFORE}{CURRENCY}({NUMBER})")));
    let last = |pattern: &Regex| {
        let captures = pattern.captures_iter(&text[from..]).filter_map(Result::ok).last()?;
        let (whole, value) = (captures.get(0)?, captures.get(1)?);
        Some(Place::number(
            (from + whole.start(), from + whole.end()),
            (from + value.start(), from + value.end()),
        ))
    };
    let group = groups.last().map(Place::group);
    later(later(group, last(&EXPRESSIONS)), last(&NUMBERS))
}

/// A number right after a Chinese character or sign, or after `\$`, where Math-Verify finds none.
fn any_number(text: &str) -> Option<Place> {
    static NUMBERS: LazyLock<Regex> =
        LazyLock::new(|| fancy(&format!(r"(?:[\x{{3000}}-\x{{9fff}}：，（]|\\\$)({NUMBER})")));
    let number = NUMBERS.captures_iter(text).filter_map(Result::ok).last()?.get(1)?;
    Some(Place::number((number.start(), number.end()), (number.start(), number.end())))
}

/// The last box, with those that stand close before it.
fn last_boxes(text: &str) -> Option<Found> {
    static SEPARATOR: LazyLock<PlainRegex> = LazyLock::new(|| plain(r"\b(?:and|or)\b|[,;]"));
    let all = boxes(text);
    let last = all.last()?;
    let content = |formula: &Formula| text[formula.inside.0..formula.inside.1].trim();
    let span = |formula: &Formula| trimmed(text, formula.inside).0..trimmed(text, formula.inside).1;
    let (mut joined, mut spans) = (vec![content(last)], vec![span(last)]);
    let mut next = last;
    for earlier in all[..all.len() - 1].iter().rev() {
        let between = &text[earlier.end..next.start];
        let is_other = content(earlier) != joined[joined.len() - 1];
        let is_listed = is_other && between.chars().count() < 70 && SEPARATOR.is_match(between);
        if between.chars().count() >= 10 && !is_listed {
            break;
        }
        if is_other {
            joined.push(content(earlier));
            spans.push(span(earlier));
        }
        next = earlier;
    }
    if joined.len() > 1 {
        joined.reverse();
        spans.reverse();
        return Some(Found { text: joined.join(","), spans, rule: Rule::Boxed });
    }
    Some(Found::at(text, span(last), Rule::Boxed))
}

/// The span without white space at its ends.
fn trimmed(text: &str, (start, end): Span) -> Span {
    let inside = &text[start..end];
    let from = start + inside.len() - inside.trim_start().len();
    (from, from + inside.trim().len())
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
