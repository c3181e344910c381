//! How far two formulas are apart.

use super::plain::{has_decimals, is_literal};
use super::total::{Kept, Total, kept};
use crate::fuel::Fuel;
use crate::numeric::{Lost, Real, Valued, number};
use crate::tree::Node;
use num_traits::Signed;
use std::cell::Cell;

fn terms(node: &Node) -> &[Node] {
    match node {
        Node::Sum(parts) => parts,
        other => std::slice::from_ref(other),
    }
}

/// What the answer is, taken from the target: numbers first, then the products, powers and functions of numbers.
pub(super) struct Distance {
    pub(super) sum: Total,
    /// The formulas in it, with more bits.
    formulas: Real,
    /// The value in 53 bits, and the one with more.
    late: Vec<(Kept, Real)>,
}

impl Distance {
    pub(super) fn between(target: &Node, answer: &Node, fuel: &Fuel) -> Valued<Distance> {
        let mut distance = Distance { sum: Total::zero(), formulas: Real::zero(), late: Vec::new() };
        let given = kept(answer, fuel)?.negated();
        if given.formulas.is_empty() && matches!(answer, Node::Product(_) | Node::Power(..) | Node::Call(..))
        {
            distance.late.push((given.number.clone(), given.number.real()?));
        } else {
            distance.sum = given;
        }
        for term in terms(answer) {
            if !kept(term, fuel)?.formulas.is_empty() {
                distance.formulas = distance.formulas.minus(&number(&with_floats(term)?, fuel)?)?;
            }
        }
        for term in terms(target) {
            let total = kept(term, fuel)?;
            if is_literal(term) || !total.formulas.is_empty() {
                distance.sum = std::mem::replace(&mut distance.sum, Total::zero()).plus(&total, fuel)?;
                if !is_literal(term) {
                    distance.formulas = distance.formulas.plus(&number(&with_floats(term)?, fuel)?)?;
                }
            } else {
                let exact =
                    if is_late(term) { number(&with_floats(term)?, fuel)? } else { total.number.real()? };
                distance.late.push((total.number, exact));
            }
        }
        Ok(distance)
    }

    /// As it is evaluated, with more bits; names that are left have no value.
    pub(super) fn evaluated(&self, has_names: bool) -> Valued<Real> {
        let number = self.sum.number.real()?;
        let start = if has_names { number } else { number.plus(&self.formulas)? };
        self.late.iter().try_fold(start, |sum, (_, exact)| sum.plus(exact))
    }

    /// As it is computed in 53 bits: positive numbers before negative ones, in the order of their digits.
    pub(super) fn is_zero(&self, fuel: &Fuel) -> Valued<bool> {
        let mut late = Vec::new();
        for (number, _) in &self.late {
            let value = number.rational()?;
            let mut digits = value.numer().magnitude().clone();
            digits >>= digits.trailing_zeros().unwrap_or(0);
            late.push((value.is_negative(), digits, number));
        }
        late.sort_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
        let number =
            late.iter().try_fold(self.sum.number.clone(), |sum, (_, _, number)| sum.plus(number, fuel))?;
        Ok(number.is_zero() && self.sum.formulas.is_empty())
    }
}

/// Whether SymPy leaves a term as it is until all is evaluated.
fn is_late(term: &Node) -> bool {
    let is_power = |node: &Node| match node {
        Node::Power(base, exponent) => is_literal(base) && is_literal(exponent),
        other => is_literal(other),
    };
    match term {
        Node::Power(..) | Node::Call(..) => has_decimals(term),
        Node::Product(parts) => has_decimals(term) && !(parts.len() == 2 && parts.iter().all(is_power)),
        _ => false,
    }
}

/// The formula with the numbers that its decimals are in 53 bits.
fn with_floats(node: &Node) -> Valued<Node> {
    let lost = Cell::new(None);
    let with = with_each(node, &lost);
    lost.get().map_or(Ok(with), Err)
}

fn with_each(node: &Node, lost: &Cell<Option<Lost>>) -> Node {
    let Node::Number { value, is_decimal: true } = node else {
        return node.with_parts(&|part| with_each(part, lost));
    };
    let float = Real::of(value).and_then(|value| value.in_53_bits()?.as_rational().ok_or(Lost::Unknown));
    let value = float.unwrap_or_else(|error| {
        lost.set(Some(error));
        value.clone()
    });
    Node::Number { value, is_decimal: false }
}
