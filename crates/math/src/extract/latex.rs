//! Finds formulas in prose: between dollar signs and LaTeX brackets, and in boxes.

use regex::Regex;
use std::collections::VecDeque;
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
pub(crate) struct Group {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The insides.
    pub(crate) parts: Vec<(usize, usize)>,
    /// Whether a percent sign follows.
    pub(crate) is_percent: bool,
}

/// Math-Verify 0.9.0 takes no more formulas for one answer.
const MOST_PARTS: usize = 6;

/// Returns the formulas of a text from left to right, those side by side together.
pub(super) fn groups(text: &str) -> Vec<Group> {
    let mut closers = Closers::default();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(formula) = next_formula(text, at, text.len(), &mut closers) {
        let group = group_of(text, formula, &mut closers);
        at = group.end;
        found.push(group);
    }
    found
}

/// Returns the first group that begins between the two places.
pub(super) fn group_between(text: &str, from: usize, to: usize, closers: &mut Closers) -> Option<Group> {
    next_formula(text, from, to, closers).map(|formula| group_of(text, formula, closers))
}

/// Where closing marks stand, as far as was looked: marks that are never closed must not cost a pass over the text each.
#[derive(Debug, Default)]
pub(super) struct Closers([Looked; 4]);

/// Between the two places stands no mark; at the second one, or nothing is known from there on.
#[derive(Debug, Default, Clone, Copy)]
struct Looked {
    from: usize,
    to: usize,
    is_there: bool,
}

impl Closers {
    /// Where the mark stands next, within the length of a formula.
    fn next(&mut self, text: &str, from: usize, close: &str) -> Option<usize> {
        let end = from + within(text, from, LONGEST).len();
        let kind = ["$", "$$", "\\]", "\\)"].iter().position(|known| *known == close)?;
        let looked = &mut self.0[kind];
        if from < looked.from || from > looked.to {
            *looked = Looked { from, to: from, is_there: false };
        }
        if !looked.is_there && looked.to < end {
            let next = text[looked.to..end].find(close);
            // A mark of two signs may have its first one at the end of what was seen.
            let seen = text.floor_char_boundary(end + 1 - close.len()).max(looked.to);
            (looked.to, looked.is_there) = next.map_or((seen, false), |offset| (looked.to + offset, true));
        }
        (looked.is_there && looked.to + close.len() <= end).then_some(looked.to)
    }
}

/// The formula and those that follow it after a comma, `and` or `or`.
fn group_of(text: &str, first: Formula, closers: &mut Closers) -> Group {
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
        let Some(next) = link.and_then(|start| formula_at(text, start, closers)) else { break };
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
fn next_formula(text: &str, from: usize, to: usize, closers: &mut Closers) -> Option<Formula> {
    let mut at = from;
    while let Some(offset) = within(text, at, (to + 1).saturating_sub(at)).find(['$', '\\', '[']) {
        let start = at + offset;
        let formula = formula_at(text, start, closers);
        if formula.is_some() {
            return formula;
        }
        at = start + 1;
    }
    None
}

fn formula_at(text: &str, start: usize, closers: &mut Closers) -> Option<Formula> {
    let before = text[..start].chars().next_back();
    let rest = &text[start..];
    if rest.starts_with('[') {
        return bracketed(text, start, before);
    }
    if before == Some('\\') {
        return None;
    }
    if rest.starts_with("$$") {
        return closed(text, start, "$$", true, closers);
    }
    if rest.starts_with('$') {
        // `5$` ends a price, it begins no formula.
        return if before.is_some_and(|c| c.is_ascii_digit()) {
            None
        } else {
            closed(text, start, "$", false, closers)
        };
    }
    match rest.as_bytes().get(1) {
        Some(b'[') => closed(text, start, "\\]", true, closers),
        Some(b'(') => closed(text, start, "\\)", false, closers),
        Some(b'f') => plain_fraction(text, start),
        _ => None,
    }
}

/// A formula up to its closing mark, with something inside; of some kinds on one line only.
fn closed(
    text: &str,
    start: usize,
    close: &str,
    spans_lines: bool,
    closers: &mut Closers,
) -> Option<Formula> {
    let open = close.len();
    let inside = start + open;
    let first = text[inside..].chars().next()?.len_utf8();
    let (mut from, mut seen) = (inside + first, inside);
    loop {
        let at = closers.next(text, from, close).filter(|at| *at <= inside + LONGEST)?;
        if !spans_lines && text[seen..at].contains('\n') {
            return None;
        }
        seen = at;
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

/// Fractions outside of marks are not longer, in bytes.
const LONGEST_FRACTION: usize = 200;

/// `\frac{1}{2}` of plain numbers, outside of any marks.
fn plain_fraction(text: &str, start: usize) -> Option<Formula> {
    let rest = text[start..].strip_prefix("\\frac{")?;
    let (above, rest_below) = within(rest, 0, LONGEST_FRACTION).split_once("}{")?;
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
    let closed = closed_boxes(text);
    let mut found: Vec<Formula> = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(['\\']) {
        let start = at + offset;
        let formula = box_at(text, start, &closed);
        at = formula.map_or(start + 1, |formula| formula.end);
        found.extend(formula);
        if found.len() == 2 * MOST_BOXES {
            found.drain(..MOST_BOXES);
        }
    }
    found
}

fn box_at(text: &str, start: usize, closed: &[(usize, usize)]) -> Option<Formula> {
    let rest = &text[start + 1..];
    let rest = BOXES.iter().find_map(|name| rest.strip_prefix(name))?;
    let trimmed = rest.trim_start();
    let open = text.len() - trimmed.len();
    if trimmed.len() == rest.len() && !trimmed.starts_with('{') {
        return None;
    }
    if trimmed.starts_with('{') {
        let place = closed.binary_search_by_key(&open, |(open, _)| *open).ok()?;
        let end = closed[place].1;
        return Some(Formula { start, end: end + 1, inside: (open + 1, end) });
    }
    // `\boxed 5`: up to the end of the formula or the word.
    let length = trimmed.find(|c: char| c.is_whitespace() || c == '$').unwrap_or(trimmed.len());
    (length > 0).then_some(Formula { start, end: open + length, inside: (open, open + length) })
}

/// Of more boxes that are closed, those before the last ones are forgotten.
const MOST_CLOSED: usize = 10_000;

const BOXES: [&str; 2] = ["boxed", "fbox"];

/// Where the braces of boxes open and close, in the order in which they open; found in one pass, so that boxes that never
/// close take no time.
fn closed_boxes(text: &str) -> Vec<(usize, usize)> {
    let is_box = |open: usize| {
        let before = text[..open].trim_end();
        BOXES.iter().any(|name| before.ends_with(name))
    };
    let (mut open, mut closed) = (VecDeque::new(), Vec::new());
    if !BOXES.iter().any(|name| text.contains(name)) {
        return closed;
    }
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' if !is_escaped => {
                // What is further off than the length of a formula is not closed any more.
                while open.front().is_some_and(|first| first + LONGEST < at) {
                    open.pop_front();
                }
                open.push_back(at);
            }
            b'}' if !is_escaped => {
                if let Some(start) = open.pop_back().filter(|start| start + LONGEST > at && is_box(*start)) {
                    closed.push((start, at));
                    if closed.len() == 2 * MOST_CLOSED {
                        closed.drain(..MOST_CLOSED);
                    }
                }
            }
            _ => {}
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    closed.sort_unstable();
    closed
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
