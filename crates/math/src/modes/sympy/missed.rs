//! Formulas that are equal and that SymPy 1.14.0's `simplify` leaves apart.

use crate::exact::{cost, cost_of_both};
use crate::fuel::Fuel;
use crate::tree::Node;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

/// Higher powers are not computed here.
const HIGHEST: i32 = 1_024;

/// Powers of more bits are not computed here.
const MOST_BITS: u64 = 20_000;

/// A number as SymPy has it: exact until a decimal, of 53 bits, comes in.
#[derive(Debug, Clone, PartialEq)]
enum Number {
    Exact(BigRational),
    Float(f64),
}

/// Returns whether SymPy finds that two formulas, which are equal, are equal.
///
/// It adds and multiplies decimals in 53 bits, so that 0.1 + 0.2 is not 0.3; does not see that their roots and powers
/// are those of fractions; and does not take roots inside of roots apart beside a sum of roots that divides.
pub(crate) fn is_found_equal(target: &Node, answer: &Node, fuel: &Fuel) -> bool {
    let in_either = |holds: &dyn Fn(&Node) -> bool| any(target, holds) || any(answer, holds);
    let is_nested_beside =
        |one: &Node, other: &Node| any(one, &is_nested_root) && any(other, &is_divided_by_roots);
    match () {
        () if target == answer => true,
        () if is_nested_beside(target, answer) || is_nested_beside(answer, target) => false,
        () if !in_either(&is_decimal) => true,
        () => difference(target, answer, fuel)
            .map_or_else(|| !in_either(&is_power_of_decimal), |difference| difference.is_zero()),
    }
}

/// The answer less the target, in the order in which SymPy adds: the target is summed first, and of a sum as answer the
/// last term comes first, but for its first two. All terms must have the same names and roots, which fall out.
fn difference(target: &Node, answer: &Node, fuel: &Fuel) -> Option<Number> {
    let (taken_off, mut added) = (terms(target, fuel)?, terms(answer, fuel)?);
    let rest = &added.first()?.1;
    if taken_off.iter().chain(&added).any(|(_, other)| other != rest) {
        return None;
    }
    if any(answer, &is_inverse) {
        added.reverse();
    } else if added.len() > 2 {
        added.reverse();
        let last = added.len() - 1;
        added.swap(last, last - 1);
    }
    let minus = Number::Exact(-BigRational::one());
    let sum = |from: Number, terms: &[(Number, Vec<&Node>)], sign: Option<&Number>| {
        terms.iter().try_fold(from, |sum, (term, _)| match sign {
            Some(sign) => sum.plus(&term.times(sign, fuel)?, fuel),
            None => sum.plus(term, fuel),
        })
    };
    let zero = Number::Exact(BigRational::zero());
    if any(target, &is_inverse) {
        sum(sum(zero, &added, None)?, &taken_off, Some(&minus))
    } else {
        sum(sum(zero, &taken_off, Some(&minus))?, &added, None)
    }
}

/// A fraction, which is not added to others before it comes to the answer.
fn is_inverse(node: &Node) -> bool {
    matches!(node, Node::Power(_, exponent) if whole(exponent).is_some_and(|exponent| exponent < 0))
}

