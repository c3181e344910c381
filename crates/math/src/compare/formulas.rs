//! Asks whether two formulas are the same: exactly, rounded, or numerically.

use super::chopped::is_chopped;
use super::floats::{in_floats, in_polynomials};
use super::kept::{as_symbols, frozen};
use super::rounding::half_even;
use crate::exact::{Quotient, cost};
use crate::fuel::Fuel;
use crate::numeric::{Complex, Lost, Names, Real, Valued, at, number};
use crate::rules::Reading;
use crate::tree::Node;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::cell::RefCell;

/// How far apart, relative to their size, numbers that stand for the same value may be: 2 to the minus this.
const AGREEMENT: isize = 100;

/// The same relative to the largest number that was added on the way, where little is left of a difference.
const CANCELLED: isize = 140;

/// Larger rests of differences than 2 to the minus this may be values of their own.
const LARGEST_REST: isize = 64;

/// Where formulas with names are evaluated, in millionths: no simple numbers, so that two formulas do not agree there
/// by chance, and of both signs, so that √(x²) is not x.
const POINTS: [i64; 6] = [618_217, -1_732_913, 2_414_527, -273_861, 3_302_776, -2_718_059];

/// At so many of them; two are of either sign.
const LOOKS: usize = 4;
const POINTS_UNIT: i64 = 1_000_000;

/// Formulas of pieces are looked at so many times further out, too.
const FAR: [i64; 2] = [40, 10_000];

/// What the names of a formula stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamesAre {
    /// Real numbers.
    Real,
    /// Real numbers, of which all may be negative.
    AnyReal,
    /// Complex numbers, as for SymPy when nothing is said of them: |x|² is not x².
    Complex,
}

/// Returns whether two formulas are the same.
pub(super) fn same(target: &Node, answer: &Node, reading: Reading, fuel: &Fuel) -> bool {
    if target == answer {
        return true;
    }
    if reading == Reading::MathVerify {
        return same_as_kept(target, answer, fuel);
    }
    same_by_value(target, answer, reading, fuel)
}

/// The same where decimals in functions of names stay what they are, and a symbol is only what is written like it.
fn same_as_kept(target: &Node, answer: &Node, fuel: &Fuel) -> bool {
    if let Some(verdict) = as_symbols(target, answer) {
        return verdict;
    }
    // Each is gone through some times before anything is computed.
    if fuel.spend(target.size().saturating_add(answer.size())).is_none() {
        return false;
    }
    let Some((target, answer)) = frozen(target, fuel).zip(frozen(answer, fuel)) else { return false };
    if target == answer {
        return true;
    }
    match in_floats(&target, &answer, fuel).or_else(|| in_polynomials(&target, &answer, fuel)) {
        Some(verdict) => verdict,
        None => same_by_value(&target, &answer, Reading::MathVerify, fuel),
    }
}

fn same_by_value(target: &Node, answer: &Node, reading: Reading, fuel: &Fuel) -> bool {
    if reading == Reading::Meant
        && let Some(verdict) = in_bases(target, answer, fuel)
    {
        return verdict;
    }
    if let (Some(left), Some(right)) = (whole_or_percent(target, reading), whole_or_percent(answer, reading))
    {
        // 10 is accepted for 10%.
        if left == right {
            return true;
        }
    }
    let exact = Quotient::of(target, fuel).zip(Quotient::of(answer, fuel));
    let are_same_exactly = exact.as_ref().and_then(|(left, right)| left.equals(right, fuel));
    if are_same_exactly == Some(true) {
        return true;
    }
    if reading == Reading::Meant && in_radians(target, answer, fuel) {
        return true;
    }
    if is_decimal(target) || is_decimal(answer) {
        if is_whole(target) || is_whole(answer) {
            return false;
        }
        return match (decimal(target, fuel), decimal(answer, fuel)) {
            (Ok(left), Ok(right)) => half_even(&left) == half_even(&right),
            (left, right) => {
                if !differ_for_sure(left.err(), right.err()) {
                    fuel.doubt();
                }
                false
            }
        };
    }
    if reading == Reading::MathVerify && is_chopped(target, answer, fuel) {
        return true;
    }
    let are_of_names = |(left, right): &(Quotient, Quotient)| left.is_of_names() && right.is_of_names();
    let is_decided = are_same_exactly == Some(false) && exact.as_ref().is_some_and(are_of_names);
    if reading == Reading::Meant && is_decided {
        return false;
    }
    let are_rational =
        exact.is_some_and(|(left, right)| left.as_constant().is_some() && right.as_constant().is_some());
    let has_logarithm = has_logarithm(target) || has_logarithm(answer);
    let is_apart = reading == Reading::MathVerify && has_logarithm;
    let names = if is_apart { NamesAre::AnyReal } else { NamesAre::Real };
    !are_rational
        && agree(target, answer, names, fuel)
        && (reading == Reading::MathVerify || !are_apart_elsewhere(target, answer, fuel))
}

