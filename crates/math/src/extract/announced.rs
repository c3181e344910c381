//! The number or sum that a word announces, as the patterns of Math-Verify 0.9.0 find it.
//!
//! As one pattern they try each place after each word, and there each length of a sum with each of its operators. Here a
//! place is looked at once, however many words reach it, and a sum is gone through once.

use super::latex::within;
use fancy_regex::Regex;
use std::collections::HashMap;

/// How far a number may stand from the word that announces it, in characters.
pub(super) const REACH: usize = 50;

/// How far an equals sign may, and the `is` of a final answer.
pub(super) const FAR: usize = 100;

/// How many characters a sum may have up to its first operator, and after it.
const MOST_BEFORE: usize = 100;
const MOST_AFTER: usize = 200;

/// No value is longer, in bytes; more text is not looked at.
const WINDOW: usize = 600;

/// A value, and where what belongs to it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) whole_end: usize,
}

/// Whether an equals sign may follow a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Any,
    NoEquals,
}

/// What values look like. Patterns begin where the value does, know what may follow it, and have it as their first group.
pub(super) struct Values {
    pub(super) minus: &'static [char],
    pub(super) operators: &'static [char],
    /// Which spaces may stand in sums.
    pub(super) spaces: fn(char) -> bool,
    /// Forms that count before sums do.
    pub(super) before_sums: Option<Regex>,
    /// Forms that count after sums.
    pub(super) after_sums: Option<Regex>,
    pub(super) number: Regex,
    pub(super) next: Next,
}

/// A text in which values are looked for.
pub(super) struct Search<'a> {
    text: &'a str,
    values: &'a Values,
    known: HashMap<usize, Option<Value>>,
}

impl<'a> Search<'a> {
    pub(super) fn new(text: &'a str, values: &'a Values) -> Search<'a> {
        Search { text, values, known: HashMap::new() }
    }

    /// The value after the last equals sign within reach, or else the first one within reach.
    pub(super) fn near(&mut self, from: usize) -> Option<Value> {
        let line = line_of(&self.text[from..]);
        let equals: Vec<usize> = line
            .char_indices()
            .take(FAR + 1)
            .filter(|(_, c)| *c == '=')
            .map(|(at, _)| from + at + 1)
            .collect();
        for after in equals.into_iter().rev() {
            let spaces: Vec<usize> = places(&self.text[after..], char::is_whitespace).collect();
            let found = spaces.into_iter().rev().find_map(|offset| self.at(after + offset));
            if found.is_some() {
                return found;
            }
        }
        let near: Vec<usize> = places(line, |_| true).take(REACH + 1).collect();
        near.into_iter().find_map(|offset| self.at(from + offset))
    }

    /// The value after the first `is` within reach that has one.
    pub(super) fn after_is(&mut self, from: usize) -> Option<Value> {
        let line = line_of(&self.text[from..]);
        let near: Vec<usize> = places(line, |_| true).take(FAR + 1).collect();
        near.into_iter().find_map(|offset| {
            let spaced = &self.text[from + offset..];
            let word = spaced.trim_start();
            let rest = word.strip_prefix("is").filter(|_| word.len() < spaced.len())?;
            let rest = rest.strip_prefix(':').unwrap_or(rest);
            self.at(self.text.len() - rest.len())
        })
    }

    /// The value behind white space or an equals sign at a place.
    fn at(&mut self, place: usize) -> Option<Value> {
        if let Some(known) = self.known.get(&place) {
            return *known;
        }
        let found = self.values.at(self.text, place);
        self.known.insert(place, found);
        found
    }
}

impl Values {
    fn at(&self, text: &str, place: usize) -> Option<Value> {
        let before = text[place..].chars().next().filter(|c| c.is_whitespace() || *c == '=')?;
        let start = place + before.len_utf8();
        let start = if text[start..].starts_with("**") { start + 2 } else { start };
        // Neither words nor spaces begin a value.
        text[start..].chars().next().filter(|c| !c.is_whitespace() && !c.is_ascii_alphabetic())?;
        let by = |pattern: &Regex| by_pattern(pattern, text, start);
        let form = self.before_sums.as_ref().and_then(by).or_else(|| self.sum(text, start));
        form.or_else(|| self.after_sums.as_ref().and_then(by)).or_else(|| by(&self.number))
    }

    /// The longest sum or product of numbers that may end where it does.
    fn sum(&self, text: &str, start: usize) -> Option<Value> {
        let rest = &text[start..];
        let rest = rest.strip_prefix(self.minus).unwrap_or(rest);
        let rest = rest.strip_prefix('(').unwrap_or(rest);
        let rest = rest.strip_prefix(self.minus).unwrap_or(rest);
        let digits = rest.strip_prefix(is_digit)?;
        let at = |rest: &str| text.len() - rest.len();
        let is_plain = |c: char| is_digit(c) || c == '.' || (self.spaces)(c);
        let is_operator = |c: char| self.operators.contains(&c);
        let mut plain = digits.char_indices().take(MOST_BEFORE + 1);
        let operator = plain.find(|(_, c)| !is_plain(*c)).filter(|(_, c)| is_operator(*c))?;
        let after = &digits[operator.0 + operator.1.len_utf8()..];
        let run = places(after, |c| is_plain(c) || is_operator(c)).take(MOST_AFTER + 1);
        let ends: Vec<usize> = run.skip(1).map(|offset| at(after) + offset).collect();
        ends.into_iter().rev().find_map(|end| {
            let whole_end = after_form(text, end, self.next)?;
            Some(Value { start, end, whole_end })
        })
    }
}

/// Where what follows a form ends: bold marks, and a stop, space or bracket, or the end of the text.
fn after_form(text: &str, end: usize, next: Next) -> Option<usize> {
    let bold = text[end..].starts_with("**").then_some(end + 2);
    bold.into_iter().chain([end]).find_map(|end| {
        let rest = &text[end..];
        let follows = match rest.chars().next() {
            None => Some(end),
            Some(c) => (c.is_whitespace() || ".,:)$".contains(c)).then(|| end + c.len_utf8()),
        };
        follows.filter(|end| may_end(text, *end, next))
    })
}

fn may_end(text: &str, end: usize, next: Next) -> bool {
    next == Next::Any || !text[end..].trim_start().starts_with('=')
}

fn by_pattern(pattern: &Regex, text: &str, start: usize) -> Option<Value> {
    let captures = pattern.captures(within(text, start, WINDOW)).ok()??;
    let (whole, value) = (captures.get(0)?, captures.get(1)?);
    Some(Value { start: start + value.start(), end: start + value.end(), whole_end: start + whole.end() })
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

fn line_of(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

/// The places before, between and after the characters at the start of a text for which this holds.
fn places(text: &str, holds: impl Fn(char) -> bool) -> impl Iterator<Item = usize> {
    let inside = text.char_indices().take_while(move |(_, c)| holds(*c)).map(|(at, c)| at + c.len_utf8());
    std::iter::once(0).chain(inside)
}
