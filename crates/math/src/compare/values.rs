//! Asks whether two mathematical values are the same.
//!
//! The order of the rules is that of Math-Verify 0.9.0 with `strict=True, float_rounding=6, numeric_precision=15,
//! allow_set_relation_comp=False`: of `x = 5` against `5` the right side counts, brackets around two numbers may be a
//! pair or an interval, and a list may be a set.

use super::formulas::{are_apart_though_small, same};
use super::line;
use super::solve::solved;
use crate::fuel::Fuel;
use crate::read::of_relation;
use crate::rules::{Form, Reading, Rules, Small};
use crate::tree::{Interval, Node, Sign, Value};
use std::collections::BTreeSet;

/// Sets are matched element by element; larger ones come from hostile input.
pub(super) const LARGEST_SET: usize = 100;

/// Compares by some rules, within a budget.
pub(super) struct Comparer<'a> {
    pub(super) rules: Rules,
    pub(super) fuel: &'a Fuel,
}

impl Comparer<'_> {
    /// Returns whether the answer is the target.
    pub(super) fn equal(&self, target: &Value, answer: &Value) -> bool {
        if self.fuel.spend(10).is_none() {
            return false;
        }
        let (target, answer) = without_names(target, answer, self.rules);
        match (target, answer) {
            (Value::Relation(first, rest), Value::Relation(other_first, other_rest)) => {
                self.relations((first, rest), (other_first, other_rest)) || self.same_points(target, answer)
            }
            (Value::Scalar(target), Value::Scalar(answer)) => self.same(target, answer),
            (Value::Matrix(target), Value::Matrix(answer)) => self.matrices(target, answer),
            (Value::Interval(target), Value::Interval(answer)) => self.intervals(target, answer),
            (Value::Matrix(rows), other) | (other, Value::Matrix(rows)) => self.vector(rows, other),
            _ if self.same_points(target, answer) => true,
            (Value::Relation(first, rest), _) if self.rules.reading == Reading::MathVerify => {
                self.solved(first, rest, answer)
            }
            (Value::Relation(first, rest), Value::Interval(interval)) => {
                of_relation(first, rest).is_some_and(|region| self.intervals(&region, interval))
            }
            (Value::Relation(..), _) | (_, Value::Relation(..)) => false,
            (Value::Union(target), Value::Union(answer)) => self.unordered(target, answer),
            (Value::Difference(all, without), Value::Difference(other, other_without)) => {
                self.equal(all, other) && self.equal(without, other_without)
            }
            _ => self.collections(target, answer),
        }
    }

    /// Whether a set is what a relation says of its only name.
    fn solved(&self, first: &Value, rest: &[(Sign, Value)], answer: &Value) -> bool {
        if matches!(answer, Value::Scalar(_) | Value::Tuple(_) | Value::Matrix(_) | Value::Relation(..)) {
            return false;
        }
        let mut names = first.names();
        names.extend(rest.iter().flat_map(|(_, side)| side.names()));
        names.sort_unstable();
        names.dedup();
        if names.len() != 1 {
            return false;
        }
        let region = of_relation(first, rest).map(Value::Interval);
        let region = region.or_else(|| solved(first, rest, self.fuel));
        region.is_some_and(|region| self.equal(&region, answer))
    }

    pub(super) fn same(&self, target: &Node, answer: &Node) -> bool {
        let are_apart =
            || self.rules.small == Small::BySize && are_apart_though_small(target, answer, self.fuel);
        same(target, answer, self.rules.reading, self.fuel) && !are_apart()
    }

    /// Whether relations speak of the same: `x > 3` is not `y > 3`.
    fn are_of_same_names(&self, target: &Value, answer: &Value) -> bool {
        let names =
            |value: &Value| value.names().into_iter().map(str::to_owned).collect::<BTreeSet<String>>();
        let has_relation = |value: &Value| match value {
            Value::Set(parts) | Value::Union(parts) => {
                parts.iter().any(|part| matches!(part, Value::Relation(..)))
            }
            Value::Relation(..) => true,
            _ => false,
        };
        !has_relation(target) || !has_relation(answer) || names(target) == names(answer)
    }

    /// Whether both are the same part of the number line.
    fn same_points(&self, target: &Value, answer: &Value) -> bool {
        let is_relation = |value: &Value| matches!(value, Value::Relation(..));
        if self.rules.form == Form::OfTarget && is_relation(answer) && !is_relation(target) {
            return false;
        }
        let may_be_same = match self.rules.reading {
            Reading::MathVerify => is_seen_as_region(target, answer),
            Reading::Meant => self.are_of_same_names(target, answer),
        };
        if !may_be_same {
            return false;
        }
        let is_region = |value: &Value| match value {
            Value::Set(_) if self.rules.reading == Reading::MathVerify => true,
            Value::Set(parts) => parts.iter().any(is_relation),
            Value::Scalar(_) | Value::Tuple(_) | Value::Matrix(_) => false,
            _ => true,
        };
        (is_region(target) && is_region(answer))
            && line::same_points(target, answer, |left, right| self.same(left, right), self.fuel)
    }

    fn intervals(&self, target: &Interval, answer: &Interval) -> bool {
        target.is_start_open == answer.is_start_open
            && target.is_end_open == answer.is_end_open
            && self.same(&target.start, &answer.start)
            && self.same(&target.end, &answer.end)
    }

    fn matrices(&self, target: &[Vec<Node>], answer: &[Vec<Node>]) -> bool {
        target.len() == answer.len()
            && target.iter().zip(answer).all(|(left, right)| {
                left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| self.same(left, right))
            })
    }

    /// A column or a row, written as a tuple.
    fn vector(&self, rows: &[Vec<Node>], other: &Value) -> bool {
        let is_vector = rows.len() == 1 || rows.iter().all(|row| row.len() == 1);
        let is_tuple = matches!(other, Value::Tuple(_) | Value::Interval(_));
        if !is_vector || !is_tuple || self.rules.form == Form::OfTarget {
            return false;
        }
        let Some(other) = listed(other) else { return false };
        let cells: Vec<&Node> = rows.iter().flatten().collect();
        cells.len() == other.len()
            && cells.into_iter().zip(&other).all(|(cell, value)| match value {
                Value::Scalar(node) => self.same(cell, node),
                _ => false,
            })
    }

    /// Sets against tuples and single values. An open interval may be meant as a pair.
    fn collections(&self, target: &Value, answer: &Value) -> bool {
        let is_other = |value: &Value| matches!(value, Value::Union(_) | Value::Difference(..));
        if is_other(target) || is_other(answer) {
            return false;
        }
        let (Some(left), Some(right)) = (self.elements(target), self.elements(answer)) else { return false };
        if left.len() > LARGEST_SET || right.len() > LARGEST_SET {
            self.fuel.doubt();
            return false;
        }
        let is_ordered = |value: &Value| matches!(value, Value::Tuple(_) | Value::Interval(_));
        if self.rules.reading == Reading::MathVerify
            && let (true, Value::Set(written)) = (is_ordered(target), answer)
        {
            // Its elements are taken as they are written, when none is there twice.
            let is_twice = |(index, element): (usize, &Value)| written[..index].contains(element);
            return written.len() == left.len()
                && !written.iter().enumerate().any(is_twice)
                && left.iter().zip(written).all(|(left, right)| self.equal(left, right));
        }
        let is_in_order = is_ordered(target) && (is_ordered(answer) || self.rules.form == Form::OfTarget);
        if is_in_order {
            return left.len() == right.len()
                && left.iter().zip(&right).all(|(left, right)| self.equal(left, right));
        }
        if is_ordered(target) != is_ordered(answer) && self.rules.form == Form::Any {
            // A list without brackets may leave out those of a tuple, and keeps its order then.
            let (Some(left), Some(right)) = (listed(target), listed(answer)) else { return false };
            return left.len() == right.len()
                && left.iter().zip(&right).all(|(left, right)| self.equal(left, right));
        }
        self.unordered(&left, &right)
    }

    fn elements(&self, value: &Value) -> Option<Vec<Value>> {
        let Value::Set(elements) = value else { return listed(value) };
        let mut kept: Vec<Value> = Vec::new();
        for element in elements.iter().take(LARGEST_SET + 1) {
            if !kept.iter().any(|known| self.equal(known, element)) {
                kept.push(element.clone());
            }
        }
        Some(kept)
    }

    /// Whether every element has a partner of its own.
    fn unordered(&self, left: &[Value], right: &[Value]) -> bool {
        let mut free: Vec<&Value> = right.iter().collect();
        left.len() == right.len()
            && left.iter().all(|element| {
                let index = free.iter().position(|other| self.equal(element, other));
                index.map(|index| free.swap_remove(index)).is_some()
            })
    }
}

