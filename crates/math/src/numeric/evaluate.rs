//! Evaluates formulas.

use super::complex::Complex;
use super::cost::{self, STEP};
use super::function::call;
use super::limit::limit;
use super::lost::{Lost, Valued};
use super::real::Real;
use crate::fuel::Fuel;
use crate::tree::Node;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Zero};
use std::cell::RefCell;

/// Of a sum of numbers beyond 2 to this power, what is behind the point is not known to the digits that count in decimals.
const LARGEST_ADDED: isize = 116;

/// Values of the names in a formula, and the largest number that was added on the way, which bounds rounding errors.
pub(crate) struct Names<'a> {
    pub(crate) value_of: &'a dyn Fn(&str) -> Option<Complex>,
    pub(crate) fuel: &'a Fuel,
    pub(crate) largest: RefCell<Real>,
}

/// Returns the value of a formula without names, if it is real.
pub(crate) fn number(node: &Node, fuel: &Fuel) -> Valued<Real> {
    let names = Names { value_of: &|_| None, fuel, largest: RefCell::new(Real::zero()) };
    let value = at(node, &names)?;
    let most = Real::whole(1).shifted_down(-LARGEST_ADDED)?;
    if *names.largest.borrow() > most {
        return Err(Lost::Unknown);
    }
    value.as_real().cloned().ok_or(Lost::NoValue)
}

impl Names<'_> {
    fn spend(&self, units: u32) -> Valued<()> {
        self.fuel.spend(units).ok_or(Lost::Unknown)
    }
}

/// Returns the value of a formula whose names have these values.
pub(crate) fn at(node: &Node, names: &Names) -> Valued<Complex> {
    names.spend(STEP)?;
    match node {
        Node::Number { value, .. } => Ok(Complex::of(Real::of(value)?)),
        Node::Symbol(name) | Node::Applied { label: name, .. } => (names.value_of)(name).ok_or(Lost::NoValue),
        Node::Imaginary => Ok(Complex::unit()),
        Node::Pi => Ok(Complex::of(Real::pi()?)),
        Node::Euler => {
            names.spend(cost::EXPONENTIAL)?;
            Complex::whole(1).exp()
        }
        Node::Infinity => Err(Lost::NoValue),
        Node::Sum(parts) => sum(parts, names),
        Node::Product(parts) => product(parts, names),
        Node::Power(base, exponent) => power(base, exponent, names),
        Node::Percent(inside) => {
            let hundredth = Complex::of(Real::whole(1).over(&Real::whole(100))?);
            at(inside, names).map_err(Lost::on_the_way)?.times(&hundredth)
        }
        Node::Degrees(inside) | Node::Based { written: inside, .. } => at(inside, names),
        Node::Call("limit", arguments) => match arguments.as_slice() {
            [inside, place, Node::Symbol(name)] => limit(inside, place, name, names),
            _ => Err(Lost::NoValue),
        },
        Node::Call(name, arguments) => {
            let values: Valued<Vec<Complex>> = arguments.iter().map(|argument| at(argument, names)).collect();
            let keeps_huge = ["factorial", "abs", "floor", "ceiling"].contains(name);
            let values = values.map_err(|lost| if keeps_huge { lost } else { lost.on_the_way() })?;
            names.spend(cost::of_call(name, &values))?;
            call(name, &values)
        }
    }
}

/// A huge number stays one when it is multiplied by what is not below 1, and a tiny one by what is not above.
fn product(parts: &[Node], names: &Names) -> Valued<Complex> {
    let (mut product, mut is_huge, mut is_tiny) = (Complex::whole(1), false, false);
    for part in parts {
        match at(part, names) {
            Ok(value) => {
                names.spend(cost::of_product(&product, &value))?;
                product = product.times(&value)?;
            }
            Err(Lost::Huge) => is_huge = true,
            Err(Lost::Tiny) => is_tiny = true,
            Err(lost) => return Err(lost),
        }
    }
    let one = Real::whole(1);
    match (is_huge, is_tiny) {
        (false, false) => Ok(product),
        (true, false) if product.as_real().is_some_and(|real| *real >= one) => Err(Lost::Huge),
        (false, true) if product.magnitude()? <= one => Err(Lost::Tiny),
        _ => Err(Lost::Unknown),
    }
}

