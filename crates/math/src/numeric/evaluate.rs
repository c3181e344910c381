//! Evaluates formulas.

use super::complex::Complex;
use super::real::{self, Real};
use crate::fuel::Fuel;
use crate::tree::Node;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::cell::RefCell;

/// Larger arguments of factorials and binomials have no value here.
const LARGEST_FACTORIAL: i64 = 400;

/// What an elementary operation and a function of the library cost.
const STEP: u32 = 8;
const FUNCTION: u32 = 250;

/// Values of the names in a formula, and the largest number that was added on the way, which bounds rounding errors.
pub(crate) struct Names<'a> {
    pub(crate) value_of: &'a dyn Fn(&str) -> Option<Complex>,
    pub(crate) fuel: &'a Fuel,
    pub(crate) largest: RefCell<Real>,
}

/// Returns the value of a formula without names, if it is real.
pub(crate) fn number(node: &Node, fuel: &Fuel) -> Option<Real> {
    let names = Names { value_of: &|_| None, fuel, largest: RefCell::new(Real::zero()) };
    at(node, &names)?.as_real().cloned()
}

/// Returns the value of a formula whose names have these values.
pub(crate) fn at(node: &Node, names: &Names) -> Option<Complex> {
    names.fuel.spend(STEP)?;
    match node {
        Node::Number { value, .. } => Some(Complex::of(Real::of(value)?)),
        Node::Symbol(name) => (names.value_of)(name),
        Node::Imaginary => Some(Complex::unit()),
        Node::Pi => Some(Complex::of(Real::pi()?)),
        Node::Euler => {
            names.fuel.spend(FUNCTION)?;
            Complex::whole(1).exp()
        }
        Node::Infinity => None,
        Node::Sum(parts) => sum(parts, names),
        Node::Product(parts) => {
            let mut product = Complex::whole(1);
            for part in parts {
                product = product.times(&at(part, names)?)?;
            }
            Some(product)
        }
        Node::Power(base, exponent) => power(base, exponent, names),
        Node::Percent(inside) => {
            at(inside, names)?.times(&Complex::of(Real::whole(1).over(&Real::whole(100))?))
        }
        Node::Degrees(inside) | Node::Based { written: inside, .. } => at(inside, names),
        Node::Call(name, arguments) => {
            let values: Option<Vec<Complex>> = arguments.iter().map(|argument| at(argument, names)).collect();
            names.fuel.spend(FUNCTION)?;
            call(name, &values?)
        }
    }
}

fn sum(parts: &[Node], names: &Names) -> Option<Complex> {
    let mut sum = Complex::whole(0);
    for part in parts {
        let value = at(part, names)?;
        let size = value.magnitude()?;
        if size > *names.largest.borrow() {
            names.largest.replace(size);
        }
        sum = sum.plus(&value)?;
    }
    Some(sum)
}

fn power(base: &Node, exponent: &Node, names: &Names) -> Option<Complex> {
    names.fuel.spend(FUNCTION)?;
    let value = at(base, names)?;
    if let Some(exponent) = literal(exponent) {
        if exponent == BigRational::new(1.into(), 2.into()) {
            return value.sqrt();
        }
        // The cube root of −8 is −2, as everyone means it who does not speak of complex numbers.
        let negative = value.as_real().filter(|real| real.is_negative());
        if let Some(negative) = negative.filter(|_| exponent.denom().is_odd() && !exponent.is_integer()) {
            let size = negative.negated().ln()?.times(&Real::of(&exponent)?)?.exp()?;
            return Some(Complex::of(if exponent.numer().is_odd() { size.negated() } else { size }));
        }
    }
    value.raised(&at(exponent, names)?)
}

/// The number that an exponent is when it is written as one.
fn literal(node: &Node) -> Option<BigRational> {
    match node {
        Node::Number { value, .. } => Some(value.clone()),
        Node::Product(parts) => parts.iter().map(literal).product(),
        Node::Power(base, exponent) => {
            let (base, exponent) = (literal(base)?, literal(exponent)?);
            let is_inverse = exponent == BigRational::from_integer((-1).into()) && !base.is_zero();
            is_inverse.then(|| base.recip())
        }
        _ => None,
    }
}

