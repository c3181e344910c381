//! Rounding to six places, of floats that have fifteen digits.

use super::MOST_DIGITS;
use super::total::{Kept, Total};
use crate::compare::rounding::half_even;
use crate::numeric::{Lost, Valued};
use crate::tree::Node;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Pow, Signed, Zero};

/// A number as it is rounded there.
#[derive(Debug, PartialEq)]
struct Rounded {
    is_integer: bool,
    millionths: BigInt,
    /// With how many digits it is kept, if that matters.
    digits: Option<i64>,
}

/// Whether both are the same to six places. A whole number is not the same as a float, and `0.1` not the same as what is
/// a bit less, of which a digit less is kept.
pub(super) fn same_when_rounded(left: &Total, right: &Total) -> Valued<bool> {
    Ok(as_rounded(left)? == as_rounded(right)?)
}

fn as_rounded(total: &Total) -> Valued<Rounded> {
    let Node::Number { value, .. } = total.as_node()? else { return Err(Lost::Unknown) };
    let is_exact = total.formulas.is_empty() && matches!(total.number, Kept::Exact(_));
    let is_integer = is_exact && value.is_integer();
    let (rounded, places) = to_digits(value.clone());
    let millionths = half_even(if is_exact { &value } else { &rounded });
    let unit = BigInt::from(1_000_000);
    let has_power_below = ((&millionths * BigInt::from(64)) % unit).is_zero();
    let digits = if has_power_below { None } else { Some(places.min(MOST_DIGITS as i64 - 6)) };
    Ok(Rounded { is_integer, millionths, digits })
}

/// The nearest number of fifteen digits, and how many of them stand before the point.
fn to_digits(value: BigRational) -> (BigRational, i64) {
    if value.is_zero() {
        return (value, 0);
    }
    let power = |exponent: i32| BigRational::from_integer(10.into()).pow(exponent);
    let size = value.abs();
    let bits = value.numer().bits() as f64 - value.denom().bits() as f64;
    let mut places = (bits * std::f64::consts::LOG10_2) as i32 - 1;
    while size >= power(places) {
        places += 1;
    }
    let unit = power(places - MOST_DIGITS as i32);
    ((value / &unit).round() * unit, i64::from(places))
}
