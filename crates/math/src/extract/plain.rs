//! Answers that are written without dollar signs, where Math-Verify finds none or less of them.

use super::equation::{calculation, last_calculation};
use super::latex::Group;
use super::marker::{Place, Span, fancy, plain};
use crate::fuel::Fuel;
use crate::read::parse;
use crate::rules::Rules;
use fancy_regex::Regex;
use regex::Regex as PlainRegex;
use std::sync::LazyLock;

/// No formula in prose is longer, in bytes.
const LONGEST: usize = 120;

/// A number, perhaps divided by another.
pub(super) const NUMBER: &str = r"[-−]?\d[\d,]*(?:\.\d+)?(?:\s?/\s?\d+)?(?:\s*%)?";

/// Which announcements count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Announced {
    /// `final answer is`, `最终答案是`.
    AsFinal,
    /// `answer:` and `answer is` too.
    AsAny,
}

/// `<answer>42</answer>`: what stands between the last pair of tags.
pub(super) fn tagged(text: &str) -> Option<Span> {
    const OPEN: &str = "<answer>";
    let close = text.rfind("</answer>")?;
    let start = text[..close].rfind(OPEN)? + OPEN.len();
    Some((start, close))
}

/// What the calculation gives that stands behind the last announcement, or the formula that is all of the line or sentence.
pub(super) fn stated(text: &str, announced: Announced) -> Option<Place> {
    static LEAD: LazyLock<PlainRegex> = LazyLock::new(|| {
        plain(
            r"(?i)(final |最终)?(?:\banswer\b|答案)(?:\*\*|__)?\s*(is|equals|(?:would|should|must) be|应该是|应为|等于|是|为|[:：=])\s*[:：]?\s*(?:\*\*?|__|`)?",
        )
    });
    let leads =
        LEAD.captures_iter(text).filter(|lead| announced == Announced::AsAny || lead.get(1).is_some());
    let lead = leads.last()?;
    let (is_final, is_colon) = (lead.get(1).is_some(), lead[2].starts_with([':', '：', '=']));
    let lead = lead.get(0)?;
    let line = text[lead.end()..].split('\n').next()?;
    let sentence = &line[..end_of_sentence(line)];
    let formula = sentence.trim_end().trim_end_matches(['.', '_', ';', '!']).trim_end();
    let span = (lead.end(), lead.end() + formula.len());
    let calculated = match (is_final, is_colon) {
        (false, _) => last_calculation(text, span.0),
        // Behind `Final answer:` the steps to it may stand, but what is said after them is beside the point.
        (true, true) => last_calculation(&text[..lead.end() + end_of_statement(line)], span.0),
        (true, false) => calculation(text, span.0),
    };
    let calculated = calculated.and_then(|found| found.last);
    let value = calculated.or_else(|| is_formula(formula).then(|| solved(formula, span)))?;
    Some(Place::number((lead.start(), value.1), value))
}

/// Of equations that are solved the last value: of `2x = 4, x = 2` the 2. Names with values are an answer as they stand:
/// `x = 2, y = 3`.
fn solved(formula: &str, whole: Span) -> Span {
    static BETWEEN: LazyLock<PlainRegex> = LazyLock::new(|| plain("[,;] "));
    static NAMED: LazyLock<PlainRegex> = LazyLock::new(|| plain(r"^\s*[a-zA-Z]\w?\s*="));
    static NAMES: LazyLock<PlainRegex> = LazyLock::new(|| plain(r"(?:^|[^\\a-zA-Z])[a-z]"));
    let equations: Vec<&str> = BETWEEN.split(formula).collect();
    let Some((last, before)) = equations.split_last() else { return whole };
    let is_open = |equation: &&str| equation.contains('=') && !NAMED.is_match(equation);
    let value = last.rsplit('=').next().map_or("", str::trim_start);
    let is_value = value.contains(|c: char| c.is_ascii_digit()) && !NAMES.is_match(value);
    let is_solved = NAMED.is_match(last) && is_value && !before.is_empty() && before.iter().all(is_open);
    if is_solved { (whole.1 - value.len(), whole.1) } else { whole }
}

