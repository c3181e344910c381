//! Intervals: from brackets, and from inequalities.

use crate::fuel::Fuel;
use crate::numeric::{Real, number};
use crate::tree::{Interval, Node, Sign, Value};
use num_rational::BigRational;
use num_traits::Zero;

/// What a list in brackets is. Two numbers are an interval, as for Math-Verify 0.9.0; where the first is the larger,
/// and for any other list, it is a tuple.
pub(crate) fn of_brackets(open: char, elements: Vec<Value>, close: char, fuel: &Fuel) -> Value {
    let [Value::Scalar(start), Value::Scalar(end)] = elements.as_slice() else {
        return Value::Tuple(elements);
    };
    let (is_start_open, is_end_open) = (open == '(', close == ')');
    if !is_start_open && !is_end_open && start == end {
        return Value::Set(vec![Value::Scalar(start.clone())]);
    }
    let is_interval = match (Bound::of(start, fuel), Bound::of(end, fuel)) {
        (Some(from), Some(to)) if is_start_open && is_end_open => from < to,
        (Some(from), Some(to)) if !is_start_open && !is_end_open => from <= to,
        _ => true,
    };
    if is_interval {
        Value::Interval(Interval { start: start.clone(), end: end.clone(), is_start_open, is_end_open })
    } else {
        Value::Tuple(elements)
    }
}

/// Where an interval ends, for the order of intervals.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(crate) enum Bound {
    /// −∞.
    Below,
    /// A number.
    At(Real),
    /// ∞.
    Above,
}

impl Bound {
    pub(crate) fn of(node: &Node, fuel: &Fuel) -> Option<Bound> {
        match node {
            Node::Infinity => Some(Bound::Above),
            Node::Product(parts) => match parts.as_slice() {
                [Node::Number { value, .. }, Node::Infinity] if *value < BigRational::zero() => {
                    Some(Bound::Below)
                }
                _ => number(node, fuel).ok().map(Bound::At),
            },
            _ => number(node, fuel).ok().map(Bound::At),
        }
    }
}

/// The interval that `x > 3` or `1 < x \le 2` says x lies in.
pub(crate) fn of_relation(first: &Value, rest: &[(Sign, Value)]) -> Option<Interval> {
    match (first, rest) {
        (Value::Scalar(Node::Symbol(_)), [(sign, Value::Scalar(bound))]) => half_line(*sign, bound),
        (Value::Scalar(bound), [(sign, Value::Scalar(Node::Symbol(_)))]) => half_line(sign.flipped(), bound),
        (Value::Scalar(low), [(left, Value::Scalar(Node::Symbol(_))), (right, Value::Scalar(high))]) => {
            let (low, left, right, high) = match left {
                Sign::Less | Sign::LessOrEqual => (low, *left, *right, high),
                _ => (high, right.flipped(), left.flipped(), low),
            };
            let is_upwards = |sign| matches!(sign, Sign::Less | Sign::LessOrEqual);
            (is_upwards(left) && is_upwards(right)).then(|| Interval {
                start: low.clone(),
                end: high.clone(),
                is_start_open: left == Sign::Less,
                is_end_open: right == Sign::Less,
            })
        }
        _ => None,
    }
}

/// `x < bound` and the like.
fn half_line(sign: Sign, bound: &Node) -> Option<Interval> {
    let bound = bound.clone();
    let (start, end) = match sign {
        Sign::Less | Sign::LessOrEqual => (Node::Infinity.negated(), bound),
        Sign::Greater | Sign::GreaterOrEqual => (bound, Node::Infinity),
        Sign::Equal | Sign::NotEqual => return None,
    };
    let is_open_below = matches!(sign, Sign::Less | Sign::LessOrEqual | Sign::Greater);
    let is_open_above = !matches!(sign, Sign::LessOrEqual);
    Some(Interval { start, end, is_start_open: is_open_below, is_end_open: is_open_above })
}
