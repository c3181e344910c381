//! The exact normal form of a formula: a quotient of two polynomials.

use super::polynomial::{Atom, Monomial, Polynomial, power, tidy};
use super::tree::Node;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Sums are multiplied out up to this power.
const HIGHEST_POWER_OF_SUM: u32 = 12;

/// Divisors that are tried to simplify roots. What is left counts as prime, and the numeric comparison settles the rest.
const HIGHEST_DIVISOR: u32 = 2_000;

/// Larger arguments of factorials and binomials stay unevaluated.
const HIGHEST_FACTORIAL: u32 = 1_000;

/// A quotient. The lower polynomial is 1 whenever it can be.
#[derive(Debug, Clone)]
pub(super) struct Quotient {
    above: Polynomial,
    below: Polynomial,
}

impl Quotient {
    /// Returns the normal form of a formula, or nothing when it has none within the limits.
    pub(super) fn of(node: &Node) -> Option<Quotient> {
        match node {
            Node::Number { value, .. } => Some(Quotient::constant(value.clone())),
            Node::Symbol(name) => Some(Quotient::name(name.clone())),
            Node::Pi => Some(Quotient::name("π".to_owned())),
            Node::Euler => Some(Quotient::name("e".to_owned())),
            Node::Infinity => Some(Quotient::name("∞".to_owned())),
            Node::Sum(parts) => {
                let mut sum = Quotient::constant(BigRational::zero());
                for part in parts {
                    sum = sum.plus(&Quotient::of(part)?)?;
                }
                Some(sum)
            }
            Node::Product(parts) => {
                let mut product = Quotient::constant(BigRational::one());
                for part in parts {
                    product = product.times(&Quotient::of(part)?)?;
                }
                Some(product)
            }
            Node::Percent(inside) => {
                Quotient::of(inside)?.times(&Quotient::constant(BigRational::new(1.into(), 100.into())))
            }
            Node::Power(base, exponent) => Quotient::of(base)?.raised(&Quotient::of(exponent)?),
            Node::Call(name, arguments) => {
                let arguments: Option<Vec<Quotient>> = arguments.iter().map(Quotient::of).collect();
                call(name, &arguments?)
            }
        }
    }

    fn constant(value: BigRational) -> Quotient {
        Quotient { above: Polynomial::constant(value), below: Polynomial::constant(BigRational::one()) }
    }

    fn name(name: String) -> Quotient {
        Quotient::whole(Polynomial::name(name, BigRational::one()))
    }

    fn whole(above: Polynomial) -> Quotient {
        Quotient { above, below: Polynomial::constant(BigRational::one()) }
    }

    /// The number that it is, if it is rational.
    pub(super) fn as_constant(&self) -> Option<BigRational> {
        let below = self.below.as_constant().filter(|below| !below.is_zero())?;
        Some(self.above.as_constant()? / below)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.above.is_zero()
    }

    /// Whether both are the same.
    pub(super) fn equals(&self, other: &Quotient) -> Option<bool> {
        Some(self.above.times(&other.below)? == other.above.times(&self.below)?)
    }

    /// The number by which the other has to be multiplied to give this one, if there is one.
    pub(super) fn factor_over(&self, other: &Quotient) -> Option<BigRational> {
        let (left, right) = (self.above.times(&other.below)?, other.above.times(&self.below)?);
        let factor = left.first_coefficient()? / right.first_coefficient()?;
        (left == right.scaled(&factor)).then_some(factor)
    }

    pub(super) fn minus(&self, other: &Quotient) -> Option<Quotient> {
        let minus_one = Quotient::constant(-BigRational::one());
        self.clone().plus(&other.times(&minus_one)?)
    }

    fn plus(self, other: &Quotient) -> Option<Quotient> {
        if self.below == other.below {
            return Some(Quotient { above: self.above.plus(&other.above)?, below: self.below });
        }
        let above = self.above.times(&other.below)?.plus(&other.above.times(&self.below)?)?;
        Quotient { above, below: self.below.times(&other.below)? }.folded()
    }

    fn times(&self, other: &Quotient) -> Option<Quotient> {
        let (above, below) = (self.above.times(&other.above)?, self.below.times(&other.below)?);
        Quotient { above, below }.folded()
    }

    fn inverted(self) -> Option<Quotient> {
        if self.above.is_zero() {
            return None;
        }
        Quotient { above: self.below, below: self.above }.folded()
    }

    /// Moves a lower polynomial of one term into the upper one.
    fn folded(self) -> Option<Quotient> {
        let Some((monomial, coefficient)) = self.below.as_term() else { return Some(self) };
        let inverse: Monomial = monomial.iter().map(|(atom, exponent)| (atom.clone(), -exponent)).collect();
        let (inverse, factor) = tidy(inverse)?;
        let inverse = Polynomial::term(inverse, factor / coefficient);
        Some(Quotient::whole(self.above.times(&inverse)?))
    }

    fn raised(self, exponent: &Quotient) -> Option<Quotient> {
        let Some(exponent) = exponent.as_constant() else {
            return Some(Quotient::name(format!("{self:?}^{exponent:?}")));
        };
        if exponent.is_integer() {
            return self.raised_whole(exponent.numer());
        }
        let is_product = self.below.as_constant().is_some_and(|below| below.is_one());
        match self.above.as_term().filter(|_| is_product) {
            Some((monomial, coefficient)) => root(monomial, coefficient, &exponent),
            None => Some(self.kept(exponent)),
        }
    }

