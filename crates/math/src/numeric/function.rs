//! Functions of formulas, with complex values where they have them.

use super::complex::Complex;
use super::lost::{Lost, Valued};
use super::real::{self, Real};
use num_integer::Integer;
use num_traits::Signed;

/// Larger arguments of factorials and binomials have no value here.
const LARGEST_FACTORIAL: i64 = 400;

/// Factorials from this on are beyond all numbers that are computed with.
const HUGE_FACTORIAL: i64 = 1_000;

/// Returns the value of a function, if it is known and has one there.
pub(super) fn call(name: &str, values: &[Complex]) -> Valued<Complex> {
    let reals: Option<Vec<&Real>> = values.iter().map(Complex::as_real).collect();
    let extreme = |is_better: fn(&Real, &Real) -> bool| {
        let mut reals = reals.clone().ok_or(Lost::NoValue)?.into_iter();
        let first = reals.next().ok_or(Lost::NoValue)?;
        Ok(Complex::of(
            reals.fold(first, |best, next| if is_better(next, best) { next } else { best }).clone(),
        ))
    };
    match (name, values) {
        ("euler_gamma", []) => Ok(Complex::of(euler_gamma()?)),
        ("ln", [x]) => x.ln(),
        ("log", [x, base]) => x.ln()?.times(&base.ln()?.inverted()?),
        ("abs", [x]) => x.magnitude().map(Complex::of),
        ("max", _) => extreme(|next, best| next > best),
        ("min", _) => extreme(|next, best| next < best),
        ("conjugate", [x]) => Ok(Complex { real: x.real.clone(), imaginary: x.imaginary.negated() }),
        ("principal" | "power", [x, exponent]) => x.raised(exponent),
        ("re", [x]) => Ok(Complex::of(x.real.clone())),
        ("im", [x]) => Ok(Complex::of(x.imaginary.clone())),
        ("sin" | "cos" | "tan" | "cot" | "sec" | "csc", [x]) if x.as_real().is_none() => {
            of_complex_angle(name, x)
        }
        ("sinh" | "cosh" | "tanh", [x]) => hyperbolic(name, x),
        _ => match reals.ok_or(Lost::NoValue)?.as_slice() {
            [x] => one(name, x).map(Complex::of),
            [n, k] if name == "binomial" => binomial(small(n)?, small(k)?).map(Complex::of),
            [n, k] if name == "gcd" || name == "lcm" => divisors(name, small(n)?, small(k)?),
            _ => Err(Lost::NoValue),
        },
    }
}

/// Euler's constant to 50 digits.
fn euler_gamma() -> Valued<Real> {
    const DIGITS: &str = "57721566490153286060651209008240243104215933593992";
    let digits = DIGITS.parse::<num_bigint::BigInt>().map_err(|_| Lost::Unknown)?;
    let unit = num_bigint::BigInt::from(10).pow(DIGITS.len() as u32);
    Real::of(&num_rational::BigRational::new(digits, unit))
}

fn hyperbolic(name: &str, x: &Complex) -> Valued<Complex> {
    let up = x.exp().map_err(Lost::on_the_way)?;
    let down = up.inverted()?;
    match name {
        "sinh" => halved(&up.minus(&down)?),
        "cosh" => halved(&up.plus(&down)?),
        _ => up.minus(&down)?.times(&up.plus(&down)?.inverted()?),
    }
}

/// A small whole number, of which functions of whole numbers have a value.
fn small(x: &Real) -> Valued<i64> {
    x.as_small().ok_or(if x.is_whole() { Lost::Unknown } else { Lost::NoValue })
}

/// By Euler's formula.
fn of_complex_angle(name: &str, x: &Complex) -> Valued<Complex> {
    let turned = Complex::unit().times(x)?.exp()?;
    let back = turned.inverted()?;
    let cosine = || halved(&turned.plus(&back)?);
    let sine = || halved(&turned.minus(&back)?)?.times(&Complex::unit().inverted()?);
    match name {
        "sin" => sine(),
        "cos" => cosine(),
        "tan" => sine()?.times(&cosine()?.inverted()?),
        "cot" => cosine()?.times(&sine()?.inverted()?),
        "sec" => cosine()?.inverted(),
        _ => sine()?.inverted(),
    }
}

fn halved(value: &Complex) -> Valued<Complex> {
    Ok(Complex { real: value.real.halved()?, imaginary: value.imaginary.halved()? })
}

fn divisors(name: &str, n: i64, k: i64) -> Valued<Complex> {
    let common = n.gcd(&k);
    let value =
        if name == "gcd" { common } else { (n / common.max(1)).checked_mul(k).ok_or(Lost::Unknown)?.abs() };
    Ok(Complex::whole(value))
}

fn one(name: &str, x: &Real) -> Valued<Real> {
    match name {
        "arcsin" | "arccos" | "arccot" | "arcsec" | "arccsc" | "arctan" => {
            arc(name, x).map_err(Lost::on_the_way)
        }
        "floor" => x.floor(),
        "ceiling" => x.ceiling(),
        "factorial" => factorial(x, 1),
        "double factorial" => factorial(x, 2),
        _ => angle(name, x),
    }
}

fn angle(name: &str, x: &Real) -> Valued<Real> {
    let one = Real::whole(1);
    match name {
        "sin" => x.sin(),
        "cos" => x.cos(),
        "tan" => x.sin()?.over(&x.cos()?),
        "cot" => x.cos()?.over(&x.sin()?),
        "sec" => one.over(&x.cos()?),
        "csc" => one.over(&x.sin()?),
        _ => Err(Lost::NoValue),
    }
}

fn arc(name: &str, x: &Real) -> Valued<Real> {
    let one = Real::whole(1);
    match name {
        "arcsin" => x.angle(&one.minus(&x.times(x)?)?.sqrt()?),
        "arccos" => one.minus(&x.times(x)?)?.sqrt()?.angle(x),
        "arctan" => x.arctan(),
        "arccot" => one.angle(x),
        "arcsec" => one.minus(&one.over(&x.times(x)?)?)?.sqrt()?.angle(&one.over(x)?),
        _ => one.over(x)?.angle(&one.minus(&one.over(&x.times(x)?)?)?.sqrt()?),
    }
}

/// The product of x, x less a step, and so on.
fn factorial(x: &Real, step: usize) -> Valued<Real> {
    if x.is_negative() || !x.is_whole() {
        return Err(Lost::NoValue);
    }
    match x.as_small() {
        Some(n) if n <= LARGEST_FACTORIAL => {
            let mut factors = (1..=n).rev().step_by(step);
            factors.try_fold(Real::whole(1), |product, factor| product.times(&Real::whole(factor)))
        }
        Some(n) if n < HUGE_FACTORIAL => Err(Lost::Unknown),
        _ => Err(Lost::Huge),
    }
}

fn binomial(n: i64, k: i64) -> Valued<Real> {
    if !(0..=n).contains(&k) {
        return Err(Lost::NoValue);
    }
    if n > LARGEST_FACTORIAL {
        return Err(Lost::Unknown);
    }
    let mut value = num_bigint::BigInt::from(1);
    for i in 0..k.min(n - k) {
        value = value * (n - i) / (i + 1);
    }
    debug_assert!(!value.is_negative());
    real::whole(&value)
}
