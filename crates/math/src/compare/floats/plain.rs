//! Which formulas are computed there as here.

use super::MOST_DIGITS;
use crate::tree::Node;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Pow, Signed};

pub(super) fn is_literal(node: &Node) -> bool {
    matches!(node, Node::Number { .. })
}

pub(crate) fn has_decimals(node: &Node) -> bool {
    match node {
        Node::Number { is_decimal, .. } => *is_decimal,
        Node::Sum(parts) | Node::Product(parts) | Node::Call(_, parts) => parts.iter().any(has_decimals),
        Node::Power(base, exponent) => has_decimals(base) || has_decimals(exponent),
        _ => false,
    }
}

/// Whether it is made of numbers that are known there as they are here, and of sums of products of names.
pub(super) fn is_plain(node: &Node) -> bool {
    let is_bare = |node: &Node| node.symbols().is_empty() && is_plain(node);
    let is_power = |node: &Node| match node {
        Node::Power(base, exponent) if matches!(**base, Node::Symbol(_)) => is_literal(exponent),
        Node::Symbol(_) => true,
        other => is_bare(other),
    };
    match node {
        Node::Number { value, is_decimal } => !is_decimal || has_few_digits(value),
        Node::Pi | Node::Euler | Node::Symbol(_) => true,
        Node::Sum(parts) => parts.iter().all(|part| !matches!(part, Node::Sum(_)) && is_plain(part)),
        Node::Product(parts) => parts.iter().all(is_power),
        Node::Call("limit", _) => false,
        Node::Call(_, parts) => parts.iter().all(is_bare),
        Node::Power(base, exponent) if matches!(**base, Node::Symbol(_)) => is_literal(exponent),
        Node::Power(base, exponent) => is_bare(base) && is_bare(exponent),
        _ => false,
    }
}

fn has_few_digits(value: &BigRational) -> bool {
    let most = BigInt::from(10).pow(MOST_DIGITS);
    // Looked at first, as numbers with long denominators take long.
    if value.numer().abs() >= most || *value.denom() > &most * &most {
        return false;
    }
    (0..=2 * MOST_DIGITS).any(|places| {
        let scaled = value * BigRational::from_integer(BigInt::from(10).pow(places));
        scaled.is_integer() && scaled.numer().abs() < most
    })
}

/// What the names are powers of π with; whole ones, as these cost little.
const EXPONENTS: [i64; 6] = [11, 13, 17, 19, 23, 29];

/// The formula with a number in the place of each name: a power of π of its own.
pub(super) fn with_values(node: &Node, names: &[&str]) -> Node {
    match node {
        Node::Symbol(name) => {
            let index = names.iter().position(|known| known == name).unwrap_or(names.len());
            let exponent = EXPONENTS.get(index).copied().unwrap_or(31 + 2 * index as i64);
            Node::Power(Box::new(Node::Pi), Box::new(Node::whole(exponent)))
        }
        other => other.with_parts(&|part| with_values(part, names)),
    }
}