/// Whether formulas that are put together of pieces, and that agree near zero, are apart elsewhere: |x+10| is x+10 only
/// from −10 on. Steps, as of ⌊x⌋, may lie anywhere, so that agreement says nothing.
fn are_apart_elsewhere(target: &Node, answer: &Node, fuel: &Fuel) -> bool {
    let pieces = pieces(target).max(pieces(answer));
    if pieces == Pieces::Steps {
        fuel.doubt();
        return true;
    }
    pieces == Pieces::Some && FAR.into_iter().any(|scale| is_apart_at(target, answer, scale, fuel))
}

/// How a formula is put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pieces {
    /// Of one piece, as far as is known.
    One,
    /// Of some pieces, as |x| and √(x²) are.
    Some,
    /// Of steps.
    Steps,
}

fn pieces(node: &Node) -> Pieces {
    let of_parts = |parts: &[Node]| parts.iter().map(pieces).max().unwrap_or(Pieces::One);
    match node {
        Node::Call("floor" | "ceiling", parts) if parts.iter().any(Node::has_symbols) => Pieces::Steps,
        Node::Call("abs" | "max" | "min", parts) if parts.iter().any(Node::has_symbols) => {
            of_parts(parts).max(Pieces::Some)
        }
        Node::Call(_, parts) | Node::Sum(parts) | Node::Product(parts) => of_parts(parts),
        Node::Power(base, exponent) => {
            let is_root = matches!(**exponent, Node::Number { ref value, .. } if !value.is_integer());
            let own = if is_root && base.has_symbols() { Pieces::Some } else { Pieces::One };
            own.max(pieces(base)).max(pieces(exponent))
        }
        Node::Percent(inside) | Node::Degrees(inside) | Node::Based { written: inside, .. } => pieces(inside),
        _ => Pieces::One,
    }
}

/// Whether ln stands in it, which takes ln(xy) apart only where a name is positive.
fn has_logarithm(node: &Node) -> bool {
    match node {
        Node::Call(name, parts) => *name == "ln" || parts.iter().any(has_logarithm),
        Node::Sum(parts) | Node::Product(parts) => parts.iter().any(has_logarithm),
        Node::Power(base, exponent) => has_logarithm(base) || has_logarithm(exponent),
        _ => false,
    }
}

/// Returns whether two formulas have the difference 0.
pub(super) fn has_no_difference(a: &Node, b: &Node, names: NamesAre, fuel: &Fuel) -> bool {
    let exact = Quotient::of(a, fuel).zip(Quotient::of(b, fuel));
    match exact.as_ref().and_then(|(left, right)| left.equals(right, fuel)) {
        Some(true) => true,
        _ => {
            let are_rational = exact
                .is_some_and(|(left, right)| left.as_constant().is_some() && right.as_constant().is_some());
            !are_rational && agree(a, b, names, fuel)
        }
    }
}

