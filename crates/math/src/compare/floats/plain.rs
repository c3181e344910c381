//! Which formulas are computed there as here.

use super::MOST_DIGITS;
use crate::tree::Node;
use num_rational::BigRational;
use num_traits::ToPrimitive;

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
    let is_bare = |node: &Node| !node.has_symbols() && is_plain(node);
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

/// Counted in machine words: a formula of a hundred decimals is asked for each of them, and nothing is paid for it.
fn has_few_digits(value: &BigRational) -> bool {
    let most = 10_u128.pow(MOST_DIGITS as u32);
    let (Some(above), Some(below)) = (value.numer().magnitude().to_u128(), value.denom().to_u128()) else {
        return false;
    };
    if above >= most || below > most * most {
        return false;
    }
    let powers = std::iter::successors(Some(1_u128), |power| power.checked_mul(10));
    let first = powers.take(2 * MOST_DIGITS as usize + 1).find(|power| power % below == 0);
    first.and_then(|power| above.checked_mul(power / below)).is_some_and(|digits| digits < most)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_up_to_fifteen_digits_are_known() {
        for (above, below, is_known) in [
            (1, 2, true),
            (0, 1, true),
            (-3, 8, true),
            (1, 3, false),
            (999_999_999_999_999_i64, 1, true),
            (1_000_000_000_000_000, 1, false),
            (1, 1_i64 << 20, true),
            (1, 1_i64 << 30, false),
        ] {
            assert_eq!(
                has_few_digits(&BigRational::new(above.into(), below.into())),
                is_known,
                "{above}/{below}"
            );
        }
    }
}
