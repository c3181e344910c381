//! Rounding of decimals.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

/// Decimals are compared after rounding to a millionth.
const ROUNDING: u32 = 1_000_000;

/// The value in millionths; halves go to the even side.
pub(super) fn half_even(value: &BigRational) -> BigInt {
    let scaled = value * BigRational::from_integer(ROUNDING.into());
    let below = scaled.floor().to_integer();
    let twice_rest =
        (scaled - BigRational::from_integer(below.clone())) * BigRational::from_integer(2.into());
    let goes_up = twice_rest > BigRational::one() || twice_rest.is_one() && below.bit(0);
    if goes_up { below + 1 } else { below }
}
