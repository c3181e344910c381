//! Answers to MATH as OpenCompass 0.2 finds, normalises and compares them.

use crate::extract::{Found, Rule};
use crate::modes::evalscope_0_5::{normal_by, regex};
use crate::modes::hendrycks::{slash_as_fraction, without_left_side};
use regex::Regex;
use std::sync::LazyLock;

/// Returns the inside of the last box, else the normalised first sentence that holds `final answer` or `answer is`, else
/// that of the first sentence.
///
/// A sentence ends at any full stop. Never nothing. Source: `math_postprocess_v2` of ms-opencompass 0.1.6.
pub(crate) fn extract(reply: &str) -> Found {
    if let Some((start, end)) = boxed(reply).filter(|(start, end)| start < end) {
        return Found::at(reply, start..end, Rule::Boxed);
    }
    let is_final = |sentence: &&str| {
        let sentence = sentence.to_lowercase();
        sentence.contains("final answer") || sentence.contains("answer is")
    };
    let mut sentences = reply.split('.');
    let first = sentences.clone().next().unwrap_or_default();
    Found::made(normal(sentences.find(is_final).unwrap_or(first)), Rule::Pattern)
}

/// The inside of the last `\boxed{…}`, without a second pair of braces; nothing when it does not close.
fn boxed(text: &str) -> Option<(usize, usize)> {
    const OPEN: &str = "\\boxed{";
    let at = text.rfind("\\boxed").filter(|at| text[*at..].starts_with(OPEN))?;
    let start = at + OPEN.len();
    let mut depth = 1;
    let end = text[start..].char_indices().find_map(|(offset, c)| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        (depth == 0).then_some(start + offset)
    })?;
    let inside = &text[start..end];
    let is_doubled = inside.starts_with('{') && inside.ends_with('}') && !inside.contains('\n');
    Some(if is_doubled { (start + 1, (end - 1).max(start + 1)) } else { (start, end) })
}

/// Returns whether answer and target are the same text, as they are or after one of two normalisations or both.
///
/// No arithmetic, so `0.25` is not `\frac{1}{4}`. What the first normalisation cannot take apart, as `a/b`, is left to the
/// second. Source: `MATHEvaluator` with `version='v2'` of ms-opencompass 0.1.6.
pub(crate) fn is_equal(answer: &str, target: &str) -> bool {
    if let (Some(answer), Some(target)) = (stripped(answer), stripped(target))
        && (answer == target || normal(&answer) == normal(&target))
    {
        return true;
    }
    normal(answer) == normal(target) || answer == target
}

/// The normalisation of Lewkowycz et al. 2022 with two rules more than in EvalScope 0.5.2.
fn normal(sentence: &str) -> String {
    static WRAPPER: LazyLock<Regex> = LazyLock::new(|| regex(r"\\text\{\((.*?)\)\}"));
    static MARKED: LazyLock<[Regex; 4]> = LazyLock::new(|| {
        [r"finalansweris(.*)", r"answer?is:?(.*)", r"oxed\{(.*?)\}", r"\$(.*?)\$"].map(regex)
    });
    normal_by(sentence, Some(&WRAPPER), MARKED.as_slice())
}

/// What is replaced before units are taken off, in this order.
const FIRST: [(&str, &str); 8] = [
    ("\\!", ""),
    ("\\ ", ""),
    ("\\\\", "\\"),
    ("\\\\", "\\"),
    ("tfrac", "frac"),
    ("dfrac", "frac"),
    ("\\left", ""),
    ("\\right", ""),
];

/// What is replaced after that, in this order.
const THEN: [(&str, &str); 12] = [
    ("^{\\circ}", ""),
    ("^\\circ", ""),
    ("\\$", ""),
    ("$", ""),
    ("\\text", ""),
    ("x\\in", ""),
    ("\\%", ""),
    ("%", ""),
    (" .", " 0."),
    ("{.", "{0."),
    ("\\cdot", ""),
    ("infinity", "\\infty"),
];

fn replaced(text: &str, rules: &[(&str, &str)]) -> String {
    rules.iter().fold(text.to_owned(), |text, (before, after)| text.replace(before, after))
}

/// The text after the rules of Hendrycks et al. 2021 as OpenCompass has widened them; `None` where the original raises an
/// exception.
fn stripped(text: &str) -> Option<String> {
    static UNIT: LazyLock<Regex> = LazyLock::new(|| regex(r"\\text\{.*?\}\z"));
    static BOX: LazyLock<Regex> = LazyLock::new(|| regex(r"\\mbox\{.*?\}"));
    static POINT: LazyLock<[Regex; 2]> = LazyLock::new(|| [r"(\d+)\.0+([^\d])", r"(\d+)\.0+\z"].map(regex));
    static ROOT: LazyLock<Regex> = LazyLock::new(|| regex(r"\\sqrt(\w+)"));
    let text = text.trim().replace('\n', "");
    let mut text = replaced(text.trim_end_matches('.'), &FIRST);
    let without_unit = UNIT.replace(&text, "").trim().to_owned();
    if !without_unit.is_empty() {
        text = without_unit;
    }
    text = replaced(&text, &THEN);
    if !text.contains("\\infty") {
        text = text.replace("inf", "\\infty");
    }
    text = replaced(&text, &[("and", ""), ("\\mathbf", "")]);
    text = BOX.replace_all(&text, "").into_owned();
    if text.contains('j') && !text.contains('i') {
        text = text.replace('j', "i");
    }
    text = POINT[0].replace_all(&text, "$1$2").into_owned();
    text = POINT[1].replace_all(&text, "$1").into_owned();
    if text.is_empty() {
        return Some(text);
    }
    if text.starts_with('.') {
        text.insert(0, '0');
    }
    text = ROOT.replace_all(without_left_side(&text), "\\sqrt{$1}").replace(' ', "");
    slash_as_fraction(with_braced_fractions(&text))
}

/// `\frac12` as `\frac{1}{2}`; as it is when one has nothing to divide or to divide by.
fn with_braced_fractions(text: &str) -> String {
    let mut parts = text.split("\\frac");
    let mut braced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        braced.push_str("\\frac");
        let mut rest = part.chars();
        match (rest.next(), rest.next()) {
            (Some('{'), _) => braced.push_str(part),
            (Some(above), Some('{')) => braced.push_str(&format!("{{{above}}}{{{}", rest.as_str())),
            (Some(above), Some(below)) => {
                braced.push_str(&format!("{{{above}}}{{{below}}}{}", rest.as_str()))
            }
            _ => return text.to_owned(),
        }
    }
    braced
}
