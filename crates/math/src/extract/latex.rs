//! Finds formulas in prose: between dollar signs and LaTeX brackets, and in boxes.

use regex::Regex;
use std::sync::LazyLock;

/// Longer formulas are not looked for: a mark that is never closed must not cost a pass over the whole text.
const LONGEST: usize = 10_000;

/// A formula: where it begins and ends with its marks, and its inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Formula {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) inside: (usize, usize),
}

/// Formulas that are listed side by side, as in `$a$, $b$ and $c$`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The insides.
    pub(super) parts: Vec<(usize, usize)>,
    /// Whether a percent sign follows.
    pub(super) is_percent: bool,
}

/// Math-Verify 0.9.0 takes no more formulas for one answer.
const MOST_PARTS: usize = 6;

/// Returns the formulas of a text from left to right, those side by side together.
pub(super) fn groups(text: &str) -> Vec<Group> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(formula) = next_formula(text, at, text.len()) {
        let group = group_of(text, formula);
        at = group.end;
        found.push(group);
    }
    found
}

/// Returns the first group that begins between the two places.
pub(super) fn group_between(text: &str, from: usize, to: usize) -> Option<Group> {
    next_formula(text, from, to).map(|formula| group_of(text, formula))
}

/// The formula and those that follow it after a comma, `and` or `or`.
fn group_of(text: &str, first: Formula) -> Group {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\s*(?:,?and|,?or|,)\s*").expect("the regex is a literal"));
    let percent = percent_after(text, first.end);
    let mut group = Group {
        start: first.start,
        end: first.end + percent,
        parts: vec![first.inside],
        is_percent: percent > 0,
    };
    while group.parts.len() < MOST_PARTS {
        let link = LINK.find(within(text, group.end, LONGEST)).map(|link| group.end + link.end());
        let Some(next) = link.and_then(|start| formula_at(text, start)) else { break };
        group.parts.push(next.inside);
        group.end = next.end + percent_after(text, next.end);
    }
    group
}

/// How many bytes a percent sign after a formula takes.
fn percent_after(text: &str, end: usize) -> usize {
    static PERCENT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\s*(?:\\?%|[Pp]ercent|[Pp]ct)").expect("the regex is a literal"));
    PERCENT.find(within(text, end, LONGEST)).map_or(0, |found| found.len())
}

/// The first formula that begins between the two places.
fn next_formula(text: &str, from: usize, to: usize) -> Option<Formula> {
    let mut at = from;
    while let Some(offset) = text[at..].find(['$', '\\', '[']) {
        let start = at + offset;
        if start > to {
            return None;
        }
        let formula = formula_at(text, start);
        if formula.is_some() {
            return formula;
        }
        at = start + 1;
    }
    None
}

fn formula_at(text: &str, start: usize) -> Option<Formula> {
    let before = text[..start].chars().next_back();
    let rest = &text[start..];
    if rest.starts_with('[') {
        return bracketed(text, start, before);
    }
    if before == Some('\\') {
        return None;
    }
    if rest.starts_with("$$") {
        return closed(text, start, "$$", true);
    }
    if rest.starts_with('$') {
        // `5$` ends a price, it begins no formula.
        return if before.is_some_and(|c| c.is_ascii_digit()) {
            None
        } else {
            closed(text, start, "$", false)
        };
    }
    match rest.as_bytes().get(1) {
        Some(b'[') => closed(text, start, "\\]", true),
        Some(b'(') => closed(text, start, "\\)", false),
        Some(b'f') => plain_fraction(text, start),
        _ => None,
    }
}

/// A formula up to its closing mark, with something inside; of some kinds on one line only.
fn closed(text: &str, start: usize, close: &str, spans_lines: bool) -> Option<Formula> {
    let open = close.len();
    let inside = start + open;
    let first = text[inside..].chars().next()?.len_utf8();
    let mut from = inside + first;
    loop {
        let at = from + within(text, from, LONGEST).find(close)?;
        if !spans_lines && text[inside..at].contains('\n') {
            return None;
        }
        let is_escaped = close.starts_with('$') && text[..at].ends_with('\\');
        if !is_escaped {
            return Some(Formula { start, end: at + close.len(), inside: (inside, at) });
        }
        from = at + 1;
    }
}

/// At most so many bytes of the text from there on.
pub(super) fn within(text: &str, from: usize, length: usize) -> &str {
    let mut end = text.len().min(from + length);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(from..end).unwrap_or("")
}

