//! Sums of products with exact coefficients: rational numbers, times names and roots with rational exponents.

use crate::fuel::Fuel;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::{BTreeMap, BTreeSet};

/// Larger numbers come from hostile powers.
const MOST_BITS: u64 = 20_000;

/// More terms come from hostile powers of sums.
const MOST_TERMS: usize = 400;

/// Longer polynomials are left as they are, as each name is looked up in each term.
const MOST_CLEARED: usize = 20;

/// What a product is made of, besides its coefficient.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Atom {
    /// The root of −1.
    Imaginary,
    /// A whole number under a root.
    Root(BigInt),
    /// A symbol, a constant, or a formula that stays as it is.
    Name(String),
}

/// Atoms with their exponents.
pub(crate) type Monomial = BTreeMap<Atom, BigRational>;

/// Products with their coefficients, none of which is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Polynomial(BTreeMap<Monomial, BigRational>);

impl Polynomial {
    pub(crate) fn constant(value: BigRational) -> Polynomial {
        Polynomial::term(Monomial::new(), value)
    }

    pub(crate) fn term(monomial: Monomial, coefficient: BigRational) -> Polynomial {
        let is_zero = coefficient.is_zero();
        Polynomial(if is_zero { BTreeMap::new() } else { BTreeMap::from([(monomial, coefficient)]) })
    }

