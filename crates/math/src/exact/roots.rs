//! Roots of products in lowest terms, factorials and binomials.

use super::polynomial::{Atom, Monomial, Polynomial, tidy};
use crate::fuel::Fuel;
use num_bigint::BigInt;
use num_integer::{Integer, Roots};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Divisors that are tried to simplify roots. What is left counts as prime, and the numeric comparison settles the rest.
const HIGHEST_DIVISOR: u128 = 2_000;

/// Larger arguments of factorials and binomials stay unevaluated.
const HIGHEST_FACTORIAL: u32 = 1_000;

/// A fractional power of a product: `\sqrt{8}` is 2·√2. Nothing where it has no normal form.
pub(super) fn root(
    monomial: &Monomial,
    coefficient: &BigRational,
    exponent: &BigRational,
    fuel: &Fuel,
) -> Option<Polynomial> {
    let mut atoms = Monomial::new();
    let mut sign = BigRational::one();
    if coefficient.is_negative() {
        if exponent.denom().is_odd() {
            // The cube root of −8 is −2.
            sign = if exponent.numer().is_odd() { -sign } else { sign };
        } else if *exponent.denom() == BigInt::from(2) && monomial.keys().all(is_number) {
            // (−1)^(n/2) is iⁿ. Other roots of negative numbers are left out, and √(−x) may be real.
            atoms.insert(Atom::Imaginary, BigRational::from_integer(exponent.numer().clone()));
        } else {
            return None;
        }
    }
    for (prime, times) in factors(&coefficient.numer().abs(), fuel)? {
        *atoms.entry(Atom::Root(prime)).or_insert_with(BigRational::zero) += exponent * &times;
    }
    for (prime, times) in factors(coefficient.denom(), fuel)? {
        *atoms.entry(Atom::Root(prime)).or_insert_with(BigRational::zero) -= exponent * &times;
    }
    for (atom, part) in monomial {
        let part = match atom {
            Atom::Root(_) => part * exponent,
            // √x is x^(1/2), but √(x²) is not x, and √(2π) is √2·√π only because π is positive.
            Atom::Name(name) if part.is_one() && (monomial.len() == 1 || is_positive(name)) => {
                exponent.clone()
            }
            Atom::Name(name) if is_positive(name) => part * exponent,
            Atom::Name(_) | Atom::Imaginary => return None,
        };
        *atoms.entry(atom.clone()).or_insert_with(BigRational::zero) += part;
    }
    let (atoms, factor) = tidy(atoms, fuel)?;
    Some(Polynomial::term(atoms, factor * sign))
}

fn is_number(atom: &Atom) -> bool {
    match atom {
        Atom::Root(_) => true,
        Atom::Name(name) => is_positive(name),
        Atom::Imaginary => false,
    }
}

fn is_positive(name: &str) -> bool {
    ["π", "e"].contains(&name)
}

/// Prime factors and how often each is one; a last factor without small divisors is taken for a prime, or for the
/// square of one.
fn factors(number: &BigInt, fuel: &Fuel) -> Option<Vec<(BigInt, BigRational)>> {
    let mut found = Vec::new();
    let rest = match number.to_u128() {
        Some(number) => BigInt::from(small_factors(number, &mut found, fuel)?),
        None => large_factors(number.clone(), &mut found, fuel)?,
    };
    if !rest.is_one() && !rest.is_zero() {
        let root = rest.sqrt();
        let is_square = &root * &root == rest;
        let times = if is_square { 2 } else { 1 };
        found.push((if is_square { root } else { rest }, BigRational::from_integer(times.into())));
    }
    Some(found)
}

fn small_factors(mut rest: u128, found: &mut Vec<(BigInt, BigRational)>, fuel: &Fuel) -> Option<u128> {
    let last = HIGHEST_DIVISOR.min(rest.sqrt());
    fuel.spend(u32::try_from(last / 8).unwrap_or(u32::MAX))?;
    for divisor in 2..=last {
        if divisor * divisor > rest {
            break;
        }
        let mut times = 0_i64;
        while rest.is_multiple_of(divisor) {
            rest /= divisor;
            times += 1;
        }
        if times > 0 {
            found.push((BigInt::from(divisor), BigRational::from_integer(times.into())));
        }
    }
    Some(rest)
}

fn large_factors(mut rest: BigInt, found: &mut Vec<(BigInt, BigRational)>, fuel: &Fuel) -> Option<BigInt> {
    for divisor in 2..=(HIGHEST_DIVISOR as u32) {
        fuel.spend(1 + u32::try_from(rest.bits() / 512).unwrap_or(u32::MAX / 2))?;
        let mut times = 0_i64;
        while (&rest % divisor).is_zero() {
            fuel.spend(2 + u32::try_from(rest.bits() / 512).unwrap_or(u32::MAX / 2))?;
            rest /= divisor;
            times += 1;
        }
        if times > 0 {
            found.push((BigInt::from(divisor), BigRational::from_integer(times.into())));
        }
    }
    Some(rest)
}

fn small(number: &BigRational) -> Option<u32> {
    number.is_integer().then(|| number.to_u32())?.filter(|number| *number <= HIGHEST_FACTORIAL)
}

/// The product of n, n less a step, and so on down to 1.
pub(super) fn factorial(n: &BigRational, step: u32, fuel: &Fuel) -> Option<BigRational> {
    let n = small(n)?;
    fuel.spend(n * (1 + n / 64))?;
    let product: BigInt = (1..=n).rev().step_by(step as usize).map(BigInt::from).product();
    Some(BigRational::from_integer(product))
}

pub(super) fn binomial(n: &BigRational, k: &BigRational, fuel: &Fuel) -> Option<BigRational> {
    let (n, k) = (small(n)?, small(k)?);
    if k > n {
        return Some(BigRational::zero());
    }
    fuel.spend(n * 2)?;
    let mut value = BigInt::one();
    for i in 0..k.min(n - k) {
        value = value * (n - i) / (i + 1);
    }
    Some(BigRational::from_integer(value))
}