/// Numbers in other bases are the same when they are worth the same, or one leaves out the base.
fn in_bases(target: &Node, answer: &Node, fuel: &Fuel) -> Option<bool> {
    let worth = |value: &BigInt, other: &Node| same(&Node::whole(value.clone()), other, Reading::Meant, fuel);
    match (target, answer) {
        (Node::Based { value: left, .. }, Node::Based { value: right, .. }) => Some(left == right),
        (Node::Based { written, value }, other) | (other, Node::Based { written, value }) => {
            Some(same(written, other, Reading::Meant, fuel) || worth(value, other))
        }
        _ => None,
    }
}

/// 180° is π.
fn in_radians(target: &Node, answer: &Node, fuel: &Fuel) -> bool {
    let radians = |inside: &Node| {
        Node::Product(vec![
            inside.clone(),
            Node::Pi,
            Node::Power(Box::new(Node::whole(180)), Box::new(Node::whole(-1))),
        ])
    };
    match (target, answer) {
        (Node::Degrees(_), Node::Degrees(_)) => false,
        (Node::Degrees(inside), other) | (other, Node::Degrees(inside)) => {
            has_no_difference(&radians(inside), other, NamesAre::Real, fuel)
        }
        _ => false,
    }
}

fn whole_or_percent(node: &Node, reading: Reading) -> Option<&BigInt> {
    match node {
        Node::Number { value, is_decimal: false } if value.is_integer() => Some(value.numer()),
        Node::Percent(inside) => match &**inside {
            Node::Percent(_) => None,
            // Math-Verify does not see the percent sign behind a negative number.
            Node::Number { value, .. } if reading == Reading::MathVerify && value.is_negative() => None,
            other => whole_or_percent(other, reading),
        },
        _ => None,
    }
}

/// Next to a whole number nothing is rounded: 14.0000001 is not 14.
fn is_whole(node: &Node) -> bool {
    matches!(node, Node::Number { value, is_decimal: false } if value.is_integer())
}

fn is_decimal(node: &Node) -> bool {
    match node {
        Node::Number { is_decimal, .. } => *is_decimal,
        Node::Percent(inside) | Node::Degrees(inside) => is_decimal(inside),
        _ => false,
    }
}

/// Whether two values, of which at least one could not be computed, are known to be different.
fn differ_for_sure(left: Option<Lost>, right: Option<Lost>) -> bool {
    let says_nothing = |lost: Option<Lost>| matches!(lost, Some(Lost::Unknown | Lost::Tiny));
    let are_both_huge = left == Some(Lost::Huge) && right == Some(Lost::Huge);
    !says_nothing(left) && !says_nothing(right) && !are_both_huge
}

/// Whether two values, one of them a decimal, that are nothing in millionths are further apart than a millionth of the
/// larger one.
pub(super) fn are_apart_though_small(target: &Node, answer: &Node, fuel: &Fuel) -> bool {
    if !is_decimal(target) && !is_decimal(answer) {
        return false;
    }
    let (Ok(left), Ok(right)) = (decimal(target, fuel), decimal(answer, fuel)) else { return false };
    let are_nothing = half_even(&left).is_zero() && half_even(&right).is_zero();
    let larger = left.abs().max(right.abs());
    are_nothing && (left - right).abs() * BigInt::from(1_000_000) > larger
}

/// The value of a formula.
fn decimal(node: &Node, fuel: &Fuel) -> Valued<BigRational> {
    let exact = Quotient::of(node, fuel).and_then(|quotient| quotient.as_constant());
    let value = match exact {
        Some(value) => value,
        None => number(node, fuel)?.as_rational().ok_or(Lost::Unknown)?,
    };
    fuel.spend(cost(&value)).ok_or(Lost::Unknown)?;
    Ok(value)
}

