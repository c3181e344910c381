//! The boxed answer of a solution, as EvalScope 0.5.2 takes it from the gold solutions of MATH (Hendrycks et al. 2021).

use crate::answer::{Answer, Reply};

/// Returns the inside of the last `\boxed{…}`; of `\boxed 5$`, the text up to the `$`.
///
/// Nothing without a box, or when it does not close. Source: `_preprocess_input` of `competition_math` in EvalScope
/// 0.5.2, which fails on `\fbox{…}`; so here that is no box.
pub(super) fn last_boxed(reply: &Reply) -> Option<Answer> {
    const SPACED: &str = "\\boxed ";
    let text = reply.text;
    if let Some(at) = text.rfind(SPACED) {
        let start = at + SPACED.len();
        let length = text[start..].find('$').unwrap_or(text.len() - start);
        return Some(Answer::at(text, start, start + length));
    }
    last_closed(text).map(|(start, end)| Answer::at(text, start, end))
}

/// The place of what stands in the last `\boxed{…}`; nothing without one, or when it does not close.
pub(super) fn last_closed(text: &str) -> Option<(usize, usize)> {
    const OPEN: &str = "\\boxed{";
    let at = text.rfind("\\boxed").filter(|at| text[*at..].starts_with(OPEN))?;
    let start = at + OPEN.len();
    let mut depth = 1;
    for (offset, c) in text[start..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((start, start + offset));
        }
    }
    None
}
