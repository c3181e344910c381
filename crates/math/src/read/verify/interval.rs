//! Two numbers in brackets.

use super::formula::Parser;
use super::set::scalar;
use super::token::{Bracket, Token};
use crate::read::region::Bound;
use crate::tree::{Interval, Node, Value};
use std::cmp::Ordering;

impl Parser<'_> {
    /// `[1, 2)`, in any pair of brackets.
    pub(super) fn interval(&mut self) -> Option<Value> {
        use Bracket::{Group, Round, Square, SquareCommand, Visual};
        let is_end = |bracket| matches!(bracket, Square | Round | Visual | SquareCommand | Group);
        let is_open = |bracket| matches!(bracket, Round | Visual | Group);
        let Some(Token::Open(open)) = self.peek().filter(|_| self.has_comma_inside()) else { return None };
        if !is_end(open) {
            return None;
        }
        self.at += 1;
        let start = self.expression()?;
        if !self.take(Token::Comma) {
            return None;
        }
        let end = self.expression()?;
        let Some(Token::Close(close)) = self.peek() else { return None };
        self.at += 1;
        if !is_end(close) {
            return None;
        }
        self.between((start, is_open(open)), (end, is_open(close)))
    }

    /// The interval; of two numbers in the wrong order a tuple or nothing at all.
    fn between(
        &self,
        (start, is_start_open): (Node, bool),
        (end, is_end_open): (Node, bool),
    ) -> Option<Value> {
        let (from, to) = (Bound::of(&start, self.fuel), Bound::of(&end, self.fuel));
        let order = from.zip(to).and_then(|(from, to)| from.partial_cmp(&to));
        let pair = |start, end| Some(Value::Tuple(vec![scalar(start)?, scalar(end)?]));
        let is_same = order == Some(Ordering::Equal) || start == end;
        let is_turned = order == Some(Ordering::Greater);
        match (is_start_open, is_end_open) {
            (true, true) if is_same || is_turned => return pair(start, end),
            (false, false) if is_turned => return pair(start, end),
            (false, false) if is_same => return Some(Value::Set(vec![scalar(start)?])),
            _ if is_same || is_turned => return Some(Value::Set(Vec::new())),
            _ => {}
        }
        // Infinity belongs to no interval.
        let is_start_open = is_start_open || start == Node::Infinity.negated();
        let is_end_open = is_end_open || end == Node::Infinity;
        Some(Value::Interval(Interval { start, end, is_start_open, is_end_open }))
    }
}
