//! What functions cost, in units of fuel: as measured on complex and real numbers of 160 bits.

use super::complex::{Complex, HIGHEST_POWER};
use super::real::Real;

/// An elementary operation.
pub(super) const STEP: u32 = 8;
pub(super) const EXPONENTIAL: u32 = 1_200;
const LOGARITHM: u32 = 1_200;
/// A sine or a cosine.
const SINE: u32 = 300;
/// The angle whose sine, cosine or tangent is given.
const ARC: u32 = 1_800;
pub(super) const ROOT: u32 = 60;

const COMPLEX_EXPONENTIAL: u32 = EXPONENTIAL + 2 * SINE;
const COMPLEX_LOGARITHM: u32 = LOGARITHM + ARC + ROOT;

/// What a power of Euler's number costs.
pub(super) fn of_exponential(exponent: &Complex) -> u32 {
    if exponent.as_real().is_some() { EXPONENTIAL } else { COMPLEX_EXPONENTIAL }
}

/// What a product costs: of two complex numbers four, which are added.
pub(super) fn of_product(left: &Complex, right: &Complex) -> u32 {
    match (left.as_real(), right.as_real()) {
        (None, None) => 4 * STEP,
        (Some(_), Some(_)) => 0,
        _ => STEP,
    }
}

/// What the magnitude of a number costs.
pub(super) fn of_magnitude(value: &Complex) -> u32 {
    if value.as_real().is_some() { 0 } else { ROOT }
}

/// What a power costs. Whole ones that are not too high are multiplied out.
pub(super) fn of_power(base: &Complex, exponent: &Complex) -> u32 {
    match exponent.as_real().map(Real::as_small) {
        Some(Some(whole)) if whole.unsigned_abs() <= HIGHEST_POWER => {
            STEP * 5 * (1 + whole.unsigned_abs().checked_ilog2().unwrap_or_default())
        }
        Some(_) if is_positive(base) => LOGARITHM + EXPONENTIAL,
        _ if is_positive(base) => LOGARITHM + COMPLEX_EXPONENTIAL,
        _ => COMPLEX_LOGARITHM + COMPLEX_EXPONENTIAL,
    }
}

/// What a function costs.
pub(super) fn of_call(name: &str, values: &[Complex]) -> u32 {
    let are_real = values.iter().all(|value| value.as_real().is_some());
    match name {
        "ln" if values.iter().all(is_positive) => LOGARITHM,
        "ln" => COMPLEX_LOGARITHM,
        "log" if values.iter().all(is_positive) => 2 * LOGARITHM,
        "log" => 2 * COMPLEX_LOGARITHM,
        "power" if values.first().is_some_and(is_positive) => LOGARITHM + EXPONENTIAL,
        "principal" | "power" => COMPLEX_LOGARITHM + COMPLEX_EXPONENTIAL,
        "sinh" | "cosh" | "tanh" if are_real => EXPONENTIAL,
        "sin" | "cos" | "sec" | "csc" if are_real => SINE,
        "tan" | "cot" if are_real => 2 * SINE,
        "sin" | "cos" | "tan" | "cot" | "sec" | "csc" | "sinh" | "cosh" | "tanh" => COMPLEX_EXPONENTIAL,
        _ if name.starts_with("arc") => ARC + ROOT,
        "factorial" | "binomial" => STEP * values.first().map_or(1, factors),
        _ => ROOT,
    }
}

/// How many numbers are multiplied for a factorial, if it has a value.
fn factors(value: &Complex) -> u32 {
    let whole = value.as_real().and_then(Real::as_small);
    whole.map_or(1, |whole| whole.clamp(1, 400) as u32)
}

fn is_positive(value: &Complex) -> bool {
    value.as_real().is_some_and(|real| !real.is_negative())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_that_are_not_multiplied_out_cost_logarithm_and_exponential() {
        let complex = Complex { real: Real::whole(2), imaginary: Real::whole(3) };
        let high = Complex::whole(99_999_999);
        assert_eq!(of_power(&Complex::whole(3), &high), LOGARITHM + EXPONENTIAL);
        assert_eq!(of_power(&complex, &high), COMPLEX_LOGARITHM + COMPLEX_EXPONENTIAL);
        assert_eq!(of_power(&complex, &Complex::whole(-(HIGHEST_POWER as i64))), STEP * 5 * 13);
    }
}
