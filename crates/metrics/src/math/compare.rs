//! Asks whether two mathematical values are the same.
//!
//! The rules are those of Math-Verify 0.9.0 with `strict=True, float_rounding=6, numeric_precision=15,
//! allow_set_relation_comp=False`; as there, the target decides the form: the target `5` accepts `x = 5`, the target
//! `x = 5` accepts `5`, but the target `(3, ∞)` does not accept `x > 3`.

use super::formulas::same;
use super::normal::Quotient;
use super::region;
use super::tree::{Interval, Node, Sign, Value};
use num_traits::Signed;

/// Sets are matched element by element; larger ones come from hostile input.
const LARGEST_SET: usize = 100;

/// Returns whether the answer is the target.
pub(super) fn equal(target: &Value, answer: &Value) -> bool {
    let (target, answer) = without_names(target, answer);
    match (target, answer) {
        (Value::Relation(first, rest), Value::Relation(other_first, other_rest)) => {
            relations(first, rest, other_first, other_rest)
        }
        (Value::Relation(first, rest), Value::Interval(interval)) => {
            region::of_relation(first, rest).is_some_and(|region| intervals(&region, interval))
        }
        (Value::Relation(..), _) | (_, Value::Relation(..)) => false,
        (Value::Scalar(target), Value::Scalar(answer)) => same(target, answer),
        (Value::Matrix(target), Value::Matrix(answer)) => matrices(target, answer),
        (Value::Interval(target), Value::Interval(answer)) => intervals(target, answer),
        (Value::Union(target), Value::Union(answer)) => unordered(target, answer),
        _ => collections(target, answer),
    }
}

/// Of `x = 5` against `5`, and the other way round, the side after the last sign.
fn without_names<'a>(target: &'a Value, answer: &'a Value) -> (&'a Value, &'a Value) {
    if is_equation(answer) && !is_equation(target) {
        return (target, last_side(answer));
    }
    if is_assignment(target) && !is_equation(answer) {
        return (last_side(target), answer);
    }
    (target, answer)
}

fn is_equation(value: &Value) -> bool {
    matches!(value, Value::Relation(_, rest) if rest.iter().all(|(sign, _)| *sign == Sign::Equal))
}

/// Whether it is an equation whose first side has nothing but names.
fn is_assignment(value: &Value) -> bool {
    let Value::Relation(first, _) = value else { return false };
    is_equation(value) && matches!(&**first, Value::Scalar(node) if has_only_symbols(node))
}

