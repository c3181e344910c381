//! Sums as SymPy keeps them: a number, and formulas with what they are multiplied by.

use super::plain::has_decimals;
use crate::exact::{Quotient, cost_of_both};
use crate::fuel::Fuel;
use crate::numeric::{Lost, Real, Valued, number};
use crate::tree::Node;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

/// Differences this much smaller than what was subtracted are rounding errors of ours.
const AGREEMENT: isize = 100;

/// Longer sums come from hostile input.
const MOST_FORMULAS: usize = 32;

/// What it costs to look whether two formulas have the same value.
const LOOK: u32 = 4;

/// What it costs to round two numbers and what comes out of them.
const JOIN: u32 = 8;

/// A number as it is kept there.
#[derive(Debug, Clone)]
pub(super) enum Kept {
    /// A fraction.
    Exact(BigRational),
    /// 53 bits.
    Float(Real),
}

/// A sum as it is kept there.
#[derive(Debug, Clone)]
pub(super) struct Total {
    pub(super) number: Kept,
    /// What stays a formula, such as √2: each with what it is multiplied by, none twice.
    pub(super) formulas: Vec<(Kept, Real)>,
}

impl Kept {
    pub(super) fn zero() -> Kept {
        Kept::Exact(BigRational::zero())
    }

    fn one() -> Kept {
        Kept::Exact(BigRational::one())
    }

    /// A number as it is written, if it is one.
    pub(super) fn of_number(node: &Node) -> Option<Kept> {
        match node {
            Node::Number { value, is_decimal: false } => Some(Kept::Exact(value.clone())),
            Node::Number { value, .. } => Some(Kept::Float(Real::of(value).ok()?.in_53_bits().ok()?)),
            _ => None,
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        match self {
            Kept::Exact(value) => value.is_zero(),
            Kept::Float(value) => value.is_zero(),
        }
    }

    pub(super) fn real(&self) -> Valued<Real> {
        match self {
            Kept::Exact(value) => Real::of(value),
            Kept::Float(value) => Ok(value.clone()),
        }
    }

    pub(super) fn rational(&self) -> Valued<BigRational> {
        match self {
            Kept::Exact(value) => Ok(value.clone()),
            Kept::Float(value) => value.as_rational().ok_or(Lost::Unknown),
        }
    }

    /// A fraction next to a float is rounded first.
    fn joined(
        &self,
        other: &Kept,
        exactly: impl Fn(&BigRational, &BigRational) -> BigRational,
        nearly: impl Fn(&Real, &Real) -> Valued<Real>,
        fuel: &Fuel,
    ) -> Valued<Kept> {
        if let (Kept::Exact(left), Kept::Exact(right)) = (self, other) {
            fuel.spend(cost_of_both(left, right)).ok_or(Lost::Unknown)?;
            return Ok(Kept::Exact(exactly(left, right)));
        }
        fuel.spend(JOIN).ok_or(Lost::Unknown)?;
        let (left, right) = (self.real()?.in_53_bits()?, other.real()?.in_53_bits()?);
        Ok(Kept::Float(nearly(&left, &right)?.in_53_bits()?))
    }

    pub(super) fn plus(&self, other: &Kept, fuel: &Fuel) -> Valued<Kept> {
        self.joined(other, |left, right| left + right, Real::plus, fuel)
    }

    pub(super) fn times(&self, other: &Kept, fuel: &Fuel) -> Valued<Kept> {
        self.joined(other, |left, right| left * right, Real::times, fuel)
    }

    /// In a formula, a fraction is multiplied by what is above first, and then by one part of what is below.
    fn times_in_parts(&self, other: &Kept, fuel: &Fuel) -> Valued<Kept> {
        match (self, other) {
            (float @ Kept::Float(_), Kept::Exact(value)) | (Kept::Exact(value), float @ Kept::Float(_)) => {
                let above = Kept::Exact(BigRational::from_integer(value.numer().clone()));
                let part = Kept::Exact(BigRational::new(BigInt::one(), value.denom().clone()));
                float.times(&above, fuel)?.times(&part, fuel)
            }
            _ => self.times(other, fuel),
        }
    }

    pub(super) fn negated(&self) -> Kept {
        match self {
            Kept::Exact(value) => Kept::Exact(-value.clone()),
            Kept::Float(value) => Kept::Float(value.negated()),
        }
    }
}

impl Total {
    fn of_number(number: Kept) -> Total {
        Total { number, formulas: Vec::new() }
    }

    fn of_formula(factor: Kept, value: Real) -> Total {
        Total { number: Kept::zero(), formulas: vec![(factor, value)] }
    }

    pub(super) fn zero() -> Total {
        Total::of_number(Kept::zero())
    }

    pub(super) fn real(&self) -> Valued<Real> {
        let products = self.formulas.iter().map(|(factor, value)| factor.real()?.times(value));
        products.into_iter().try_fold(self.number.real()?, |sum, product| sum.plus(&product?))
    }