    fn raised_whole(self, exponent: &BigInt) -> Option<Quotient> {
        let base = if exponent.is_negative() { self.inverted()? } else { self };
        let times = exponent.abs();
        let is_product = base.below.as_constant().is_some_and(|below| below.is_one());
        if let Some((monomial, coefficient)) = base.above.as_term().filter(|_| is_product) {
            let exponent = BigRational::from_integer(times.clone());
            let raised = monomial.iter().map(|(atom, part)| (atom.clone(), part * &exponent)).collect();
            let (raised, factor) = tidy(raised)?;
            return Some(Quotient::whole(Polynomial::term(raised, factor * power(coefficient, &times)?)));
        }
        let Some(times) = times.to_u32().filter(|times| *times <= HIGHEST_POWER_OF_SUM) else {
            return Some(base.kept(BigRational::from_integer(times)));
        };
        let mut product = Quotient::constant(BigRational::one());
        for _ in 0..times {
            product = product.times(&base)?;
        }
        Some(product)
    }

    /// A power that stays as it is.
    fn kept(self, exponent: BigRational) -> Quotient {
        Quotient::whole(Polynomial::name(format!("{self:?}"), exponent))
    }
}

/// A fractional power of a product: `\sqrt{8}` is 2·√2.
fn root(monomial: &Monomial, coefficient: &BigRational, exponent: &BigRational) -> Option<Quotient> {
    let mut atoms = Monomial::new();
    if coefficient.is_negative() {
        // (−1)^(n/2) is iⁿ. Other roots of negative numbers are complex, and are left out.
        if *exponent.denom() != BigInt::from(2) {
            return None;
        }
        atoms.insert(Atom::Imaginary, BigRational::from_integer(exponent.numer().clone()));
    }
    for (prime, times) in factors(&coefficient.numer().abs()) {
        *atoms.entry(Atom::Root(prime)).or_insert_with(BigRational::zero) += exponent * &times;
    }
    for (prime, times) in factors(coefficient.denom()) {
        *atoms.entry(Atom::Root(prime)).or_insert_with(BigRational::zero) -= exponent * &times;
    }
    for (atom, part) in monomial {
        let part = match atom {
            Atom::Imaginary => return None,
            Atom::Root(_) => part * exponent,
            // √x is x^(1/2), but √(x²) is not x.
            Atom::Name(_) if part.is_one() => exponent.clone(),
            Atom::Name(_) => {
                let whole = Quotient::whole(Polynomial::term(monomial.clone(), coefficient.clone()));
                return Some(whole.kept(exponent.clone()));
            }
        };
        *atoms.entry(atom.clone()).or_insert_with(BigRational::zero) += part;
    }
    let (atoms, factor) = tidy(atoms)?;
    Some(Quotient::whole(Polynomial::term(atoms, factor)))
}

/// Prime factors and how often each is one; a last factor without small divisors is taken for a prime, or for the
/// square of one.
fn factors(number: &BigInt) -> Vec<(BigInt, BigRational)> {
    let mut found = Vec::new();
    let mut rest = number.clone();
    for divisor in (2..=HIGHEST_DIVISOR).map(BigInt::from) {
        if &divisor * &divisor > rest {
            break;
        }
        let mut times = 0_i64;
        while (&rest % &divisor).is_zero() {
            rest /= &divisor;
            times += 1;
        }
        if times > 0 {
            found.push((divisor, BigRational::from_integer(times.into())));
        }
    }
    if !rest.is_one() && !rest.is_zero() {
        let root = rest.sqrt();
        let is_square = &root * &root == rest;
        let times = if is_square { 2 } else { 1 };
        found.push((if is_square { root } else { rest }, BigRational::from_integer(times.into())));
    }
    found
}

/// Functions with exact values; any other call stays as it is.
fn call(name: &str, arguments: &[Quotient]) -> Option<Quotient> {
    let numbers: Option<Vec<BigRational>> = arguments.iter().map(Quotient::as_constant).collect();
    let exact = match (name, numbers.as_deref()) {
        ("abs", Some([x])) => Some(x.abs()),
        ("floor", Some([x])) => Some(x.floor()),
        ("ceiling", Some([x])) => Some(x.ceil()),
        ("factorial", Some([n])) => factorial(n),
        ("binomial", Some([n, k])) => binomial(n, k),
        _ => None,
    };
    Some(match exact {
        Some(value) => Quotient::constant(value),
        None => Quotient::name(format!("{name}{arguments:?}")),
    })
}

fn small(number: &BigRational) -> Option<u32> {
    number.is_integer().then(|| number.to_u32())?.filter(|number| *number <= HIGHEST_FACTORIAL)
}

fn factorial(n: &BigRational) -> Option<BigRational> {
    let product: BigInt = (1..=small(n)?).map(BigInt::from).product();
    Some(BigRational::from_integer(product))
}

fn binomial(n: &BigRational, k: &BigRational) -> Option<BigRational> {
    let (n, k) = (small(n)?, small(k)?);
    let mut value = BigInt::one();
    for i in 0..k.min(n) {
        value = value * (n - i) / (i + 1);
    }
    Some(BigRational::from_integer(if k > n { BigInt::zero() } else { value }))
}