fn has_only_symbols(node: &Node) -> bool {
    match node {
        Node::Symbol(_) => true,
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

fn relations(first: &Value, rest: &[(Sign, Value)], other: &Value, other_rest: &[(Sign, Value)]) -> bool {
    let is_chain = |rest: &[(Sign, Value)]| rest.iter().all(|(sign, _)| *sign == Sign::Equal);
    // Of `x = y = 5`, the first and the last side count.
    let (rest, other_rest) = match (rest, other_rest) {
        ([.., last], [.., other_last]) if is_chain(rest) && is_chain(other_rest) => {
            (std::slice::from_ref(last), std::slice::from_ref(other_last))
        }
        both => both,
    };
    match (rest, other_rest) {
        ([(sign, right)], [(other_sign, other_right)]) => {
            single_relations((first, *sign, right), (other, *other_sign, other_right))
        }
        _ => {
            rest.len() == other_rest.len()
                && (same_chain(first, rest, other, other_rest)
                    || same_chain_backwards(first, rest, other, other_rest))
        }
    }
}

fn same_chain(first: &Value, rest: &[(Sign, Value)], other: &Value, other_rest: &[(Sign, Value)]) -> bool {
    let mut pairs = rest.iter().zip(other_rest);
    equal(first, other) && pairs.all(|(left, right)| left.0 == right.0 && equal(&left.1, &right.1))
}

/// `3 > x > 1` for `1 < x < 3`.
fn same_chain_backwards(
    first: &Value,
    rest: &[(Sign, Value)],
    other: &Value,
    other_rest: &[(Sign, Value)],
) -> bool {
    let sides = |first, rest: &[(Sign, Value)]| -> Vec<Value> {
        std::iter::once(first).chain(rest.iter().map(|(_, side)| side.clone())).collect()
    };
    let (left, mut right) = (sides(first.clone(), rest), sides(other.clone(), other_rest));
    right.reverse();
    let signs = rest.iter().zip(other_rest.iter().rev());
    left.iter().zip(&right).all(|(left, right)| equal(left, right))
        && signs.into_iter().all(|(left, right)| left.0 == right.0.flipped())
}

/// Two relations are the same when one is the other, multiplied by a number; by a negative one turns the sign.
fn single_relations(left: (&Value, Sign, &Value), right: (&Value, Sign, &Value)) -> bool {
    let is_same_side_by_side = left.1 == right.1 && equal(left.0, right.0) && equal(left.2, right.2);
    let is_mirrored = left.1 == right.1.flipped() && equal(left.0, right.2) && equal(left.2, right.0);
    if is_same_side_by_side || is_mirrored {
        return true;
    }
    let difference = |value: &Value, other: &Value| match (value, other) {
        (Value::Scalar(value), Value::Scalar(other)) => Quotient::of(value)?.minus(&Quotient::of(other)?),
        _ => None,
    };
    let (Some(first), Some(second)) = (difference(left.0, left.2), difference(right.0, right.2)) else {
        return false;
    };
    if first.is_zero() || second.is_zero() {
        return first.is_zero() && second.is_zero() && left.1 == right.1;
    }
    match first.factor_over(&second) {
        Some(factor) if factor.is_negative() => left.1 == right.1.flipped(),
        Some(_) => left.1 == right.1,
        None => false,
    }
}

fn intervals(target: &Interval, answer: &Interval) -> bool {
    target.is_start_open == answer.is_start_open
        && target.is_end_open == answer.is_end_open
        && same(&target.start, &answer.start)
        && same(&target.end, &answer.end)
}

fn matrices(target: &[Vec<Node>], answer: &[Vec<Node>]) -> bool {
    target.len() == answer.len()
        && target.iter().zip(answer).all(|(left, right)| {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        })
}

/// Sets against tuples and single values. An open interval may be meant as a pair.
fn collections(target: &Value, answer: &Value) -> bool {
    if matches!(target, Value::Matrix(_) | Value::Union(_))
        || matches!(answer, Value::Matrix(_) | Value::Union(_))
    {
        return false;
    }
    let (Some(left), Some(right)) = (elements(target), elements(answer)) else { return false };
    if left.len() > LARGEST_SET || right.len() > LARGEST_SET {
        return false;
    }
    if matches!(target, Value::Tuple(_) | Value::Interval(_)) {
        return left.len() == right.len() && left.iter().zip(&right).all(|(left, right)| equal(left, right));
    }
    unordered(&left, &right)
}

fn elements(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Set(elements) => Some(distinct(elements)),
        Value::Tuple(elements) => Some(elements.clone()),
        Value::Scalar(_) => Some(vec![value.clone()]),
        Value::Interval(interval) if interval.is_start_open && interval.is_end_open => {
            Some(vec![Value::Scalar(interval.start.clone()), Value::Scalar(interval.end.clone())])
        }
        _ => None,
    }
}

fn distinct(elements: &[Value]) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for element in elements.iter().take(LARGEST_SET + 1) {
        if !kept.iter().any(|known| known == element) {
            kept.push(element.clone());
        }
    }
    kept
}

/// Whether every element has a partner of its own.
fn unordered(left: &[Value], right: &[Value]) -> bool {
    let mut free: Vec<&Value> = right.iter().collect();
    left.len() == right.len()
        && left.iter().all(|element| match free.iter().position(|other| equal(element, other)) {
            Some(index) => {
                free.swap_remove(index);
                true
            }
            None => false,
        })
}

/// Returns whether a value is a number, without names in it.
pub(super) fn is_number(value: &Value) -> bool {
    match value {
        Value::Scalar(node) => node.symbols().is_empty(),
        _ => false,
    }
}