/// Whether the values at a place far out are known to be different.
fn is_apart_at(target: &Node, answer: &Node, scale: i64, fuel: &Fuel) -> bool {
    let mut names: Vec<&str> = target.symbols();
    names.extend(answer.symbols());
    names.sort_unstable();
    names.dedup();
    // One of either sign.
    (0..2).any(|shift| {
        let value_of = |name: &str| {
            let index = names.iter().position(|known| *known == name)?;
            Some(Complex::of(point(index, shift)?.times(&Real::whole(scale)).ok()?))
        };
        let look = |node: &Node| {
            let names = Names { value_of: &value_of, fuel, largest: RefCell::new(Real::zero()) };
            let value = at(node, &names)?;
            Ok::<_, Lost>((value, names.largest.into_inner()))
        };
        let Ok((left, right)) = look(target).and_then(|left| Ok((left, look(answer)?))) else { return false };
        // Where a root has no real value, the two sides may take different ones of its complex values.
        let are_real = left.0.as_real().is_some() && right.0.as_real().is_some();
        are_real && matches!(close(&left, &right), Ok(false))
    })
}

/// Whether both have the same values, wherever we look; where neither has one, nothing is learned.
fn agree(target: &Node, answer: &Node, are: NamesAre, fuel: &Fuel) -> bool {
    let mut names: Vec<&str> = target.symbols();
    names.extend(answer.symbols());
    names.sort_unstable();
    names.dedup();
    let points = if names.is_empty() { 1 } else { LOOKS };
    let looks = points + usize::from(are == NamesAre::AnyReal && names.len() > 1);
    let (mut seen, mut is_unknown) = (0, false);
    // What holds only where not all are negative is seen first.
    for shift in (0..looks).rev() {
        let value_of = |name: &str| {
            let index = names.iter().position(|known| *known == name)?;
            let real = point(index, shift)?;
            Some(match are {
                NamesAre::AnyReal if shift == LOOKS => Complex::of(real.magnitude().negated()),
                NamesAre::Real | NamesAre::AnyReal => Complex::of(real),
                NamesAre::Complex => Complex { real, imaginary: point(index + 1, shift + 1)? },
            })
        };
        let look = |node: &Node| {
            let names = Names { value_of: &value_of, fuel, largest: RefCell::new(Real::zero()) };
            let value = at(node, &names)?;
            Ok::<_, Lost>((value, names.largest.into_inner()))
        };
        match (look(target), look(answer)) {
            (Ok(left), Ok(right)) => match close(&left, &right) {
                Ok(true) => seen += 1,
                Ok(false) => return false,
                Err(_) => is_unknown = true,
            },
            (Err(Lost::NoValue), Err(Lost::NoValue)) => {}
            (left, right) if differ_for_sure(left.as_ref().err().copied(), right.as_ref().err().copied()) => {
                return false;
            }
            _ => is_unknown = true,
        }
    }
    let is_same = seen > points / 4;
    if !is_same && is_unknown {
        fuel.doubt();
    }
    is_same
}

/// A coordinate of the place where the name with this number is evaluated.
fn point(index: usize, shift: usize) -> Option<Real> {
    let point = POINTS[(index + shift) % POINTS.len()] + (index / POINTS.len()) as i64 * POINTS_UNIT;
    Real::whole(point).over(&Real::whole(POINTS_UNIT)).ok()
}

/// Whether two values are the same but for rounding errors; fails where these are too large to tell.
fn close(left: &(Complex, Real), right: &(Complex, Real)) -> Valued<bool> {
    let distance = left.0.minus(&right.0)?.magnitude()?;
    if distance.is_zero() {
        return Ok(true);
    }
    let larger = |a: Real, b: Real| if a > b { a } else { b };
    let size = larger(left.0.magnitude()?, right.0.magnitude()?).shifted_down(AGREEMENT)?;
    let added = larger(left.1.clone(), right.1.clone());
    let added = if added.is_zero() { added } else { added.shifted_down(CANCELLED)? };
    let is_small = added <= Real::whole(1).shifted_down(LARGEST_REST)?;
    match distance <= size {
        true => Ok(true),
        false if distance > added => Ok(false),
        false if is_small => Ok(true),
        false => Err(Lost::Unknown),
    }
}
