//! The exponential function in 32-bit floats, the same bits on any machine.

/// Below this the result is 0: it would be smaller than the smallest normal number.
const LOWEST: f32 = -87.336_54;
/// Above this the result is that of this value; no caller passes what is positive and large.
const HIGHEST: f32 = 88.0;
/// Adding and subtracting it rounds to a whole number: 1.5 · 2²³.
const ROUNDER: f32 = 12_582_912.0;
/// ln 2 in two parts; the first has so few bits that its multiples are exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Taylor coefficients 1/n! from n = 7 down to 2; the remainder is below half a unit in the last place.
const COEFFICIENTS: [f32; 6] = [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 1.0 / 2.0];

/// e to the power of `x`, within 2 units in the last place for `x` in −87 … 88.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    let clamped = x.clamp(LOWEST, HIGHEST);
    let rounded = clamped.mul_add(std::f32::consts::LOG2_E, ROUNDER);
    let power = rounded - ROUNDER;
    let rest = power.mul_add(-LN_2_LOW, power.mul_add(-LN_2_HIGH, clamped));
    let mut sum = COEFFICIENTS[0];
    for coefficient in &COEFFICIENTS[1..] {
        sum = sum.mul_add(rest, *coefficient);
    }
    let value = (sum * rest).mul_add(rest, rest) + 1.0;
    let exponent = rounded.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(127);
    let scaled = value * f32::from_bits(exponent << 23);
    if x < LOWEST { 0.0 } else { scaled }
}

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        let mut x = -87.0f32;
        while x < 88.0 {
            let exact = libm::exp(f64::from(x));
            let error = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(error < 2.0 * f64::from(f32::EPSILON), "exp({x}) is off by {error}");
            x += 0.003_7;
        }
    }

    #[test]
    fn borders_are_exact() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(-1000.0), 0.0);
        assert!(exp(1000.0).is_finite());
    }
}
