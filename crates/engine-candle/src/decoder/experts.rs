//! Feed-forward parts of which each token uses a few.

use super::layer::{Experts, Gated};
use crate::compute::{Gate, InstructionSet, gated, multiply, softmax};
use rayon::prelude::*;

/// What a gated part makes of each row.
pub(super) fn gated_rows(set: InstructionSet, gate: Gate, part: &Gated, rows: &[f32], out: &mut Vec<f32>) {
    let mut both = Vec::new();
    multiply(set, &part.gate_up, rows, &mut both);
    let inner = part.gate_up.outputs() / 2;
    let mut between = vec![0f32; both.len() / 2];
    between
        .par_chunks_mut(inner)
        .with_min_len(4)
        .zip(both.par_chunks(2 * inner))
        .for_each(|(out, row)| gated(set, gate, row, out));
    multiply(set, &part.down, &between, out);
}

/// What the experts make of each row. A row's experts are added in their order, so no other row shows in it.
pub(super) fn expert_rows(
    set: InstructionSet,
    gate: Gate,
    layer: &Experts,
    rows: &[f32],
    out: &mut Vec<f32>,
) {
    let count = layer.experts.len();
    let mut logits = Vec::new();
    multiply(set, &layer.router, rows, &mut logits);
    let width = rows.len() / (logits.len() / count).max(1);
    let chosen: Vec<Vec<(usize, f32)>> =
        logits.chunks_exact(count).map(|logits| choose(layer, logits)).collect();
    out.clear();
    out.resize(rows.len(), 0.0);
    let mut product = Vec::new();
    for (index, expert) in layer.experts.iter().enumerate() {
        let share =
            |row: &Vec<(usize, f32)>| row.iter().find(|(expert, _)| *expert == index).map(|found| found.1);
        let takers: Vec<(usize, f32)> =
            chosen.iter().enumerate().filter_map(|(row, chosen)| Some((row, share(chosen)?))).collect();
        if takers.is_empty() {
            continue;
        }
        let own: Vec<f32> =
            takers.iter().flat_map(|(row, _)| &rows[row * width..(row + 1) * width]).copied().collect();
        gated_rows(set, gate, expert, &own, &mut product);
        for ((row, share), product) in takers.iter().zip(product.chunks_exact(width)) {
            let out = &mut out[row * width..(row + 1) * width];
            out.iter_mut().zip(product).for_each(|(out, value)| *out += *share * *value);
        }
    }
}

/// The most likely experts with their shares; the first of equals comes first.
fn choose(layer: &Experts, logits: &[f32]) -> Vec<(usize, f32)> {
    let mut shares = logits.to_vec();
    softmax(&mut shares);
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]).then(a.cmp(b)));
    order.truncate(layer.used);
    let total: f32 = order.iter().map(|expert| shares[*expert]).sum();
    let total = if layer.renormalise { total } else { 1.0 };
    order.into_iter().map(|expert| (expert, shares[expert] / total)).collect()
}
