//! Asks whether two formulas are the same: exactly, rounded, or numerically.

use super::evaluate;
use super::normal::Quotient;
use super::tree::Node;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

/// Decimals are compared after rounding to a millionth.
const ROUNDING: u32 = 1_000_000;

/// How far apart, relative to their size, doubles that stand for the same value may be.
const NUMERIC_PRECISION: f64 = 1e-13;

/// The same for formulas with symbols, whose errors add up.
const FORMULA_PRECISION: f64 = 1e-9;

/// Where formulas with symbols are evaluated. Odd numbers, so that two formulas do not agree there by chance.
const POINTS: [f64; 5] = [0.618_214, 1.732_913, 2.414_527, 0.273_861, 3.302_776];

/// Returns whether two formulas are the same.
pub(super) fn same(target: &Node, answer: &Node) -> bool {
    if target == answer {
        return true;
    }
    if let (Some(left), Some(right)) = (whole_or_percent(target), whole_or_percent(answer)) {
        // 10 is accepted for 10%.
        if left == right {
            return true;
        }
    }
    let exact = Quotient::of(target).zip(Quotient::of(answer));
    if exact.as_ref().and_then(|(left, right)| left.equals(right)) == Some(true) {
        return true;
    }
    if is_decimal(target) || is_decimal(answer) {
        if is_whole(target) || is_whole(answer) {
            return false;
        }
        return rounded(target).is_some_and(|left| rounded(answer) == Some(left));
    }
    let are_rational =
        exact.is_some_and(|(left, right)| left.as_constant().is_some() && right.as_constant().is_some());
    !are_rational && agree(target, answer)
}

fn whole_or_percent(node: &Node) -> Option<&BigInt> {
    match node {
        Node::Number { value, is_decimal: false } if value.is_integer() => Some(value.numer()),
        Node::Percent(inside) => match &**inside {
            Node::Percent(_) => None,
            other => whole_or_percent(other),
        },
        _ => None,
    }
}

/// Next to a whole number nothing is rounded: 14.0000001 is not 14.
fn is_whole(node: &Node) -> bool {
    matches!(node, Node::Number { value, is_decimal: false } if value.is_integer())
}

fn is_decimal(node: &Node) -> bool {
    match node {
        Node::Number { is_decimal, .. } => *is_decimal,
        Node::Percent(inside) => is_decimal(inside),
        _ => false,
    }
}

/// The value in millionths.
fn rounded(node: &Node) -> Option<BigInt> {
    let exact = Quotient::of(node).and_then(|quotient| quotient.as_constant());
    let value = match exact {
        Some(value) => value,
        None => BigRational::from_float(evaluate::number(node)?)?,
    };
    let scaled = value * BigRational::from_integer(ROUNDING.into());
    let below = scaled.floor().to_integer();
    let twice_rest =
        (scaled - BigRational::from_integer(below.clone())) * BigRational::from_integer(2.into());
    // Halves go to the even side.
    let goes_up = twice_rest > BigRational::one() || twice_rest.is_one() && below.bit(0);
    Some(if goes_up { below + 1 } else { below })
}

/// Whether both have the same values, wherever we look.
fn agree(target: &Node, answer: &Node) -> bool {
    let names = |node: &Node| node.symbols().iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let (mut left, mut right) = (names(target), names(answer));
    left.append(&mut right);
    left.sort();
    left.dedup();
    let precision = if left.is_empty() { NUMERIC_PRECISION } else { FORMULA_PRECISION };
    let points = if left.is_empty() { 1 } else { POINTS.len() };
    (0..points).all(|shift| {
        let value_of = |name: &str| {
            let index = left.iter().position(|known| known == name)?;
            Some(POINTS[(index + shift) % POINTS.len()] + (index / POINTS.len()) as f64)
        };
        match (evaluate::at(target, &value_of), evaluate::at(answer, &value_of)) {
            (Some(left), Some(right)) if left.is_finite() && right.is_finite() => {
                (left - right).abs() <= precision * left.abs().max(right.abs())
            }
            _ => false,
        }
    })
}
