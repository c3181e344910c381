//! The exact normal form of a formula: a quotient of two polynomials.

use super::polynomial::{Atom, Monomial, Polynomial, cost, cost_of_both, power, tidy};
use super::roots::{binomial, factorial, root};
use crate::fuel::Fuel;
use crate::tree::Node;
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Sums are multiplied out up to this power.
const HIGHEST_POWER_OF_SUM: u32 = 12;

/// Formulas that stay as they are get a name; longer ones come from hostile nesting.
const LONGEST_LABEL: usize = 2_000;

/// A quotient. The lower polynomial is 1 whenever it can be.
#[derive(Debug, Clone)]
pub(crate) struct Quotient {
    above: Polynomial,
    below: Polynomial,
}

impl Quotient {
    /// Returns the normal form of a formula, or nothing when it has none within the limits.
    pub(crate) fn of(node: &Node, fuel: &Fuel) -> Option<Quotient> {
        fuel.spend(12)?;
        match node {
            Node::Number { value, .. } => Some(Quotient::constant(value.clone())),
            Node::Symbol(name) | Node::Applied { label: name, .. } => Some(Quotient::name(name.clone())),
            Node::Imaginary => {
                let unit = Monomial::from([(Atom::Imaginary, BigRational::one())]);
                Some(Quotient::whole(Polynomial::term(unit, BigRational::one())))
            }
            Node::Pi => Some(Quotient::name("π".to_owned())),
            Node::Euler => Some(Quotient::name("e".to_owned())),
            Node::Infinity => Some(Quotient::name("∞".to_owned())),
            Node::Sum(parts) => {
                let mut sum = Quotient::constant(BigRational::zero());
                for part in parts {
                    sum = sum.plus(&Quotient::of(part, fuel)?, fuel)?;
                }
                Some(sum)
            }
            Node::Product(parts) => {
                let mut product = Quotient::constant(BigRational::one());
                for part in parts {
                    product = product.times(&Quotient::of(part, fuel)?, fuel)?;
                }
                Some(product)
            }
            Node::Percent(inside) => {
                let hundredth = Quotient::constant(BigRational::new(1.into(), 100.into()));
                Quotient::of(inside, fuel)?.times(&hundredth, fuel)
            }
            Node::Degrees(inside) | Node::Based { written: inside, .. } => Quotient::of(inside, fuel),
            Node::Power(base, exponent) => {
                Quotient::of(base, fuel)?.raised(&Quotient::of(exponent, fuel)?, fuel)
            }
            Node::Call(name, arguments) => {
                let arguments: Option<Vec<Quotient>> =
                    arguments.iter().map(|argument| Quotient::of(argument, fuel)).collect();
                call(name, &arguments?, fuel)
            }
        }
    }

    fn constant(value: BigRational) -> Quotient {
        Quotient { above: Polynomial::constant(value), below: Polynomial::constant(BigRational::one()) }
    }

    fn name(name: String) -> Quotient {
        Quotient::whole(Polynomial::name(name, BigRational::one()))
    }

    pub(super) fn whole(above: Polynomial) -> Quotient {
        Quotient { above, below: Polynomial::constant(BigRational::one()) }
    }

    /// The number that it is, if it is rational.
    pub(crate) fn as_constant(&self) -> Option<BigRational> {
        let below = self.below.as_constant().filter(|below| !below.is_zero())?;
        let above = self.above.as_constant()?;
        // Dividing by 1 takes as long as by anything.
        Some(if below.is_one() { above } else { above / below })
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.above.is_zero()
    }

    /// Whether it is made of numbers, names and their whole powers only, so that another one of these, which is not the
    /// same, is different.
    pub(crate) fn is_of_names(&self) -> bool {
        self.above.is_of_names() && self.below.is_of_names()
    }

    /// The whole number that is added in it, if there is one, and the rest.
    fn without_whole(&self, fuel: &Fuel) -> Option<(BigRational, Quotient)> {
        if !self.below.as_constant().is_some_and(|below| below.is_one()) {
            return None;
        }
        let whole = self.above.constant_term().floor();
        if whole.is_zero() {
            return None;
        }
        let rest = self.minus(&Quotient::constant(whole.clone()), fuel)?;
        Some((whole, rest))
    }

