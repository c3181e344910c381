//! Parses whole answers: formulas, sets, tuples, intervals, matrices, relations.

use super::factor::fraction;
use super::scalar::Reader;
use super::split::{is_one_group, matrix, split};
use super::token::{Token, tokens};
use super::unit::{Unit, temperature, unit};
use super::{clean, region};
use crate::fuel::Fuel;
use crate::rules::{Imaginary, Rules};
use crate::tree::{Interval, Node, Sign, Value};

/// Answers are short. Longer text is compared as text.
pub(crate) const LONGEST: usize = 2_000;

/// Brackets inside brackets.
const DEEPEST: usize = 16;

/// An answer that has been read.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) value: Value,
    /// The unit behind it, if it is one that converts.
    pub(crate) unit: Option<Unit>,
}

/// Returns the value of an answer, or nothing when it is none that we know.
pub(crate) fn parse(text: &str, rules: Rules, fuel: &Fuel) -> Option<Parsed> {
    if text.len() > LONGEST {
        return None;
    }
    let bare = clean::bare(text);
    // Signs were written out: `½` is as long as `\frac{1}{2}` now.
    if bare.len() > LONGEST {
        return None;
    }
    // `5m` loses its unit; `x + h` has none, and is tried again as it stands.
    let (without_unit, taken) = clean::without_unit(&bare);
    let is_angle = without_unit.trim_end_matches(['}', ' ']).ends_with("\\circ");
    let unit = if is_angle { temperature(&taken) } else { unit(&taken) };
    let shortened = parse_bare(&without_unit, rules, fuel).map(|value| Parsed { value, unit });
    let as_it_stands = || parse_bare(&bare, rules, fuel).map(|value| Parsed { value, unit: None });
    if without_unit == bare { shortened } else { shortened.or_else(as_it_stands) }
}

/// Returns what stands before the unit that a text ends with, if it is one that converts.
pub(crate) fn before_unit(text: &str) -> Option<String> {
    let (value, taken) = clean::without_unit(&clean::bare(text));
    unit(&taken).map(|_| value)
}

fn parse_bare(text: &str, rules: Rules, fuel: &Fuel) -> Option<Value> {
    let mut tokens = tokens(text, fuel)?;
    if rules.imaginary == Imaginary::Name {
        for token in tokens.iter_mut().filter(|token| **token == Token::Letter('i')) {
            *token = Token::Command("i".to_owned());
        }
    }
    fuel.spend(u32::try_from(tokens.len()).ok()?)?;
    let parser = Parser { fuel };
    if tokens.is_empty() { None } else { parser.list(&tokens, 0) }
}

/// Knows how to read, and what may be spent.
struct Parser<'a> {
    fuel: &'a Fuel,
}

impl Parser<'_> {
    /// Values separated by commas, which are a set; after `x =`, what x can be.
    fn list(&self, tokens: &[Token], depth: usize) -> Option<Value> {
        let sides = split(tokens, |token| sign(token).is_some());
        if let [name, values] = sides.as_slice()
            && sign(&tokens[name.len()]) == Some(Sign::Equal)
        {
            let mut values = self.elements(values, depth)?;
            let value = if values.len() == 1 { values.pop()? } else { Value::Set(values) };
            return Some(Value::Relation(Box::new(self.set(name, depth)?), vec![(Sign::Equal, value)]));
        }
        let mut elements = self.elements(tokens, depth)?;
        if elements.len() == 1 { elements.pop() } else { Some(Value::Set(elements)) }
    }

    fn elements(&self, tokens: &[Token], depth: usize) -> Option<Vec<Value>> {
        if depth > DEEPEST {
            return None;
        }
        let mut found = Vec::new();
        for part in split(tokens, |token| matches!(token, Token::Sign(',' | ';'))) {
            match plus_minus(part) {
                Some(both) => found.extend(both?),
                None => found.push(self.relation(part, depth)?),
            }
        }
        Some(found)
    }

    /// `a = b < c`. Of an approximation, the side before the sign counts unless it is a name.
    fn relation(&self, tokens: &[Token], depth: usize) -> Option<Value> {
        let is_approximate =
            |token: &Token| matches!(token, Token::Command(name) if name == "approx" || name == "sim");
        let halves = split(tokens, is_approximate);
        if let [exact, approximate] = halves.as_slice() {
            let is_name = matches!(Reader::all(exact), Some(Node::Symbol(_)));
            return self.relation(if is_name { approximate } else { exact }, depth);
        }
        let sides = split(tokens, |token| sign(token).is_some());
        let mut signs = Vec::new();
        let mut at = 0;
        for side in &sides[..sides.len() - 1] {
            at += side.len();
            signs.push(sign(&tokens[at])?);
            at += 1;
        }
        let mut values = Vec::new();
        for side in &sides {
            values.push(self.set(side, depth)?);
        }
        let first = values.remove(0);
        if signs.is_empty() {
            return Some(first);
        }
        Some(Value::Relation(Box::new(first), signs.into_iter().zip(values).collect()))
    }

    /// `A \setminus B`, `A \cup B`.
    fn set(&self, tokens: &[Token], depth: usize) -> Option<Value> {
        let sides = split(
            tokens,
            |token| matches!(token, Token::Command(name) if name == "setminus" || name == "backslash"),
        );
        if let [all, without] = sides.as_slice() {
            let (all, without) = (self.set(all, depth)?, self.set(without, depth)?);
            return Some(Value::Difference(Box::new(all), Box::new(without)));
        }
        let parts = split(tokens, |token| matches!(token, Token::Command(name) if name == "cup"));
        if parts.len() == 1 {
            return self.atom(tokens, depth);
        }
        let parts: Option<Vec<Value>> = parts.into_iter().map(|part| self.atom(part, depth)).collect();
        Some(Value::Union(parts?))
    }

    fn atom(&self, tokens: &[Token], depth: usize) -> Option<Value> {
        let ends = match tokens {
            [first, inside @ .., last] if is_one_group(tokens) => Some((first, inside, last)),
            _ => None,
        };
        match ends {
            Some((Token::Command(name), inside, Token::Command(_))) if name == "{" => {
                if let Some(condition) = condition(inside) {
                    return self.list(condition, depth + 1);
                }
                let elements = if inside.is_empty() { Vec::new() } else { self.elements(inside, depth + 1)? };
                Some(Value::Set(elements))
            }
            Some((Token::Sign(open @ ('(' | '[')), inside, Token::Sign(close @ (')' | ']'))))
                if split(inside, |token| matches!(token, Token::Sign(',' | ';'))).len() > 1 =>
            {
                let elements = self.elements(inside, depth + 1)?;
                Some(region::of_brackets(*open, elements, *close, self.fuel))
            }
            // Brackets around a pair, an interval or a relation say nothing: `((2,4))`.
            Some((Token::Sign('('), inside, Token::Sign(')'))) if depth <= DEEPEST => {
                self.other(tokens, depth).or_else(|| self.list(inside, depth + 1))
            }
            _ => self.other(tokens, depth),
        }
    }

    fn other(&self, tokens: &[Token], depth: usize) -> Option<Value> {
        if let [Token::Command(name)] = tokens
            && ["emptyset", "varnothing"].contains(&name.as_str())
        {
            return Some(Value::Set(Vec::new()));
        }
        if is_all_reals(tokens) {
            let (start, end) = (Node::Infinity.negated(), Node::Infinity);
            return Some(Value::Interval(Interval { start, end, is_start_open: true, is_end_open: true }));
        }
        let shares = split(tokens, |token| *token == Token::Sign(':'));
        if shares.len() > 2 {
            return ratio(&shares);
        }
        if tokens.first() == Some(&Token::Command("begin".to_owned())) {
            return matrix(tokens);
        }
        if let [Token::Sign('('), inside @ .., Token::Sign(')')] = tokens
            && inside.first() == Some(&Token::Command("begin".to_owned()))
        {
            return matrix(inside);
        }
        // Braces that only group may hold a list: `{1, 2}`.
        if let [Token::Sign('{'), inside @ .., Token::Sign('}')] = tokens
            && is_one_group(tokens)
            && depth <= DEEPEST
        {
            let mut elements = self.elements(inside, depth + 1)?;
            return if elements.len() == 1 { elements.pop() } else { Some(Value::Set(elements)) };
        }
        Reader::all(tokens).map(Value::Scalar)
    }
}

