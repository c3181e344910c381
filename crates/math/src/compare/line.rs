//! Parts of the number line: intervals, unions and inequalities in one normal form.

use crate::fuel::Fuel;
use crate::read::{Bound, of_relation};
use crate::tree::{Interval, Node, Sign, Value};

/// More parts come from hostile input.
const MOST_PARTS: usize = 50;

/// An end of a part.
#[derive(Debug, Clone)]
struct End {
    node: Node,
    bound: Bound,
    is_open: bool,
}

/// A part without gaps.
#[derive(Debug, Clone)]
struct Part {
    start: End,
    end: End,
}

/// Returns whether both hold the same points.
pub(super) fn same_points(
    target: &Value,
    answer: &Value,
    same: impl Fn(&Node, &Node) -> bool,
    fuel: &Fuel,
) -> bool {
    let (Some(left), Some(right)) = (parts(target, fuel), parts(answer, fuel)) else { return false };
    let (left, right) = (joined(left), joined(right));
    let is_same = |left: &End, right: &End| {
        let is_infinite = !matches!(left.bound, Bound::At(_));
        left.is_open == right.is_open
            && (left.bound == right.bound || !is_infinite && same(&left.node, &right.node))
    };
    left.len() == right.len()
        && left
            .iter()
            .zip(&right)
            .all(|(left, right)| is_same(&left.start, &right.start) && is_same(&left.end, &right.end))
}

/// The parts of a value, in any order; nothing when it is no part of the line, or an end has no known place.
fn parts(value: &Value, fuel: &Fuel) -> Option<Vec<Part>> {
    fuel.spend(20)?;
    match value {
        Value::Interval(interval) => Some(vec![part(interval, fuel)?]),
        Value::Union(sets) => all(sets, fuel),
        Value::Set(elements) if elements.iter().any(|element| matches!(element, Value::Relation(..))) => {
            conditions(elements, fuel)
        }
        Value::Set(elements) => {
            few(elements.len(), fuel)?;
            elements.iter().map(|element| point(element, fuel)).collect()
        }
        Value::Relation(first, rest) => match rest.as_slice() {
            [(Sign::NotEqual, value)] if is_name(first) => {
                without(whole_line(), &[point(value, fuel)?], fuel)
            }
            [(Sign::NotEqual, _)] => None,
            _ => Some(vec![part(&of_relation(first, rest)?, fuel)?]),
        },
        Value::Difference(all, removed) => without(parts(all, fuel)?, &parts(removed, fuel)?, fuel),
        Value::Scalar(_) | Value::Tuple(_) | Value::Matrix(_) => None,
    }
}

fn all(sets: &[Value], fuel: &Fuel) -> Option<Vec<Part>> {
    let mut found = Vec::new();
    for set in sets {
        found.extend(parts(set, fuel)?);
    }
    few(found.len(), fuel)?;
    Some(found)
}

/// Leaves the question open when there are too many parts.
fn few(parts: usize, fuel: &Fuel) -> Option<()> {
    if parts > MOST_PARTS {
        fuel.doubt();
        return None;
    }
    Some(())
}

/// Conditions side by side, of which each may hold; or all must, when otherwise nothing would be said.
fn conditions(elements: &[Value], fuel: &Fuel) -> Option<Vec<Part>> {
    let found = all(elements, fuel)?;
    let are_points_taken_out = elements
        .iter()
        .all(|element| matches!(element, Value::Relation(_, rest) if matches!(rest.as_slice(), [(Sign::NotEqual, _)])));
    if are_points_taken_out {
        let points: Option<Vec<Part>> = elements
            .iter()
            .map(|element| match element {
                Value::Relation(_, rest) => point(&rest.first()?.1, fuel),
                _ => None,
            })
            .collect();
        return without(whole_line(), &points?, fuel);
    }
    if let ([first, second], true) = (found.as_slice(), is_whole_line(&joined(found.clone()))) {
        let start = if later_start(&first.start, &second.start) { first } else { second };
        let end = if later_end(&first.end, &second.end) { second } else { first };
        return Some(vec![Part { start: start.start.clone(), end: end.end.clone() }]);
    }
    Some(found)
}

fn is_name(value: &Value) -> bool {
    matches!(value, Value::Scalar(Node::Symbol(_)))
}

fn part(interval: &Interval, fuel: &Fuel) -> Option<Part> {
    let end =
        |node: &Node, is_open: bool| Some(End { node: node.clone(), bound: Bound::of(node, fuel)?, is_open });
    let (start, end) =
        (end(&interval.start, interval.is_start_open)?, end(&interval.end, interval.is_end_open)?);
    (start.bound <= end.bound).then_some(Part { start, end })
}

fn point(value: &Value, fuel: &Fuel) -> Option<Part> {
    let Value::Scalar(node) = value else { return None };
    let end = End { node: node.clone(), bound: Bound::of(node, fuel)?, is_open: false };
    Some(Part { start: end.clone(), end })
}

fn whole_line() -> Vec<Part> {
    let start = End { node: Node::Infinity.negated(), bound: Bound::Below, is_open: true };
    vec![Part { start, end: End { node: Node::Infinity, bound: Bound::Above, is_open: true } }]
}

fn is_whole_line(parts: &[Part]) -> bool {
    matches!(parts, [part] if part.start.bound == Bound::Below && part.end.bound == Bound::Above)
}

/// Takes parts out.
fn without(mut parts: Vec<Part>, removed: &[Part], fuel: &Fuel) -> Option<Vec<Part>> {
    for taken in removed {
        few(parts.len(), fuel)?;
        fuel.spend(u32::try_from(4 * parts.len()).ok()?)?;
        let turned = |end: &End| End { is_open: !end.is_open, ..end.clone() };
        let (before, after) = (turned(&taken.start), turned(&taken.end));
        let mut kept = Vec::new();
        for part in parts {
            let left_end = if later_end(&part.end, &before) { &before } else { &part.end };
            let right_start = if later_start(&part.start, &after) { &part.start } else { &after };
            for piece in [
                Part { start: part.start.clone(), end: left_end.clone() },
                Part { start: right_start.clone(), end: part.end.clone() },
            ] {
                let is_point = piece.start.bound == piece.end.bound;
                let is_closed = !piece.start.is_open && !piece.end.is_open;
                if piece.start.bound < piece.end.bound || is_point && is_closed {
                    kept.push(piece);
                }
            }
        }
        parts = kept;
    }
    few(parts.len(), fuel)?;
    Some(parts)
}

/// Whether the first begins later; an open end begins later than a closed one at the same place.
fn later_start(left: &End, right: &End) -> bool {
    left.bound > right.bound || left.bound == right.bound && left.is_open
}

/// Whether the first ends later.
fn later_end(left: &End, right: &End) -> bool {
    left.bound > right.bound || left.bound == right.bound && !left.is_open
}

/// The parts from left to right, those that touch made one.
fn joined(mut parts: Vec<Part>) -> Vec<Part> {
    parts.sort_by(|left, right| {
        let order = left.start.bound.partial_cmp(&right.start.bound);
        order.unwrap_or(std::cmp::Ordering::Equal).then(left.start.is_open.cmp(&right.start.is_open))
    });
    let mut found: Vec<Part> = Vec::new();
    for part in parts {
        let Some(last) = found.last_mut() else {
            found.push(part);
            continue;
        };
        let touches = part.start.bound < last.end.bound
            || part.start.bound == last.end.bound && !(part.start.is_open && last.end.is_open);
        if !touches {
            found.push(part);
        } else if later_end(&part.end, &last.end) {
            last.end = part.end;
        }
    }
    found
}