    fn has_negative_factor(&self) -> bool {
        self.above.as_term().is_some_and(|(_, coefficient)| coefficient.is_negative())
    }

    /// Whether both are 0 for the same values of their names, but for a number that one is multiplied by, and for names
    /// by which they are divided.
    pub(crate) fn has_numerator_of(&self, other: &Quotient) -> bool {
        let (left, right) = (self.above.cleared(), other.above.cleared());
        match (left.first_coefficient(), right.first_coefficient()) {
            (Some(first), Some(second)) => left == right.scaled(&(first / second)),
            _ => false,
        }
    }

    /// Whether both are the same.
    pub(crate) fn equals(&self, other: &Quotient, fuel: &Fuel) -> Option<bool> {
        if self.below == other.below {
            return Some(self.above == other.above);
        }
        Some(self.above.times(&other.below, fuel)? == other.above.times(&self.below, fuel)?)
    }

    /// The number by which the other has to be multiplied to give this one, if there is one.
    pub(crate) fn factor_over(&self, other: &Quotient, fuel: &Fuel) -> Option<BigRational> {
        let (left, right) = (self.above.times(&other.below, fuel)?, other.above.times(&self.below, fuel)?);
        let factor = left.first_coefficient()? / right.first_coefficient()?;
        (left == right.scaled(&factor)).then_some(factor)
    }

    pub(crate) fn minus(&self, other: &Quotient, fuel: &Fuel) -> Option<Quotient> {
        let minus_one = Quotient::constant(-BigRational::one());
        self.clone().plus(&other.times(&minus_one, fuel)?, fuel)
    }

    fn plus(self, other: &Quotient, fuel: &Fuel) -> Option<Quotient> {
        if self.below == other.below {
            return Some(Quotient { above: self.above.plus(&other.above, fuel)?, below: self.below });
        }
        let above =
            self.above.times(&other.below, fuel)?.plus(&other.above.times(&self.below, fuel)?, fuel)?;
        Quotient { above, below: self.below.times(&other.below, fuel)? }.folded(fuel)
    }

    fn times(&self, other: &Quotient, fuel: &Fuel) -> Option<Quotient> {
        let (above, below) = (self.above.times(&other.above, fuel)?, self.below.times(&other.below, fuel)?);
        Quotient { above, below }.folded(fuel)
    }

    fn inverted(self, fuel: &Fuel) -> Option<Quotient> {
        if self.above.is_zero() {
            return None;
        }
        Quotient { above: self.below, below: self.above }.folded(fuel)
    }

    /// Moves a lower polynomial of one term into the upper one.
    fn folded(self, fuel: &Fuel) -> Option<Quotient> {
        let Some((monomial, coefficient)) = self.below.as_term() else { return Some(self) };
        if monomial.is_empty() && coefficient.is_one() {
            return Some(self);
        }
        let inverse: Monomial = monomial.iter().map(|(atom, exponent)| (atom.clone(), -exponent)).collect();
        let (inverse, factor) = tidy(inverse, fuel)?;
        let inverse = Polynomial::term(inverse, factor / coefficient);
        Some(Quotient::whole(self.above.times(&inverse, fuel)?))
    }

    fn raised(self, exponent: &Quotient, fuel: &Fuel) -> Option<Quotient> {
        let Some(exponent) = exponent.as_constant() else {
            return self.raised_to_name(exponent, fuel);
        };
        if exponent.is_integer() {
            return self.raised_whole(exponent.numer(), fuel);
        }
        let is_product = self.below.as_constant().is_some_and(|below| below.is_one());
        match self.above.as_term().filter(|_| is_product) {
            Some((monomial, coefficient)) => match root(monomial, coefficient, &exponent, fuel) {
                Some(root) => Some(Quotient::whole(root)),
                None => self.kept(exponent, fuel),
            },
            None => self.kept(exponent, fuel),
        }
    }

    /// `2^x` stays as it is.
    fn raised_to_name(self, exponent: &Quotient, fuel: &Fuel) -> Option<Quotient> {
        Some(Quotient::name(format!("{}^{}", self.label(fuel)?, exponent.label(fuel)?)))
    }