/// Of an equation against a value, the value that it gives.
///
/// By mathematics, the side opposite of the names, wherever they stand, else the last one. Math-Verify takes the last
/// side of the answer, and of the target when its first one is a name.
fn without_names<'a>(target: &'a Value, answer: &'a Value, rules: Rules) -> (&'a Value, &'a Value) {
    let form = rules.form;
    match (is_equation(target), is_equation(answer)) {
        (true, false) if form == Form::Any => (given_side(target), answer),
        (false, true) if form == Form::Any => (target, given_side(answer)),
        (false, true) => (target, last_side(answer)),
        (true, false) if is_assignment(target, rules.reading) => (last_side(target), answer),
        _ => (target, answer),
    }
}

/// The value that `x = 5` or `5 = x` gives x.
fn given_side(equation: &Value) -> &Value {
    match equation {
        Value::Relation(first, _) if !has_only_names(first) && has_only_names(last_side(equation)) => first,
        _ => last_side(equation),
    }
}

fn is_equation(value: &Value) -> bool {
    matches!(value, Value::Relation(_, rest) if rest.iter().all(|(sign, _)| *sign == Sign::Equal))
}

/// Whether it is an equation whose first side has nothing but names.
fn is_assignment(value: &Value, reading: Reading) -> bool {
    let is_given = |first: &Value| match reading {
        Reading::Meant => has_only_names(first),
        Reading::MathVerify => first.is_of_symbols(),
    };
    matches!(value, Value::Relation(first, _) if is_given(first)) && is_equation(value)
}