/// ` [ … ] ` on one line with white space around: display brackets that lost their backslashes.
fn bracketed(text: &str, start: usize, before: Option<char>) -> Option<Formula> {
    if !before.is_some_and(char::is_whitespace) {
        return None;
    }
    let inside = start + 1;
    let end = inside + within(text, inside, LONGEST).find(['[', ']', '\n'])?;
    let is_closed = text[end..].starts_with(']') && end > inside;
    let is_spaced = text[end + 1..].starts_with(char::is_whitespace);
    (is_closed && is_spaced).then_some(Formula { start, end: end + 1, inside: (inside, end) })
}

/// `\frac{1}{2}` of plain numbers, outside of any marks.
fn plain_fraction(text: &str, start: usize) -> Option<Formula> {
    let rest = text[start..].strip_prefix("\\frac{")?;
    let (above, rest_below) = within(rest, 0, LONGEST).split_once("}{")?;
    let (below, _) = rest_below.split_once('}')?;
    let is_number = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',')
    };
    if !is_number(above) || !is_number(below) {
        return None;
    }
    let start = if text[..start].ends_with('-') { start - 1 } else { start };
    let end = text.len() - rest.len() + above.len() + below.len() + 3;
    Some(Formula { start, end, inside: (start, end) })
}

/// Of more boxes, those before the last ones are forgotten: no answer is listed in so many.
const MOST_BOXES: usize = 64;

/// Returns the boxes at the end of a text, outer ones only, from left to right; of a box that does not close, nothing.
pub(super) fn boxes(text: &str) -> Vec<Formula> {
    let mut found: Vec<Formula> = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(['\\']) {
        let start = at + offset;
        let formula = box_at(text, start);
        at = formula.map_or(start + 1, |formula| formula.end);
        found.extend(formula);
        if found.len() == 2 * MOST_BOXES {
            found.drain(..MOST_BOXES);
        }
    }
    found
}

fn box_at(text: &str, start: usize) -> Option<Formula> {
    let rest = &text[start + 1..];
    let rest = rest.strip_prefix("boxed").or_else(|| rest.strip_prefix("fbox"))?;
    let trimmed = rest.trim_start();
    let open = text.len() - trimmed.len();
    if trimmed.starts_with('{') {
        let end = closing_brace(text, open)?;
        return Some(Formula { start, end: end + 1, inside: (open + 1, end) });
    }
    // `\boxed 5`: up to the end of the formula or the word.
    let length = trimmed.find(|c: char| c.is_whitespace() || c == '$').unwrap_or(trimmed.len());
    let is_word = length > 0 && trimmed.len() < rest.len();
    is_word.then_some(Formula { start, end: open + length, inside: (open, open + length) })
}

/// Where the brace at `open` is closed.
fn closing_brace(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut is_escaped = false;
    for (offset, byte) in within(text, open, LONGEST).bytes().enumerate() {
        match byte {
            b'{' if !is_escaped => depth += 1,
            b'}' if !is_escaped => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open + offset);
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insides(text: &str, found: impl IntoIterator<Item = (usize, usize)>) -> Vec<String> {
        found.into_iter().map(|(start, end)| text[start..end].to_owned()).collect()
    }

    #[test]
    fn all_marks_are_known() {
        let text = "a $x$, \\(y\\), $$z\n$$ \\[w\\] and [ v ] or \\frac{1}{2}. Not 5$ or \\$3";
        assert_eq!(
            insides(text, groups(text).into_iter().flat_map(|group| group.parts)),
            ["x", "y", "z\n", "w", " v ", "\\frac{1}{2}"]
        );
    }

    #[test]
    fn neighbours_are_one_group() {
        let text = "$a$, $b$ and $c$; then \\(5\\)% of it";
        let found = groups(text);
        assert_eq!(found.iter().map(|group| group.parts.len()).collect::<Vec<_>>(), [3, 1]);
        assert!(found[1].is_percent && text[..found[1].end].ends_with('%'));
    }

    #[test]
    fn boxes_nest_and_must_close() {
        let text = "\\boxed{\\frac{1}{2}} \\fbox{7} $\\boxed 5$ \\boxed{3";
        assert_eq!(
            insides(text, boxes(text).into_iter().map(|formula| formula.inside)),
            ["\\frac{1}{2}", "7", "5"]
        );
    }
}