    fn raised_whole(self, exponent: &BigInt, fuel: &Fuel) -> Option<Quotient> {
        let base = if exponent.is_negative() { self.inverted(fuel)? } else { self };
        let times = exponent.abs();
        let is_product = base.below.as_constant().is_some_and(|below| below.is_one());
        if let Some((monomial, coefficient)) = base.above.as_term().filter(|_| is_product) {
            let exponent = BigRational::from_integer(times.clone());
            for part in monomial.values() {
                fuel.spend(cost_of_both(part, &exponent))?;
            }
            let raised = monomial.iter().map(|(atom, part)| (atom.clone(), part * &exponent)).collect();
            let (raised, factor) = tidy(raised, fuel)?;
            let power = power(coefficient, &times)?;
            fuel.spend(cost(&power))?;
            let factor = factor * power;
            return Some(Quotient::whole(Polynomial::term(raised, factor)));
        }
        let Some(times) = times.to_u32().filter(|times| *times <= HIGHEST_POWER_OF_SUM) else {
            return base.kept(BigRational::from_integer(times), fuel);
        };
        let mut product = Quotient::constant(BigRational::one());
        for _ in 0..times {
            product = product.times(&base, fuel)?;
        }
        Some(product)
    }

    /// A power that stays as it is.
    fn kept(self, exponent: BigRational, fuel: &Fuel) -> Option<Quotient> {
        Some(Quotient::whole(Polynomial::name(self.label(fuel)?, exponent)))
    }

    /// The quotient as a name for itself, unless it is too long for one.
    fn label(&self, fuel: &Fuel) -> Option<String> {
        let label = format!("{}/{}", self.above.label(), self.below.label());
        fuel.spend(100 + u32::try_from(label.len()).ok()? / 4)?;
        (label.len() <= LONGEST_LABEL).then_some(label)
    }
}

/// Functions with exact values; any other call stays as it is.
fn call(name: &str, arguments: &[Quotient], fuel: &Fuel) -> Option<Quotient> {
    fuel.spend(100)?;
    // A negative factor does not come out of a root.
    if let ("power", [base, exponent]) = (name, arguments)
        && !base.has_negative_factor()
    {
        return base.clone().raised(exponent, fuel);
    }
    let numbers: Option<Vec<BigRational>> = arguments.iter().map(Quotient::as_constant).collect();
    let exact = match (name, numbers.as_deref()) {
        ("abs", Some([x])) => Some(x.abs()),
        ("floor", Some([x])) => Some(x.floor()),
        ("ceiling", Some([x])) => Some(x.ceil()),
        ("factorial", Some([n])) => factorial(n, 1, fuel),
        ("double factorial", Some([n])) => factorial(n, 2, fuel),
        ("binomial", Some([n, k])) => binomial(n, k, fuel),
        ("gcd", Some(numbers)) => whole_fold(numbers, BigInt::gcd),
        ("lcm", Some(numbers)) => whole_fold(numbers, BigInt::lcm),
        ("max", Some(numbers)) => numbers.iter().max().cloned(),
        ("min", Some(numbers)) => numbers.iter().min().cloned(),
        _ => None,
    };
    Some(match exact {
        Some(value) => Quotient::constant(value),
        None => {
            if let ("floor" | "ceiling", [argument]) = (name, arguments)
                && let Some((whole, rest)) = argument.without_whole(fuel)
            {
                // `⌊x + 1⌋` is `⌊x⌋ + 1`.
                return call(name, &[rest], fuel)?.plus(&Quotient::constant(whole), fuel);
            }
            let labels: Option<Vec<String>> = arguments.iter().map(|argument| argument.label(fuel)).collect();
            Quotient::name(format!("{name}({})", labels?.join(",")))
        }
    })
}

fn whole_fold(numbers: &[BigRational], join: fn(&BigInt, &BigInt) -> BigInt) -> Option<BigRational> {
    let mut whole = numbers.iter().map(|number| number.is_integer().then(|| number.numer().clone()));
    let first = whole.next()??;
    whole.try_fold(first, |joined, number| Some(join(&joined, &number?))).map(BigRational::from_integer)
}
