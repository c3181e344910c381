//! The answer of a reply to MATH, as EvalScope 0.5.2 finds and normalises it (the rules of Lewkowycz et al. 2022).

use super::lewkowycz::{REMOVED, REPLACED, unwrapped, with_braced_fractions};
use crate::extract::{Found, Rule};
use regex::Regex;
use std::sync::LazyLock;

/// What is replaced and taken out besides that.
const ALSO_REPLACED: (&str, &str) = ("\\le", "<");
const ALSO_REMOVED: [&str; 3] = ["\n", "\r", "\u{c}"];

/// Returns the normalised answer in the first sentence that holds `final answer`, else in the first of all.
///
/// A sentence ends at any full stop, so that of `0.5` it is `0`. Never nothing. Source: `_math_postprocess` of
/// `competition_math` in EvalScope 0.5.2.
pub(crate) fn extract(reply: &str) -> Found {
    let mut sentences = reply.split('.');
    let first = sentences.clone().next().unwrap_or_default();
    let sentence = sentences.find(|sentence| sentence.to_lowercase().contains("final answer"));
    Found::made(normal(sentence.unwrap_or(first)), Rule::Pattern)
}

pub(super) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the regex is a literal")
}

fn normal(sentence: &str) -> String {
    static MARKED: LazyLock<[Regex; 3]> =
        LazyLock::new(|| [r"finalansweris(.*)", r"oxed\{(.*?)\}", r"\$(.*?)\$"].map(regex));
    normal_by(sentence, None, MARKED.as_slice())
}

/// The sentence without words that do not count, out of its wrappers, from the last of each marker on, with braces.
/// `wrapper` is taken off before the others.
pub(super) fn normal_by(sentence: &str, wrapper: Option<&Regex>, marked: &[Regex]) -> String {
    static ROOT: LazyLock<Regex> = LazyLock::new(|| regex(r"(sqrt)([^{])"));
    let mut text = sentence.to_owned();
    for (before, after) in REPLACED.into_iter().chain([ALSO_REPLACED]) {
        text = text.replace(before, after);
    }
    for removed in REMOVED.into_iter().chain(ALSO_REMOVED) {
        text = text.replace(removed, "");
    }
    if let Some(wrapper) = wrapper {
        text = wrapper.replace_all(&text, "$1").into_owned();
    }
    text = unwrapped(text);
    for marker in marked {
        if let Some(found) = marker.captures_iter(&text).last() {
            text = found[1].to_owned();
        }
    }
    text = text.trim().to_owned();
    if text.contains("rac") && !text.contains("\\frac") {
        text = text.replace("rac", "\\frac");
    }
    text = with_braced_fractions(&text);
    text = ROOT.replace_all(&text, "sqrt{$2}").replace('$', "");
    let digits = text.replace(',', "");
    let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    if is_number { digits } else { text }
}