/// Where the first sentence or emphasis of a line ends. A star between numbers is no mark: `9 * 2`, `9*2`.
fn end_of_sentence(line: &str) -> usize {
    static CLOSER: LazyLock<PlainRegex> =
        LazyLock::new(|| plain(r"([。，；`]|\*\*|\. )|(?:^|[^\s*])(\*)(?:[\s.,;:!?)]|$)"));
    let closer = CLOSER.captures(line).and_then(|closer| closer.get(1).or_else(|| closer.get(2)));
    closer.map_or(line.len(), |closer| closer.start())
}

/// Where the first statement of a line ends, of which clauses are a part.
fn end_of_statement(line: &str) -> usize {
    let ends = [". ", "; ", "。", "；"];
    ends.iter().filter_map(|end| line.find(end)).min().unwrap_or(line.len())
}

/// Whether a text is mathematics and no choice of an option, with no mark before it.
fn is_formula(text: &str) -> bool {
    static OPTION: LazyLock<PlainRegex> =
        LazyLock::new(|| plain(r"^\(?[A-Z]\)?[.:)\s]|(?:^|\s)[aAI]\s|^\$|^\\[(\[]"));
    !OPTION.is_match(text) && is_mathematics(text)
}

/// Whether a text is mathematics and nothing else: no words, no unit.
pub(super) fn is_mathematics(text: &str) -> bool {
    static WORDS: LazyLock<PlainRegex> =
        LazyLock::new(|| plain(r"\\?[a-zA-Z]{2,}|\d [a-z]/[a-z]$|[\x{4e00}-\x{9fff}]"));
    const KNOWN: [&str; 8] = ["sqrt", "pi", "sin", "cos", "tan", "log", "ln", "exp"];
    let is_known = |word: &str| word.starts_with('\\') || KNOWN.contains(&word);
    let has_value = text.contains(|c: char| c.is_ascii_digit() || "\\√π∞½⅓⅔¼¾".contains(c));
    text.len() <= LONGEST
        && has_value
        && WORDS.find_iter(text).all(|word| is_known(word.as_str()))
        && parse(text, Rules::DEFAULT, &Fuel::full()).is_some()
}

/// `答案是 18`, `答案：$\frac{1}{2}$`.
pub(super) fn in_chinese(text: &str, groups: &[Group]) -> Option<Place> {
    static MARKER: LazyLock<Regex> = LazyLock::new(|| {
        fancy(&format!(r"(?:答案|答)(?:应该是|应为|等于|是|为|[:：]|\s)+(?:\*\*)?\\?[$€£¥￥]?({NUMBER})?"))
    });
    let found = MARKER.captures_iter(text).filter_map(Result::ok).filter_map(|captures| {
        let marker = captures.get(0)?;
        let group = groups.iter().find(|group| (marker.start()..=marker.end()).contains(&group.start));
        let number = captures.get(1).map(|number| (number.start(), number.end()));
        (group.is_some() || number.is_some()).then_some((marker.start(), group, number))
    });
    let (start, group, number) = found.last()?;
    let number = number.map(|number| {
        let found = last_calculation(text, number.0);
        let value = found.map_or(number, |found| found.last.unwrap_or(found.first));
        Place::number((start, value.1), value)
    });
    // Dollar signs of prices make no formula: `答案：$9 * $2 = $18`.
    match group.map(Place::group) {
        Some(group) if number.as_ref().is_none_or(|number| number.end <= group.end) => Some(group),
        _ => number,
    }
}

/// A number right after a Chinese character or sign, or after `\$`.
pub(super) fn loose_number(text: &str) -> Option<Place> {
    static NUMBERS: LazyLock<Regex> =
        LazyLock::new(|| fancy(&format!(r"(?:[\x{{3000}}-\x{{9fff}}：，（￥¥>|`]|\\\$)({NUMBER})")));
    let number = NUMBERS.captures_iter(text).filter_map(Result::ok).last()?.get(1)?;
    Some(Place::number((number.start(), number.end()), (number.start(), number.end())))
}