fn sum(parts: &[Node], names: &Names) -> Valued<Complex> {
    let mut sum = Complex::whole(0);
    for part in parts {
        let value = at(part, names).map_err(Lost::on_the_way)?;
        names.spend(cost::of_magnitude(&value))?;
        let size = value.magnitude()?;
        if size > *names.largest.borrow() {
            names.largest.replace(size);
        }
        sum = sum.plus(&value)?;
    }
    Ok(sum)
}

fn power(base: &Node, exponent: &Node, names: &Names) -> Valued<Complex> {
    if *base == Node::Euler {
        let exponent = at(exponent, names)?;
        names.spend(cost::of_exponential(&exponent))?;
        return exponent.exp();
    }
    let (value, raised_to) = match (at(base, names), at(exponent, names)) {
        (Ok(value), Ok(exponent)) => (value, exponent),
        (base, exponent) => return Err(huge_power(&base, &exponent)),
    };
    let written = literal(exponent);
    if written.as_ref().is_some_and(|written| *written == BigRational::new(1.into(), 2.into())) {
        names.spend(cost::ROOT)?;
        return value.sqrt();
    }
    names.spend(cost::of_power(&value, &raised_to))?;
    // The cube root of −8 is −2, as everyone means it who does not speak of complex numbers.
    let odd = written.filter(|written| written.denom().is_odd() && !written.is_integer());
    match (value.as_real().filter(|real| real.is_negative()), odd) {
        (Some(negative), Some(exponent)) => {
            let size = negative.negated().ln()?.times(&Real::of(&exponent)?)?.exp()?;
            Ok(Complex::of(if exponent.numer().is_odd() { size.negated() } else { size }))
        }
        _ => value.raised(&raised_to),
    }
}

/// What follows for a power of which one part is beyond what is computed.
fn huge_power(base: &Valued<Complex>, exponent: &Valued<Complex>) -> Lost {
    let is_large = |value: &Valued<Complex>, least: i64| match value {
        Ok(value) => value.as_real().is_some_and(|real| *real >= Real::whole(least)),
        Err(lost) => *lost == Lost::Huge,
    };
    let is_inverse = |value: &Valued<Complex>| {
        value.as_ref().is_ok_and(|value| value.as_real().is_some_and(|real| *real <= Real::whole(-1)))
    };
    let has_none = |value: &Valued<Complex>| matches!(value, Err(Lost::NoValue));
    match () {
        () if has_none(base) || has_none(exponent) => Lost::NoValue,
        () if is_large(base, 2) && is_large(exponent, 1) => Lost::Huge,
        () if is_large(base, 2) && is_inverse(exponent) => Lost::Tiny,
        () => Lost::Unknown,
    }
}

/// Products of more bits are none: nothing is paid for them.
const LONGEST_LITERAL: u64 = 256;
/// Bits of 1 and -1, with their denominator.
const SIGN_BITS: u64 = 2;

/// The number that a formula is when it is written as one.
pub(crate) fn literal(node: &Node) -> Option<BigRational> {
    match node {
        Node::Number { value, .. } => Some(value.clone()),
        Node::Product(parts) => parts.iter().try_fold(BigRational::one(), |product, part| {
            let part = literal(part)?;
            let bits = |value: &BigRational| value.numer().bits() + value.denom().bits();
            let is_short = bits(&product) + bits(&part) <= LONGEST_LITERAL;
            // The sign of a long number is no product.
            (is_short || bits(&product).min(bits(&part)) <= SIGN_BITS).then(|| product * part)
        }),
        Node::Power(base, exponent) => {
            let (base, exponent) = (literal(base)?, literal(exponent)?);
            let is_inverse = exponent == BigRational::from_integer((-1).into()) && !base.is_zero();
            is_inverse.then(|| base.recip())
        }
        _ => None,
    }
}