/// Whether a value is a name, a product or sum of names, or a list of them.
fn has_only_names(value: &Value) -> bool {
    match value {
        Value::Scalar(node) => has_only_symbols(node),
        Value::Interval(pair) => has_only_symbols(&pair.start) && has_only_symbols(&pair.end),
        Value::Tuple(parts) => {
            parts.iter().all(|part| matches!(part, Value::Scalar(node) if has_only_symbols(node)))
        }
        _ => false,
    }
}

fn has_only_symbols(node: &Node) -> bool {
    match node {
        Node::Symbol(_) | Node::Imaginary => true,
        Node::Sum(parts) | Node::Product(parts) => parts.iter().all(has_only_symbols),
        _ => false,
    }
}

fn last_side(value: &Value) -> &Value {
    match value {
        Value::Relation(_, rest) => rest.last().map_or(value, |(_, side)| side),
        other => other,
    }
}

/// Whether Math-Verify sees two parts of the number line: an interval or a union on one side; on the other any part, but
/// a relation only as the target, and what is taken out only of the whole line.
fn is_seen_as_region(target: &Value, answer: &Value) -> bool {
    let is_part = |value: &Value| matches!(value, Value::Interval(_) | Value::Union(_));
    let is_of_points = |value: &Value| match value {
        Value::Set(parts) => parts.iter().all(|part| matches!(part, Value::Scalar(_))),
        _ => false,
    };
    let is_holed = |value: &Value| matches!(value, Value::Difference(all, _) if is_all_reals(all));
    let is_relation = matches!(target, Value::Relation(..));
    match (target, answer) {
        _ if is_relation => is_part(answer) || is_holed(answer),
        (Value::Union(_), other) | (other, Value::Union(_)) if is_of_points(other) => true,
        _ => (is_part(target) || is_holed(target)) && (is_part(answer) || is_holed(answer)),
    }
}

fn is_all_reals(value: &Value) -> bool {
    let Value::Interval(interval) = value else { return false };
    interval.start == Node::Infinity.negated() && interval.end == Node::Infinity
}

/// The elements, in the order in which they were written.
fn listed(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Set(elements) | Value::Tuple(elements) => Some(elements.clone()),
        Value::Scalar(_) => Some(vec![value.clone()]),
        Value::Interval(interval) if interval.is_start_open && interval.is_end_open => {
            Some(vec![Value::Scalar(interval.start.clone()), Value::Scalar(interval.end.clone())])
        }
        _ => None,
    }
}
