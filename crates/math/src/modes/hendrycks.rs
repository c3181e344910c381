//! Equality of answers to MATH as texts (the rules of Hendrycks et al. 2021).

use crate::extract::{Found, Rule};

/// Returns what stands between the first and the last `$`, or the whole reply without two of them.
///
/// Source: `process_results` of `hendrycks_math` in lm-evaluation-harness 0.4.13.
pub(crate) fn extract(reply: &str) -> Found {
    match (reply.find('$'), reply.rfind('$')) {
        (Some(first), Some(last)) if first < last => Found::at(reply, first + 1..last, Rule::Pattern),
        _ => Found::at(reply, 0..reply.len(), Rule::Pattern),
    }
}

/// Returns whether answer and target are the same text after normalisation.
///
/// Fractions, roots, degrees, percent signs, units in `\text{ …}` and a short `x=` are normalised; no arithmetic, so
/// `0.25` is not `\frac{1}{4}`. What the normalisation cannot take apart, as a `\sqrt` at the end, is compared as it is.
/// Source: `_is_equiv` of `competition_math` in EvalScope 0.5.2, and `is_equiv` of `hendrycks_math` in
/// lm-evaluation-harness 0.4.13, which are the same.
pub(crate) fn is_equal(answer: &str, target: &str) -> bool {
    match (normal(answer), normal(target)) {
        (Some(answer), Some(target)) => answer == target,
        _ => answer == target,
    }
}

/// The normalised text; `None` where the original raises an exception.
fn normal(text: &str) -> Option<String> {
    const DROPPED: [(&str, &str); 10] = [
        ("\n", ""),
        ("\\!", ""),
        ("\\\\", "\\"),
        ("tfrac", "frac"),
        ("dfrac", "frac"),
        ("\\left", ""),
        ("\\right", ""),
        ("^{\\circ}", ""),
        ("^\\circ", ""),
        ("\\$", ""),
    ];
    let mut text = text.to_owned();
    for (before, after) in DROPPED {
        text = text.replace(before, after);
    }
    text = without_units(&text)?;
    text = text.replace("\\%", "").replace(" .", " 0.").replace("{.", "{0.");
    if text.is_empty() {
        return Some(text);
    }
    if text.starts_with('.') {
        text.insert(0, '0');
    }
    text = without_left_side(&text).to_owned();
    text = with_braced_roots(&text)?.replace(' ', "");
    text = with_braced_fractions(&text)?;
    if text == "0.5" {
        text = "\\frac{1}{2}".into();
    }
    slash_as_fraction(text)
}

/// `k=5` as `5`: of one equation the right side, when the left one has two signs at most.
pub(super) fn without_left_side(text: &str) -> &str {
    let sides =
        text.split_once('=').filter(|(left, right)| !right.contains('=') && left.chars().count() <= 2);
    sides.map_or(text, |(_, right)| right)
}

/// Units after `\text{ `; the original allows one such mark.
fn without_units(text: &str) -> Option<String> {
    match text.split_once("\\text{ ") {
        None => Some(text.to_owned()),
        Some((_, rest)) if rest.contains("\\text{ ") => None,
        Some((before, _)) => Some(before.to_owned()),
    }
}

/// `\sqrt3` as `\sqrt{3}`.
fn with_braced_roots(text: &str) -> Option<String> {
    let mut parts = text.split("\\sqrt");
    let mut braced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let first = part.chars().next()?;
        if first == '{' {
            braced.push_str("\\sqrt");
            braced.push_str(part);
        } else {
            braced.push_str(&format!("\\sqrt{{{first}}}{}", &part[first.len_utf8()..]));
        }
    }
    Some(braced)
}

/// `\frac12` as `\frac{1}{2}`, `\frac1{72}` as `\frac{1}{72}`; as it is when one has nothing to divide by.
fn with_braced_fractions(text: &str) -> Option<String> {
    let mut parts = text.split("\\frac");
    let mut braced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut rest = part.chars();
        let above = rest.next()?;
        braced.push_str("\\frac");
        if above == '{' {
            braced.push_str(part);
            continue;
        }
        let Some(below) = rest.next() else { return Some(text.to_owned()) };
        let rest = rest.as_str();
        if below == '{' {
            braced.push_str(&format!("{{{above}}}{{{rest}"));
        } else {
            braced.push_str(&format!("{{{above}}}{{{below}}}{rest}"));
        }
    }
    Some(braced)
}

/// `3/4` as `\frac{3}{4}`, for whole numbers as Python prints them.
pub(super) fn slash_as_fraction(text: String) -> Option<String> {
    let Some((above, below)) = text.split_once('/').filter(|(_, below)| !below.contains('/')) else {
        return Some(text);
    };
    let whole = |text: &str| {
        let text = text.trim();
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        (!digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())).then_some(digits.to_owned())
    };
    // Other texts around a `/` raise an exception there that is not caught here.
    let (upper, lower) = (whole(above)?, whole(below)?);
    let is_plain = |text: &str, digits: &str| {
        let sign = text.strip_suffix(digits).is_some_and(|sign| sign.is_empty() || sign == "-");
        sign && (digits == "0" && text == "0" || !digits.starts_with('0'))
    };
    if is_plain(above, &upper) && is_plain(below, &lower) {
        return Some(format!("\\frac{{{above}}}{{{below}}}"));
    }
    Some(text)
}