/// The terms of a formula: number, and what it is multiplied by.
fn terms<'a>(node: &'a Node, fuel: &Fuel) -> Option<Vec<(Number, Vec<&'a Node>)>> {
    let parts = match node {
        Node::Sum(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    parts.iter().map(|part| term(part, fuel)).collect()
}

fn term<'a>(node: &'a Node, fuel: &Fuel) -> Option<(Number, Vec<&'a Node>)> {
    let factors = match node {
        Node::Product(factors) => factors.as_slice(),
        other => std::slice::from_ref(other),
    };
    let (mut all, mut rest) = (Number::Exact(BigRational::one()), Vec::new());
    for factor in factors {
        match number(factor, fuel) {
            Some(value) => all = all.times(&value, fuel)?,
            // A product in a product.
            None if matches!(factor, Node::Product(_)) => {
                let (value, inside) = term(factor, fuel)?;
                all = all.times(&value, fuel)?;
                rest.extend(inside);
            }
            None => rest.push(factor),
        }
    }
    Some((all, rest))
}

/// The number that a formula is, if it is one and there is fuel for it.
fn number(node: &Node, fuel: &Fuel) -> Option<Number> {
    fuel.spend(4)?;
    match node {
        Node::Number { value, is_decimal: true } => Some(Number::Float(value.to_f64()?)),
        Node::Number { value, .. } => Some(Number::Exact(value.clone())),
        Node::Sum(parts) => parts
            .iter()
            .try_fold(Number::Exact(BigRational::zero()), |sum, part| sum.plus(&number(part, fuel)?, fuel)),
        Node::Product(parts) => parts
            .iter()
            .try_fold(Number::Exact(BigRational::one()), |all, part| all.times(&number(part, fuel)?, fuel)),
        Node::Power(base, exponent) => match whole(exponent) {
            Some(exponent) => number(base, fuel)?.raised(exponent, fuel),
            None => number(base, fuel)?.rooted(&number(exponent, fuel)?, fuel),
        },
        _ => None,
    }
}

impl Number {
    fn is_zero(&self) -> bool {
        match self {
            Number::Exact(value) => value.is_zero(),
            Number::Float(value) => *value == 0.0,
        }
    }

    fn float(&self) -> f64 {
        match self {
            Number::Exact(value) => value.to_f64().unwrap_or(f64::NAN),
            Number::Float(value) => *value,
        }
    }

    fn plus(&self, other: &Number, fuel: &Fuel) -> Option<Number> {
        match (self, other) {
            (Number::Exact(a), Number::Exact(b)) => {
                fuel.spend(cost_of_both(a, b))?;
                Some(Number::Exact(a + b))
            }
            // An exact zero, with which sums begin, does not round.
            (Number::Exact(zero), other) if zero.is_zero() => Some(other.clone()),
            _ => Some(Number::Float(self.float() + other.float())),
        }
    }

    fn times(&self, other: &Number, fuel: &Fuel) -> Option<Number> {
        match (self, other) {
            (Number::Exact(a), Number::Exact(b)) => {
                fuel.spend(cost_of_both(a, b))?;
                Some(Number::Exact(a * b))
            }
            _ => Some(Number::Float(self.float() * other.float())),
        }
    }

    fn raised(&self, exponent: i32, fuel: &Fuel) -> Option<Number> {
        match self {
            Number::Exact(value) if value.is_zero() && exponent < 0 => None,
            Number::Exact(value) => {
                let power = exact_power(value, exponent, fuel)?;
                Some(Number::Exact(power))
            }
            Number::Float(value) => Some(Number::Float(value.powi(exponent))),
        }
    }

    /// A power that is no whole one: in 53 bits when a decimal is in it, else only if it has no root left.
    fn rooted(&self, exponent: &Number, fuel: &Fuel) -> Option<Number> {
        let power = self.float().powf(exponent.float());
        match (self, exponent) {
            (Number::Exact(base), Number::Exact(exponent)) => {
                let root =
                    BigRational::from_float(self.float().powf(1.0 / exponent.denom().to_f64()?).round())?;
                let is_root = exact_power(&root, exponent.denom().to_i32()?, fuel)? == *base;
                let raised_to = exponent.numer().to_i32().filter(|power| power.abs() <= HIGHEST)?;
                is_root.then_some(Number::Exact(root))?.raised(raised_to, fuel)
            }
            _ => Some(Number::Float(power)),
        }
    }
}

/// A whole power, unless it is longer than any answer.
fn exact_power(value: &BigRational, exponent: i32, fuel: &Fuel) -> Option<BigRational> {
    let bits = value.numer().bits().max(value.denom().bits());
    if bits.saturating_mul(u64::from(exponent.unsigned_abs())) > MOST_BITS {
        return None;
    }
    let power = num_traits::Pow::pow(value, exponent);
    fuel.spend(cost(&power))?;
    Some(power)
}

fn whole(exponent: &Node) -> Option<i32> {
    match exponent {
        Node::Number { value, is_decimal: false } if value.is_integer() => {
            value.to_i32().filter(|value| value.abs() <= HIGHEST)
        }
        _ => None,
    }
}

/// Whether this holds for the formula or a part of it.
fn any(node: &Node, holds: &dyn Fn(&Node) -> bool) -> bool {
    holds(node)
        || match node {
            Node::Sum(parts) | Node::Product(parts) | Node::Call(_, parts) => {
                parts.iter().any(|part| any(part, holds))
            }
            Node::Power(base, exponent) => any(base, holds) || any(exponent, holds),
            Node::Percent(inside) | Node::Degrees(inside) | Node::Based { written: inside, .. } => {
                any(inside, holds)
            }
            Node::Number { .. }
            | Node::Symbol(_)
            | Node::Imaginary
            | Node::Pi
            | Node::Euler
            | Node::Infinity
            | Node::Applied { .. } => false,
        }
}

fn is_decimal(node: &Node) -> bool {
    matches!(node, Node::Number { is_decimal: true, .. })
}

fn is_root(node: &Node) -> bool {
    matches!(node, Node::Power(_, exponent) if whole(exponent).is_none())
}

fn is_nested_root(node: &Node) -> bool {
    match node {
        Node::Power(base, _) => is_root(node) && matches!(**base, Node::Sum(_)) && any(base, &is_root),
        _ => false,
    }
}

fn is_divided_by_roots(node: &Node) -> bool {
    match node {
        Node::Power(base, exponent) => {
            whole(exponent).is_some_and(|exponent| exponent < 0)
                && matches!(**base, Node::Sum(_))
                && any(base, &is_root)
        }
        _ => false,
    }
}

fn is_power_of_decimal(node: &Node) -> bool {
    match node {
        Node::Power(base, exponent) => {
            is_root(node) && (any(base, &is_decimal) || any(exponent, &is_decimal))
        }
        _ => false,
    }
}