    pub(crate) fn name(name: String, exponent: BigRational) -> Polynomial {
        Polynomial::term(Monomial::from([(Atom::Name(name), exponent)]), BigRational::one())
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// What is added without atoms.
    pub(crate) fn constant_term(&self) -> BigRational {
        self.0.get(&Monomial::new()).cloned().unwrap_or_else(BigRational::zero)
    }

    /// Whether only names with whole exponents are in it, none of which stands for a formula.
    pub(crate) fn is_of_names(&self) -> bool {
        let is_plain = |atom: &Atom| match atom {
            Atom::Imaginary => true,
            Atom::Root(_) => false,
            Atom::Name(name) => !name.contains(['(', '/', '^', '∞']),
        };
        self.0.keys().flatten().all(|(atom, exponent)| is_plain(atom) && exponent.is_integer())
    }

    /// The value, if it has no atoms.
    pub(crate) fn as_constant(&self) -> Option<BigRational> {
        match self.as_term() {
            None if self.is_zero() => Some(BigRational::zero()),
            Some((monomial, coefficient)) if monomial.is_empty() => Some(coefficient.clone()),
            _ => None,
        }
    }

    /// The only term.
    pub(crate) fn as_term(&self) -> Option<(&Monomial, &BigRational)> {
        self.0.iter().next().filter(|_| self.0.len() == 1)
    }

    /// The coefficient of the first term in the order of monomials.
    pub(crate) fn first_coefficient(&self) -> Option<&BigRational> {
        self.0.values().next()
    }

    pub(crate) fn scaled(&self, factor: &BigRational) -> Polynomial {
        let terms = self.0.iter().map(|(monomial, coefficient)| (monomial.clone(), coefficient * factor));
        Polynomial(terms.filter(|(_, coefficient)| !coefficient.is_zero()).collect())
    }

    /// Multiplied by names so that it is divided by none.
    pub(crate) fn cleared(&self) -> Polynomial {
        let mut least: Monomial = Monomial::new();
        if self.0.len() > MOST_CLEARED {
            return self.clone();
        }
        let atoms: BTreeSet<&Atom> = self.0.keys().flat_map(|monomial| monomial.keys()).collect();
        for atom in atoms {
            let powers =
                self.0.keys().map(|monomial| monomial.get(atom).cloned().unwrap_or_else(BigRational::zero));
            if let Some(power) = powers.min().filter(BigRational::is_negative) {
                least.insert(atom.clone(), power);
            }
        }
        let shifted = |monomial: &Monomial| {
            let mut shifted = monomial.clone();
            for (atom, power) in &least {
                let power = shifted.remove(atom).unwrap_or_else(BigRational::zero) - power;
                if !power.is_zero() {
                    shifted.insert(atom.clone(), power);
                }
            }
            shifted
        };
        Polynomial(self.0.iter().map(|(monomial, factor)| (shifted(monomial), factor.clone())).collect())
    }

    pub(crate) fn plus(mut self, other: &Polynomial, fuel: &Fuel) -> Option<Polynomial> {
        fuel.spend(other.cost())?;
        for (monomial, coefficient) in &other.0 {
            let sum = match self.0.remove(monomial) {
                Some(known) => {
                    fuel.spend(cost_of_both(&known, coefficient))?;
                    sum_of(&known, coefficient)
                }
                None => coefficient.clone(),
            };
            if !sum.is_zero() {
                self.0.insert(monomial.clone(), sum);
            }
        }
        self.within_limits()
    }

    pub(crate) fn times(&self, other: &Polynomial, fuel: &Fuel) -> Option<Polynomial> {
        if self.0.len().saturating_mul(other.0.len()) > MOST_TERMS {
            return None;
        }
        let mut sum = Polynomial(BTreeMap::new());
        for (left, left_coefficient) in &self.0 {
            for (right, right_coefficient) in &other.0 {
                fuel.spend(cost_of_monomial(left).saturating_add(cost_of_monomial(right)))?;
                fuel.spend(cost_of_both(left_coefficient, right_coefficient))?;
                let (monomial, factor) = product(left, right, fuel)?;
                fuel.spend(cost_of_both(&factor, left_coefficient))?;
                let factor = product_of(&factor, left_coefficient);
                let term = Polynomial::term(monomial, product_of(&factor, right_coefficient));
                sum = sum.plus(&term, fuel)?;
            }
        }
        Some(sum)
    }

    /// The polynomial as a name for itself.
    pub(crate) fn label(&self) -> String {
        let mut label = String::new();
        for (monomial, coefficient) in &self.0 {
            label += &format!("+{coefficient}");
            for (atom, exponent) in monomial {
                match atom {
                    Atom::Imaginary => label.push('i'),
                    Atom::Root(radicand) => label += &format!("√{radicand}"),
                    Atom::Name(name) => label += &format!("[{name}]"),
                }
                label += &format!("^{exponent}");
            }
        }
        label
    }

    /// What it costs to touch every term once.
    fn cost(&self) -> u32 {
        let costs = self
            .0
            .iter()
            .map(|(monomial, coefficient)| cost_of_monomial(monomial).saturating_add(cost(coefficient)));
        costs.fold(0, u32::saturating_add)
    }

    fn within_limits(self) -> Option<Polynomial> {
        let is_small = |value: &BigRational| value.numer().bits().max(value.denom().bits()) <= MOST_BITS;
        (self.0.len() <= MOST_TERMS && self.0.values().all(is_small)).then_some(self)
    }
}

/// Whole numbers are in lowest terms as they are: looking for a common factor would take most of the time.
fn product_of(left: &BigRational, right: &BigRational) -> BigRational {
    match left.is_integer() && right.is_integer() {
        true => BigRational::from_integer(left.numer() * right.numer()),
        false => left * right,
    }
}

fn sum_of(left: &BigRational, right: &BigRational) -> BigRational {
    match left.is_integer() && right.is_integer() {
        true => BigRational::from_integer(left.numer() + right.numer()),
        false => left + right,
    }
}

/// What arithmetic with a number of this size costs.
pub(crate) fn cost(value: &BigRational) -> u32 {
    cost_of_bits(value.numer().bits() + value.denom().bits())
}

/// What a sum or a product of two numbers costs.
pub(crate) fn cost_of_both(left: &BigRational, right: &BigRational) -> u32 {
    cost_of_bits(left.numer().bits() + left.denom().bits() + right.numer().bits() + right.denom().bits())
}

/// A fraction is kept in lowest terms, which takes a step for each bit, and of long ones the square of their length,
/// whatever is below.
fn cost_of_bits(bits: u64) -> u32 {
    let words = bits / 64;
    u32::try_from(4 + (bits / 8).max(words + words * words * 2)).unwrap_or(u32::MAX)
}

fn cost_of_monomial(monomial: &Monomial) -> u32 {
    monomial.values().map(|exponent| 4 + cost(exponent)).fold(4, u32::saturating_add)
}

/// The product of two monomials, and the number that comes out of its roots.
fn product(left: &Monomial, right: &Monomial, fuel: &Fuel) -> Option<(Monomial, BigRational)> {
    let mut joined = left.clone();
    for (atom, exponent) in right {
        *joined.entry(atom.clone()).or_insert_with(BigRational::zero) += exponent;
    }
    tidy(joined, fuel)
}

/// Takes whole powers out of roots and drops exponents of 0.
pub(crate) fn tidy(monomial: Monomial, fuel: &Fuel) -> Option<(Monomial, BigRational)> {
    let mut factor = BigRational::one();
    let mut tidied = Monomial::new();
    for (atom, mut exponent) in monomial {
        match &atom {
            Atom::Root(radicand) => {
                let whole = exponent.floor();
                let raised = power(&BigRational::from_integer(radicand.clone()), &whole.to_integer())?;
                fuel.spend(cost_of_both(&factor, &raised))?;
                factor *= raised;
                exponent -= whole;
            }
            Atom::Imaginary => {
                let four = BigRational::from_integer(4.into());
                let two = BigRational::from_integer(2.into());
                exponent -= (&exponent / &four).floor() * &four;
                if exponent >= two {
                    factor = -factor;
                    exponent -= two;
                }
            }
            Atom::Name(_) => {}
        }
        if !exponent.is_zero() {
            tidied.insert(atom, exponent);
        }
    }
    Some((tidied, factor))
}

/// A whole power of a number, if it is not too large to be written down.
pub(crate) fn power(base: &BigRational, exponent: &BigInt) -> Option<BigRational> {
    let times = exponent.abs().to_u64()?;
    let is_trivial = base.abs().is_one() || base.is_zero();
    let bits = base.numer().bits().max(base.denom().bits());
    if !is_trivial && bits.saturating_mul(times) > MOST_BITS {
        return None;
    }
    if base.is_zero() && exponent.is_negative() {
        return None;
    }
    let times = if is_trivial { (times % 2) + 2 * u64::from(times > 0) } else { times };
    Some(base.pow(i32::try_from(times).ok()? * if exponent.is_negative() { -1 } else { 1 }))
}
