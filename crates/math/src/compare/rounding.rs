//! Rounding of decimals.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use std::cmp::Ordering;

/// Decimals are compared after rounding to a millionth.
const ROUNDING: u32 = 1_000_000;

/// The value in millionths; halves go to the even side.
pub(super) fn half_even(value: &BigRational) -> BigInt {
    quotient_half_even(&(value.numer() * ROUNDING), value.denom())
}

/// The whole number next to a quotient by a positive number; halves go to the even side.
pub(super) fn quotient_half_even(above: &BigInt, below: &BigInt) -> BigInt {
    let (quotient, rest) = above.div_mod_floor(below);
    let goes_up = match (rest * 2_u32).cmp(below) {
        Ordering::Greater => true,
        Ordering::Equal => quotient.bit(0),
        Ordering::Less => false,
    };
    if goes_up { quotient + 1_u32 } else { quotient }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_side() {
        let millionths = |tenths: i64| half_even(&BigRational::new(tenths.into(), 10_000_000.into()));
        for (tenths, whole) in
            [(0, 0), (4, 0), (5, 0), (6, 1), (15, 2), (25, 2), (26, 3), (-5, 0), (-6, -1), (-15, -2)]
        {
            assert_eq!(millionths(tenths), BigInt::from(whole), "{tenths}");
        }
    }
}
