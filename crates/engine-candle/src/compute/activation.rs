//! The gate of the feed-forward part.

use super::exponential::exp;
use super::instruction_set::for_each_instruction_set;

/// Writes `gate · sigmoid(gate) · up` for a row that holds the gates first and then as many ups.
#[inline(always)]
fn gated_silu_body(row: &[f32], out: &mut [f32]) {
    let (gates, ups) = row.split_at(out.len());
    for ((out, gate), up) in out.iter_mut().zip(gates).zip(ups) {
        *out = *gate / (1.0 + exp(-*gate)) * *up;
    }
}

for_each_instruction_set! {
    /// Writes `gate · sigmoid(gate) · up` for a row that holds the gates first and then as many ups.
    pub(crate) fn gated_silu(row: &[f32], out: &mut [f32]) = gated_silu_body
}

#[cfg(test)]
mod tests {
    use super::super::InstructionSet;
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let row: Vec<f32> = (0..200).map(|i| (i as f32 - 100.0) * 0.37).collect();
        let run = |set| {
            let mut out = vec![0.0; 100];
            gated_silu(set, &row, &mut out);
            out.iter().map(|value| value.to_bits()).collect::<Vec<_>>()
        };
        let first = run(InstructionSet::Baseline);
        for set in InstructionSet::available() {
            assert_eq!(run(set), first, "{set:?}");
        }
    }
}
