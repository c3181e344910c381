//! Softmax over keys, and the logarithm of the normaliser over the vocabulary.

use super::exponential::exp;
use super::instruction_set::{InstructionSet, for_each_instruction_set};

/// Partial sums of a row.
const LANES: usize = 16;
/// Terms that are summed in 32-bit floats before they go into the 64-bit total.
const BLOCK: usize = 64 * LANES;

/// The largest element; −∞ for none.
#[inline(always)]
fn largest(row: &[f32]) -> f32 {
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
    fn softmax_of_equal_scores_is_even() {
        let mut row = [2.5f32; 37];
        assert_eq!(softmax_unnormalised(&mut row), 37.0);
        assert!(row.iter().all(|value| *value == 1.0));
    }
}