fn call(name: &str, values: &[Complex]) -> Option<Complex> {
    let reals: Option<Vec<&Real>> = values.iter().map(Complex::as_real).collect();
    let extreme = |is_better: fn(&Real, &Real) -> bool| {
        let mut reals = reals.clone()?.into_iter();
        let first = reals.next()?;
        Some(Complex::of(
            reals.fold(first, |best, next| if is_better(next, best) { next } else { best }).clone(),
        ))
    };
    match (name, values) {
        ("ln", [x]) => x.ln(),
        ("log", [x, base]) => x.ln()?.times(&base.ln()?.inverted()?),
        ("abs", [x]) => x.magnitude().map(Complex::of),
        ("max", _) => extreme(|next, best| next > best),
        ("min", _) => extreme(|next, best| next < best),
        ("conjugate", [x]) => Some(Complex { real: x.real.clone(), imaginary: x.imaginary.negated() }),
        ("principal", [x, exponent]) => x.raised(exponent),
        ("re", [x]) => Some(Complex::of(x.real.clone())),
        ("im", [x]) => Some(Complex::of(x.imaginary.clone())),
        ("sin" | "cos" | "tan" | "cot" | "sec" | "csc", [x]) if x.as_real().is_none() => {
            of_complex_angle(name, x)
        }
        ("sinh", [x]) => halved(&x.exp()?.minus(&x.exp()?.inverted()?)?),
        ("cosh", [x]) => halved(&x.exp()?.plus(&x.exp()?.inverted()?)?),
        ("tanh", [x]) => {
            let (up, down) = (x.exp()?, x.exp()?.inverted()?);
            up.minus(&down)?.times(&up.plus(&down)?.inverted()?)
        }
        _ => match reals?.as_slice() {
            [x] => one(name, x).map(Complex::of),
            [n, k] if name == "binomial" => binomial(n.as_small()?, k.as_small()?).map(Complex::of),
            [n, k] if name == "gcd" || name == "lcm" => divisors(name, n.as_small()?, k.as_small()?),
            _ => None,
        },
    }
}

/// By Euler's formula.
fn of_complex_angle(name: &str, x: &Complex) -> Option<Complex> {
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

fn halved(value: &Complex) -> Option<Complex> {
    Some(Complex { real: value.real.halved()?, imaginary: value.imaginary.halved()? })
}

fn divisors(name: &str, n: i64, k: i64) -> Option<Complex> {
    let common = n.gcd(&k);
    let value = if name == "gcd" { common } else { (n / common.max(1)).checked_mul(k)?.abs() };
    Some(Complex::whole(value))
}

fn one(name: &str, x: &Real) -> Option<Real> {
    let one = Real::whole(1);
    match name {
        "sin" => x.sin(),
        "cos" => x.cos(),
        "tan" => x.sin()?.over(&x.cos()?),
        "cot" => x.cos()?.over(&x.sin()?),
        "sec" => one.over(&x.cos()?),
        "csc" => one.over(&x.sin()?),
        "arcsin" => x.angle(&one.minus(&x.times(x)?)?.sqrt()?),
        "arccos" => one.minus(&x.times(x)?)?.sqrt()?.angle(x),
        "arctan" => x.arctan(),
        "arccot" => one.angle(x),
        "arcsec" => one.minus(&one.over(&x.times(x)?)?)?.sqrt()?.angle(&one.over(x)?),
        "arccsc" => one.over(x)?.angle(&one.minus(&one.over(&x.times(x)?)?)?.sqrt()?),
        "floor" => Some(x.floor()),
        "ceiling" => Some(x.ceiling()),
        "factorial" => factorial(x.as_small()?),
        _ => None,
    }
}

fn factorial(n: i64) -> Option<Real> {
    let is_fine = (0..=LARGEST_FACTORIAL).contains(&n);
    if is_fine {
        (1..=n).try_fold(Real::whole(1), |product, factor| product.times(&Real::whole(factor)))
    } else {
        None
    }
}

fn binomial(n: i64, k: i64) -> Option<Real> {
    if !(0..=n).contains(&k) || n > LARGEST_FACTORIAL {
        return None;
    }
    let mut value = num_bigint::BigInt::from(1);
    for i in 0..k.min(n - k) {
        value = value * (n - i) / (i + 1);
    }
    debug_assert!(!value.is_negative());
    real::whole(&value)
}
