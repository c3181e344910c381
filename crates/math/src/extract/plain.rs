//! Answers that are written without dollar signs, where Math-Verify finds none or less of them.

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
const NUMBER: &str = r"[-−]?\d[\d,]*(?:\.\d+)?(?:\s?/\s?\d+)?(?:\s*%)?";

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

/// The formula that is all of the line, or of the sentence, behind the last announcement.
pub(super) fn stated(text: &str, announced: Announced) -> Option<Place> {
    static LEAD: LazyLock<PlainRegex> = LazyLock::new(|| {
        plain(
            r"(?i)(final |最终)?(?:\banswer\b|答案)(?:\*\*|__)?\s*(?:is|equals|[:：=]|应该是|应为|等于|是|为)\s*[:：]?\s*(?:\*\*|__|`)?",
        )
    });
    let leads =
        LEAD.captures_iter(text).filter(|lead| announced == Announced::AsAny || lead.get(1).is_some());
    let lead = leads.last()?.get(0)?;
    let line = text[lead.end()..].split('\n').next()?;
    let sentence = line.find(['。', '，', '；', '*', '`']).unwrap_or(line.len());
    let sentence = line[..sentence].find(". ").unwrap_or(sentence);
    let formula = line[..sentence].trim_end().trim_end_matches(['.', '_', ';', '!']).trim_end();
    let span = (lead.end(), lead.end() + formula.len());
    is_formula(formula).then(|| Place::number((lead.start(), span.1), span))
}

/// Whether a text is mathematics and nothing else: no words, no choice of an option, no unit.
fn is_formula(text: &str) -> bool {
    static WORDS: LazyLock<PlainRegex> = LazyLock::new(|| plain(r"\\?[a-zA-Z]{2,}"));
    static OPTION: LazyLock<PlainRegex> =
        LazyLock::new(|| plain(r"^\(?[A-Z]\)?[.:)\s]|(?:^|\s)[aAI]\s|^\$|^\\[(\[]|[\x{4e00}-\x{9fff}]"));
    const KNOWN: [&str; 8] = ["sqrt", "pi", "sin", "cos", "tan", "log", "ln", "exp"];
    let is_known = |word: &str| word.starts_with('\\') || KNOWN.contains(&word);
    let has_value = text.contains(|c: char| c.is_ascii_digit() || "\\√π∞½⅓⅔¼¾".contains(c));
    text.len() <= LONGEST
        && has_value
        && !OPTION.is_match(text)
        && WORDS.find_iter(text).all(|word| is_known(word.as_str()))
        && parse(text, Rules::DEFAULT, &Fuel::full()).is_some()
}

/// How long the number at the start of a text is, when words follow that are no unit.
pub(super) fn number_before_words(text: &str) -> Option<usize> {
    static LEADING: LazyLock<PlainRegex> = LazyLock::new(|| plain(&format!(r"^({NUMBER})\s+[a-zA-Z]{{2,}}")));
    let number = LEADING.captures(text)?.get(1)?;
    let has_unit = parse(text, Rules::DEFAULT, &Fuel::full()).is_some_and(|parsed| parsed.unit.is_some());
    (!has_unit).then(|| number.end())
}

/// `答案是 18`, `答案：$\frac{1}{2}$`.
pub(super) fn in_chinese(text: &str, groups: &[Group]) -> Option<Place> {
    static MARKER: LazyLock<Regex> = LazyLock::new(|| {
        fancy(&format!(r"(?:答案|答)(?:应该是|应为|等于|是|为|[:：]|\s)+(?:\*\*)?\\?[$€£¥￥]?({NUMBER})?"))
    });
    let places = MARKER.captures_iter(text).filter_map(Result::ok).filter_map(|captures| {
        let marker = captures.get(0)?;
        let group = groups.iter().find(|group| (marker.start()..=marker.end()).contains(&group.start));
        let number = captures.get(1).map(|value| (value.start(), value.end()));
        match group {
            Some(group) => Some(Place::group(group)),
            None => number.map(|value| Place::number((marker.start(), marker.end()), value)),
        }
    });
    places.last()
}

/// A number right after a Chinese character or sign, or after `\$`.
pub(super) fn loose_number(text: &str) -> Option<Place> {
    static NUMBERS: LazyLock<Regex> =
        LazyLock::new(|| fancy(&format!(r"(?:[\x{{3000}}-\x{{9fff}}：，（￥¥>|`]|\\\$)({NUMBER})")));
    let number = NUMBERS.captures_iter(text).filter_map(Result::ok).last()?.get(1)?;
    Some(Place::number((number.start(), number.end()), (number.start(), number.end())))
}