/// `3 \pm \sqrt{2}`: both values. The outer option says whether the sign is there.
fn plus_minus(tokens: &[Token]) -> Option<Option<Vec<Value>>> {
    let is_sign = |token: &Token| matches!(token, Token::Command(name) if name == "pm" || name == "mp");
    let sides = split(tokens, is_sign);
    let [left, right] = sides.as_slice() else { return None };
    if left.iter().any(|token| sign(token).is_some()) {
        return None;
    }
    let both = || {
        let right = Reader::all(right)?;
        let left = if left.is_empty() { Node::whole(0) } else { Reader::all(left)? };
        let sum = |part| Value::Scalar(Node::Sum(vec![left.clone(), part]));
        Some(vec![sum(right.clone().negated()), sum(right)])
    };
    Some(both())
}

fn sign(token: &Token) -> Option<Sign> {
    Some(match token {
        Token::Sign('=') => Sign::Equal,
        Token::Sign('<') => Sign::Less,
        Token::Sign('>') => Sign::Greater,
        Token::Command(name) => match name.as_str() {
            "lt" => Sign::Less,
            "gt" => Sign::Greater,
            "le" | "leq" | "leqslant" => Sign::LessOrEqual,
            "ge" | "geq" | "geqslant" => Sign::GreaterOrEqual,
            "ne" | "neq" => Sign::NotEqual,
            // `x \in [1, 2]` says what x is, like an equation.
            "in" | "equiv" => Sign::Equal,
            _ => return None,
        },
        _ => return None,
    })
}

/// What stands after the bar of `\{x | x > 2\}`.
fn condition(inside: &[Token]) -> Option<&[Token]> {
    let is_bar = |token: &Token| match token {
        Token::Sign('|' | ':') => true,
        Token::Command(name) => name == "mid" || name == "vert",
        _ => false,
    };
    let at = inside.iter().position(is_bar)?;
    let is_name = match &inside[..at] {
        [Token::Letter(_)] => true,
        [Token::Letter(_), Token::Command(name), ..] => name == "in",
        _ => false,
    };
    is_name.then(|| &inside[at + 1..])
}

/// `\mathbb{R}`.
fn is_all_reals(tokens: &[Token]) -> bool {
    matches!(tokens, [Token::Command(name), Token::Sign('{'), Token::Letter('R'), Token::Sign('}')] if name == "mathbb")
}

/// `2:3:4`, divided by its first part.
fn ratio(shares: &[&[Token]]) -> Option<Value> {
    let shares: Option<Vec<Node>> = shares.iter().map(|share| Reader::all(share)).collect();
    let shares = shares?;
    let first = shares.first()?.clone();
    Some(Value::Tuple(
        shares.into_iter().map(|share| Value::Scalar(fraction(share, first.clone()))).collect(),
    ))
}
