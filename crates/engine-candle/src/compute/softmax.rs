//! Softmax over keys, and the logarithm of the normaliser over the vocabulary.

use super::exponential::exp;
use super::instruction_set::{InstructionSet, for_each_instruction_set};

/// Partial sums of a row.
const LANES: usize = 16;
/// Terms that are summed in 32-bit floats before they go into the 64-bit total.
const BLOCK: usize = 64 * LANES;

/// The largest element; −∞ for none.
#[inline(always)]
pub(crate) fn largest(row: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = lane.max(*value);
        }
    }
    rest.iter().chain(&lanes).fold(f32::NEG_INFINITY, |most, value| most.max(*value))
}

/// The sum, as 16 partial sums that are added in order.
#[inline(always)]
fn lane_sum(row: &[f32]) -> f32 {
    let mut lanes = [0f32; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += *value;
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += *value;
    }
    lanes.iter().sum()
}

/// Replaces scores by their exponentials relative to the largest, and returns the sum of those.
#[inline(always)]
pub(crate) fn softmax_unnormalised(row: &mut [f32]) -> f32 {
    let most = largest(row);
    for value in row.iter_mut() {
        *value = exp(*value - most);
    }
    lane_sum(row)
}

/// Replaces logits by their shares of the probability.
pub(crate) fn softmax(row: &mut [f32]) {
    let sum = softmax_unnormalised(row);
    row.iter_mut().for_each(|value| *value /= sum);
}

/// Keeps scores between `-cap` and `cap` by a hyperbolic tangent.
#[inline(always)]
pub(crate) fn cap_scores(row: &mut [f32], cap: f32) {
    for value in row.iter_mut() {
        // tanh(y) = 1 − 2 / (e^2y + 1)
        let twice = 2.0 * (*value / cap);
        *value = cap * (1.0 - 2.0 / (exp(twice) + 1.0));
    }
}

for_each_instruction_set! {
    /// The same for a row of logits.
    pub(crate) fn cap_logits(row: &mut [f32], cap: f32) = cap_scores
}

#[inline(always)]
fn log_sum_exp_body(row: &[f32], out: &mut f64) {
    let most = largest(row);
    let mut total = 0f64;
    let mut terms = [0f32; BLOCK];
    for block in row.chunks(BLOCK) {
        let terms = &mut terms[..block.len()];
        for (term, value) in terms.iter_mut().zip(block) {
            *term = exp(*value - most);
        }
        total += f64::from(lane_sum(terms));
    }
    *out = f64::from(most) + libm::log(total);
}

for_each_instruction_set! {
    fn log_sum_exp_for(row: &[f32], out: &mut f64) = log_sum_exp_body
}

/// The logarithm of the sum of the exponentials of a row of logits.
pub(crate) fn log_sum_exp(set: InstructionSet, row: &[f32]) -> f64 {
    let mut out = 0.0;
    log_sum_exp_for(set, row, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_sum_exp_is_that_of_64_bits_on_every_instruction_set() {
        let row: Vec<f32> = (0..5000).map(|i| libm::sin(f64::from(i)) as f32 * 12.0).collect();
        let exact = libm::log(row.iter().map(|value| libm::exp(f64::from(*value))).sum());
        let baseline = log_sum_exp(InstructionSet::Baseline, &row);
        assert!((baseline - exact).abs() < 1e-6, "{baseline} {exact}");
        for set in InstructionSet::available() {
            assert_eq!(log_sum_exp(set, &row).to_bits(), baseline.to_bits(), "{set:?}");
        }
    }

    #[test]
    fn caps_are_those_of_64_bits() {
        for step in -60..60 {
            let x = f64::from(step) * 3.1;
            let mut row = [x as f32];
            cap_logits(InstructionSet::detect(), &mut row, 30.0);
            assert!((f64::from(row[0]) - 30.0 * libm::tanh(x / 30.0)).abs() < 1e-5, "{x}");
        }
    }

    #[test]
    fn softmax_of_equal_scores_is_even() {
        let mut row = [2.5f32; 37];
        assert_eq!(softmax_unnormalised(&mut row), 37.0);
        assert!(row.iter().all(|value| *value == 1.0));
    }
}