    /// Equal formulas are brought together, as long as there are few.
    pub(super) fn plus(mut self, other: &Total, fuel: &Fuel) -> Valued<Total> {
        if self.formulas.len() + other.formulas.len() > MOST_FORMULAS {
            return Err(Lost::Unknown);
        }
        self.number = self.number.plus(&other.number, fuel)?;
        for (factor, value) in &other.formulas {
            fuel.spend(LOOK * self.formulas.len() as u32).ok_or(Lost::Unknown)?;
            let mut known = None;
            for (index, (_, there)) in self.formulas.iter().enumerate() {
                if is_same(there, value)? {
                    known = Some(index);
                }
            }
            match known {
                Some(index) => self.formulas[index].0 = self.formulas[index].0.plus(factor, fuel)?,
                None => self.formulas.push((factor.clone(), value.clone())),
            }
        }
        self.formulas.retain(|(factor, _)| !factor.is_zero());
        Ok(self)
    }

    /// A sum in a product stays a formula.
    fn times(&self, other: &Total, has_formula: bool, fuel: &Fuel) -> Valued<Total> {
        let (left, right) = (self.factored()?, other.factored()?);
        let number = if has_formula {
            left.0.times_in_parts(&right.0, fuel)?
        } else {
            left.0.times(&right.0, fuel)?
        };
        Ok(match (left.1, right.1) {
            (None, None) => Total::of_number(number),
            (Some(value), None) | (None, Some(value)) => Total::of_formula(number, value),
            (Some(value), Some(other)) => Total::of_formula(number, value.times(&other)?),
        })
    }

    fn factored(&self) -> Valued<(Kept, Option<Real>)> {
        Ok(match self.formulas.as_slice() {
            [] => (self.number.clone(), None),
            [(factor, value)] if self.number.is_zero() => (factor.clone(), Some(value.clone())),
            _ => (Kept::one(), Some(self.real()?)),
        })
    }

    pub(super) fn negated(&self) -> Total {
        let formulas =
            self.formulas.iter().map(|(factor, value)| (factor.negated(), value.clone())).collect();
        Total { number: self.number.negated(), formulas }
    }

    pub(super) fn as_node(&self) -> Valued<Node> {
        let value = match self.formulas.as_slice() {
            [] => self.number.rational()?,
            _ => self.real()?.as_rational().ok_or(Lost::Unknown)?,
        };
        Ok(Node::Number { value, is_decimal: false })
    }
}

fn is_same(left: &Real, right: &Real) -> Valued<bool> {
    Ok(left.minus(right)?.magnitude() <= left.magnitude().shifted_down(AGREEMENT)?)
}

/// The value of a formula, computed step by step.
pub(super) fn kept(node: &Node, fuel: &Fuel) -> Valued<Total> {
    fuel.spend(12).ok_or(Lost::Unknown)?;
    let parts = |parts: &[Node]| parts.iter().map(|part| kept(part, fuel)).collect::<Valued<Vec<Total>>>();
    match node {
        Node::Number { value, is_decimal: false } => Ok(Total::of_number(Kept::Exact(value.clone()))),
        Node::Number { value, .. } => Ok(Total::of_number(Kept::Float(Real::of(value)?.in_53_bits()?))),
        Node::Sum(terms) => parts(terms)?.iter().try_fold(Total::zero(), |sum, term| sum.plus(term, fuel)),
        Node::Product(factors) => {
            let one = Total::of_number(Kept::one());
            let factors = parts(factors)?;
            let has_formula = factors.iter().any(|factor| !factor.formulas.is_empty());
            factors.iter().try_fold(one, |product, factor| product.times(factor, has_formula, fuel))
        }
        Node::Power(base, exponent) if has_decimals(node) => {
            let parts = [kept(base, fuel)?, kept(exponent, fuel)?];
            let power = Node::Power(Box::new(parts[0].as_node()?), Box::new(parts[1].as_node()?));
            applied(&power, &parts, fuel)
        }
        Node::Call(name, arguments) if has_decimals(node) => {
            let parts = parts(arguments)?;
            let arguments = parts.iter().map(Total::as_node).collect::<Valued<Vec<Node>>>()?;
            applied(&Node::Call(name, arguments), &parts, fuel)
        }
        other => match Quotient::of(other, fuel).and_then(|quotient| quotient.as_constant()) {
            Some(value) => Ok(Total::of_number(Kept::Exact(value))),
            None => Ok(Total::of_formula(Kept::one(), number(other, fuel)?)),
        },
    }
}

/// A function of floats is one.
fn applied(node: &Node, parts: &[Total], fuel: &Fuel) -> Valued<Total> {
    let value = number(node, fuel)?;
    let is_float = parts.iter().all(|part| part.formulas.is_empty());
    Ok(if is_float {
        Total::of_number(Kept::Float(value.in_53_bits()?))
    } else {
        Total::of_formula(Kept::one(), value)
    })
}

/// The sum of some terms, of which the numbers are added first when there are several and decimals are among them.
pub(crate) fn summed(terms: Vec<Node>, fuel: &Fuel) -> Node {
    let is_number = |node: &&Node| matches!(node, Node::Number { .. });
    let numbers: Vec<&Node> = terms.iter().filter(is_number).collect();
    let has_decimal = numbers.iter().any(|number| matches!(number, Node::Number { is_decimal: true, .. }));
    if numbers.len() < 2 || !has_decimal {
        return Node::Sum(terms);
    }
    let sum =
        numbers.iter().try_fold(Kept::zero(), |sum, number| sum.plus(&Kept::of_number(number)?, fuel).ok());
    let Some(value) = sum.and_then(|sum| sum.rational().ok()) else { return Node::Sum(terms) };
    let others = terms.into_iter().filter(|node| !matches!(node, Node::Number { .. }));
    Node::Sum(others.chain([Node::Number { value, is_decimal: true }]).collect())
}
