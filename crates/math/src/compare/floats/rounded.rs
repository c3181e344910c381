//! Rounding to six places, of floats that have fifteen digits.

use super::MOST_DIGITS;
use super::total::{Kept, Total};
use crate::compare::rounding::{half_even, quotient_half_even};
use crate::numeric::{Lost, Valued};
use crate::tree::Node;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

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
    let places = places_before_point(&value);
    let millionths = if is_exact { half_even(&value) } else { millionths_of_digits(&value, places) };
    let unit = BigInt::from(1_000_000);
    let has_power_below = ((&millionths * BigInt::from(64)) % unit).is_zero();
    let digits = if has_power_below { None } else { Some(i64::from(places).min(MOST_DIGITS - 6)) };
    Ok(Rounded { is_integer, millionths, digits })
}

/// How many digits stand before the point; of a number below a tenth, the negative of how many zeros follow it.
fn places_before_point(value: &BigRational) -> i32 {
    if value.is_zero() {
        return 0;
    }
    let bits = value.numer().bits() as f64 - value.denom().bits() as f64;
    let mut places = (bits * std::f64::consts::LOG10_2) as i32 - 1;
    let (mut above, mut below) = (value.numer().abs(), value.denom().clone());
    if places < 0 {
        above *= ten_to(places.unsigned_abs());
    } else {
        below *= ten_to(places.unsigned_abs());
    }
    while above >= below {
        places += 1;
        below *= 10;
    }
    places
}

/// The millionths of the nearest number of fifteen digits. In whole numbers, as quotients would be reduced at each step.
fn millionths_of_digits(value: &BigRational, places: i32) -> BigInt {
    const MILLIONTH: i64 = 6;
    let behind = MOST_DIGITS - i64::from(places);
    let power = ten_to(behind.unsigned_abs() as u32);
    let rounded = if behind < 0 {
        half_away(value.numer(), &(value.denom() * power))
    } else {
        half_away(&(value.numer() * power), value.denom())
    };
    match behind - MILLIONTH {
        0.. => quotient_half_even(&rounded, &ten_to((behind - MILLIONTH) as u32)),
        below => rounded * ten_to(below.unsigned_abs() as u32),
    }
}

fn ten_to(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

/// The nearest whole number; halves go away from zero.
fn half_away(above: &BigInt, below: &BigInt) -> BigInt {
    let twice = above.abs() * 2 + below;
    let size: BigInt = twice / (below * 2);
    if above.is_negative() { -size } else { size }
}

/// Whether two numbers are so far apart that no rounding makes them the same.
pub(super) fn are_far_apart(left: &BigRational, right: &BigRational) -> bool {
    // Twice what rounding to six places takes away or adds, and more than keeping fifteen digits does.
    const APART: f64 = 2e-6;
    const RELATIVE: f64 = 1e-12;
    let Some((left, right)) = nearly(left).zip(nearly(right)) else { return false };
    (left - right).abs() > APART + RELATIVE * left.abs().max(right.abs())
}

/// The number in 53 bits, but for its last ones, when it has few digits.
fn nearly(value: &BigRational) -> Option<f64> {
    Some(value.numer().to_i128()? as f64 / value.denom().to_i128()? as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_traits::Pow;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fifteen_digits_are_kept_and_six_places(above in -999_999_999_999_999_i64.., below in 1_i64.., shift in -30_i32..30) {
            let ten = |exponent: i32| BigRational::from_integer(10.into()).pow(exponent);
            let value = BigRational::new(above.into(), below.into()) * ten(shift);
            let places = places_before_point(&value);
            if !value.is_zero() {
                prop_assert!(value.abs() < ten(places) && value.abs() >= ten(places - 1));
            }
            let unit = ten(places - MOST_DIGITS as i32);
            let digits = (&value / &unit).round() * unit;
            prop_assert_eq!(millionths_of_digits(&value, places), half_even(&digits));
        }

        #[test]
        fn what_is_far_apart_is_never_rounded_to_the_same(left in -5_000_000_000_000_i64..5_000_000_000_000, step in -4_000_i64..4_000) {
            let number = |billionths: i64| BigRational::new(billionths.into(), 1_000_000_000.into());
            let (left, right) = (number(left), number(left + step));
            prop_assert!(!are_far_apart(&left, &right) || half_even(&left) != half_even(&right));
            prop_assert_eq!(are_far_apart(&left, &right), are_far_apart(&right, &left));
        }
    }
}
