//! Lists, relations, sets, tuples and intervals.

use super::algebra::{common_part, negative};
use super::formula::Parser;
use super::matrix;
use super::token::{Bracket, Token};
use crate::tree::{Interval, Node, Sign, Value};
use regex::Regex;
use std::sync::LazyLock;

/// What may stand between commas.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    /// Relations too.
    Any,
    /// No relations, as behind `x =`.
    NoRelation,
}

impl Parser<'_> {
    /// All of the text. Of the three readings, the first one that comes to its end counts.
    pub(super) fn math(&mut self) -> Option<Value> {
        self.ended(Self::given_names)
            .or_else(|| self.ended(Self::elements_or_number))
            .or_else(|| self.ended(Self::related_set))
    }

    fn ended(&mut self, read: fn(&mut Self) -> Option<Value>) -> Option<Value> {
        (self.at, self.wraps) = (0, 0);
        let value = read(self)?;
        self.is_at_end().then_some(value)
    }

    /// `x = 1, 2`, `(x, y) = (1, 2)`.
    fn given_names(&mut self) -> Option<Value> {
        let names = self.names()?;
        if !self.take(Token::In) && !self.take(Token::Relation(Sign::Equal)) {
            return None;
        }
        let values = of_elements(self.rows(Element::NoRelation)?)?;
        Some(Value::Relation(Box::new(names), vec![(Sign::Equal, values)]))
    }

    /// A name, or several in brackets.
    fn names(&mut self) -> Option<Value> {
        if !self.take(Token::Open(Bracket::Round)) {
            return self.atom_expression().map(Value::Scalar);
        }
        let mut names = vec![Value::Scalar(self.atom_expression()?)];
        while self.take(Token::Comma) {
            names.push(Value::Scalar(self.atom_expression()?));
        }
        if !self.take(Token::Close(Bracket::Round)) {
            return None;
        }
        if names.len() == 1 { names.pop() } else { Some(Value::Tuple(names)) }
    }

    fn elements_or_number(&mut self) -> Option<Value> {
        static GROUPED: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"^\s*-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?\s*$").expect("the regex is a literal")
        });
        if GROUPED.is_match(self.text) {
            self.at = self.end();
            return self.grouped_number().map(Value::Scalar);
        }
        of_elements(self.rows(Element::Any)?)
    }

    /// Elements between semicolons, each of elements between commas.
    fn rows(&mut self, kind: Element) -> Option<Vec<Vec<Value>>> {
        self.deeper(|parser| {
            let mut rows = vec![parser.row(kind)?];
            while parser.take(Token::Semicolon) {
                rows.push(parser.row(kind)?);
            }
            Some(rows)
        })
    }

    fn row(&mut self, kind: Element) -> Option<Vec<Value>> {
        let mut elements = self.element(kind)?;
        while self.take(Token::Comma) {
            elements.extend(self.element(kind)?);
        }
        Some(elements)
    }

    fn element(&mut self, kind: Element) -> Option<Vec<Value>> {
        let start = self.at;
        if self.take(Token::PlusMinus) {
            let value = self.expression()?;
            return Some(vec![scalar(negative(value.clone()))?, scalar(value)?]);
        }
        if let Some(set) = self.set_atom().filter(|_| self.ends_element()) {
            return Some(vec![set]);
        }
        self.at = start;
        let first = self.expression()?;
        if self.take(Token::PlusMinus) {
            let second = self.expression()?;
            let sum = |part| scalar(Node::Sum(vec![first.clone(), part]));
            return Some(vec![sum(second.clone())?, sum(negative(second))?]);
        }
        Some(vec![if kind == Element::Any { self.chain(first)? } else { scalar(first)? }])
    }

    fn ends_element(&self) -> bool {
        matches!(self.peek(), None | Some(Token::Comma | Token::Semicolon | Token::Close(_)))
    }

    /// `a = b < c`. Of an approximation, what is approximated counts, unless it is a name.
    fn chain(&mut self, first: Node) -> Option<Value> {
        let mut left = scalar(first)?;
        loop {
            let sign = match self.peek() {
                Some(Token::Relation(sign)) => Some(sign),
                Some(Token::SameAs) => Some(Sign::Equal),
                Some(Token::Approximately) => None,
                // No number is in another.
                Some(Token::In) => return None,
                _ => return Some(left),
            };
            self.at += 1;
            let right = scalar(self.expression()?)?;
            left = match (sign, left) {
                (None, left) => {
                    if left.is_of_symbols() {
                        right
                    } else {
                        left
                    }
                }
                (Some(sign), Value::Relation(first, mut rest)) => {
                    rest.push((sign, right));
                    Value::Relation(first, rest)
                }
                (Some(sign), left) => Value::Relation(Box::new(left), vec![(sign, right)]),
            };
        }
    }

    /// `x \in [0, 1] \cup [2, 3]`, or the set alone.
    fn related_set(&mut self) -> Option<Value> {
        let start = self.at;
        if let Some(names) = self.names()
            && (self.take(Token::In) || self.take(Token::Relation(Sign::Equal)))
        {
            let set = self.deeper(Self::related_set)?;
            return Some(Value::Relation(Box::new(names), vec![(Sign::Equal, set)]));
        }
        self.at = start;
        self.difference()
    }

    /// `A \setminus B`
    fn difference(&mut self) -> Option<Value> {
        let mut left = self.union()?;
        while self.take(Token::Without) {
            self.wrap()?;
            left = Value::Difference(Box::new(left), Box::new(self.union()?));
        }
        Some(left)
    }

    /// `A \cup B`
    fn union(&mut self) -> Option<Value> {
        let mut parts = vec![self.common()?];
        while self.take(Token::Union) {
            parts.push(self.common()?);
        }
        if parts.len() == 1 {
            parts.pop()
        } else {
            Some(Value::Union(parts.into_iter().map(as_set).collect()))
        }
    }

    /// `A \cap B`
    fn common(&mut self) -> Option<Value> {
        let mut parts = vec![self.set_group()?];
        while self.take(Token::Common) {
            parts.push(self.set_group()?);
        }
        if parts.len() == 1 {
            return parts.pop();
        }
        common_part(parts.into_iter().map(as_set).collect(), self.fuel)
    }

    fn set_group(&mut self) -> Option<Value> {
        let start = self.at;
        if self.take(Token::Open(Bracket::Round))
            && let Some(inside) = self.deeper(Self::difference)
            && self.take(Token::Close(Bracket::Round))
        {
            return Some(inside);
        }
        self.at = start;
        self.set_atom()
    }

    /// An interval, a known set, a tuple, or a set of elements.
    fn set_atom(&mut self) -> Option<Value> {
        let start = self.at;
        let token = self.peek()?;
        match token {
            Token::Known(letter) => {
                self.at += 1;
                return Some(known_set(letter));
            }
            Token::Empty => {
                self.at += 1;
                return Some(Value::Set(Vec::new()));
            }
            Token::Open(_) | Token::Boxed => {}
            _ => return None,
        }
        let found = self.deeper(Self::interval);
        if found.is_some() {
            return found;
        }
        self.at = start;
        self.listed(token)
    }

    /// `(1, 2, 3)`, `\{1, 2\}`; `{}`.
    fn listed(&mut self, open: Token) -> Option<Value> {
        self.at += 1;
        let bracket = match open {
            Token::Boxed if self.take(Token::Open(Bracket::Brace)) => Bracket::Brace,
            Token::Open(bracket) => bracket,
            _ => return None,
        };
        if open == Token::Open(Bracket::Brace) && self.take(Token::Close(Bracket::Brace)) {
            return Some(Value::Set(Vec::new()));
        }
        let rows = self.rows(Element::Any)?;
        if !self.take(Token::Close(bracket)) {
            return None;
        }
        if open == Token::Boxed {
            return of_elements(rows);
        }
        let mut elements: Vec<Value> = rows.into_iter().flatten().collect();
        match bracket {
            Bracket::Round | Bracket::Visual | Bracket::Square if elements.len() == 1 => elements.pop(),
            Bracket::Round | Bracket::Visual | Bracket::Square => Some(Value::Tuple(elements)),
            Bracket::Brace | Bracket::Set => Some(Value::Set(elements)),
            _ => None,
        }
    }
}

/// Real numbers are an interval; other sets are names.
fn known_set(letter: char) -> Value {
    if letter == 'ℝ' {
        let (start, end) = (Node::Infinity.negated(), Node::Infinity);
        return Value::Interval(Interval { start, end, is_start_open: true, is_end_open: true });
    }
    Value::Scalar(Node::Symbol(letter.to_string()))
}

/// A formula, of which a matrix may come.
pub(super) fn scalar(node: Node) -> Option<Value> {
    matrix::settled(node)
}

/// One element is itself, several are a set; rows of several, a set of tuples.
fn of_elements(mut rows: Vec<Vec<Value>>) -> Option<Value> {
    if rows.len() == 1 {
        let mut elements = rows.pop()?;
        return if elements.len() == 1 { elements.pop() } else { Some(Value::Set(elements)) };
    }
    let are_single = rows.iter().all(|row| row.len() == 1);
    Some(Value::Set(if are_single {
        rows.into_iter().flatten().collect()
    } else {
        rows.into_iter().map(Value::Tuple).collect()
    }))
}

/// A tuple among sets is one.
fn as_set(value: Value) -> Value {
    match value {
        Value::Tuple(parts) => Value::Set(parts),
        other => other,
    }
}
