//! Attention of a few query rows over the keys and values of one sequence.
//!
//! Each query row is computed on its own: its keys are those up to its position, in blocks of 32 that begin at
//! position 0, so neither the batch nor the cutting of a prompt into chunks can be seen in it.

use super::kv::{Block, KvShape};
use crate::compute::tile::{PANEL, Rows, multiply_panel};
use crate::compute::{InstructionSet, cap_scores, for_each_instruction_set, softmax_unnormalised};
use std::sync::Arc;

/// Neighbouring tokens of one sequence and the query heads that share one key head.
pub(super) struct Task<'a> {
    pub(super) shape: &'a KvShape,
    pub(super) blocks: &'a [Arc<Block>],
    pub(super) layer: usize,
    pub(super) kv_head: usize,
    /// Position of the first token.
    pub(super) position: usize,
    /// Query heads for the key head; the queries of a token are neighbours.
    pub(super) group: usize,
    /// Scaled and rotated queries, one after the other.
    pub(super) queries: &'a [f32],
    pub(super) head_width: usize,
    pub(super) tile_rows: usize,
    /// Keys that a token sees, its own included; absent when it sees all before it.
    pub(super) window: Option<usize>,
    /// Scores are kept below it.
    pub(super) cap: Option<f32>,
}

impl Task<'_> {
    fn rows(&self) -> usize {
        self.queries.len() / self.head_width
    }

    /// One after the last key that a query row sees.
    #[inline(always)]
    fn keys(&self, row: usize) -> usize {
        self.position + row / self.group + 1
    }

    /// The first key that a query row sees.
    #[inline(always)]
    fn first_key(&self, row: usize) -> usize {
        self.window.map_or(0, |window| self.keys(row).saturating_sub(window))
    }
}

#[inline(always)]
fn attend_body(task: &Task<'_>, out: &mut [f32]) {
    let rows = task.rows();
    let blocks = task.keys(rows - 1).div_ceil(PANEL);
    let stride = blocks * PANEL;
    let mut scores = vec![0f32; rows * stride];
    score_keys(task, &task.blocks[..blocks], stride, &mut scores);
    let mut sums = vec![0f32; rows];
    for (row, (scores, sum)) in scores.chunks_exact_mut(stride).zip(&mut sums).enumerate() {
        let (seen, unseen) = scores.split_at_mut(task.keys(row));
        let (left, seen) = seen.split_at_mut(task.first_key(row));
        if let Some(cap) = task.cap {
            cap_scores(seen, cap);
        }
        *sum = softmax_unnormalised(seen);
        left.fill(0.0);
        unseen.fill(0.0);
    }
    out.fill(0.0);
    mix_values(task, &task.blocks[..blocks], stride, &scores, out);
    for (out, sum) in out.chunks_exact_mut(task.head_width).zip(&sums) {
        let factor = 1.0 / *sum;
        out.iter_mut().for_each(|value| *value *= factor);
    }
}

#[inline(always)]
fn score_keys(task: &Task<'_>, blocks: &[Arc<Block>], stride: usize, scores: &mut [f32]) {
    let rows = task.rows();
    let width = task.head_width;
    let queries = Rows { data: task.queries, stride: width, count: rows, length: width };
    for (index, block) in blocks.iter().enumerate() {
        let (keys, _) = block.head(task.shape, task.layer, task.kv_head);
        multiply_panel(queries, keys, task.tile_rows, |row, sums| {
            scores[row * stride + index * PANEL..][..PANEL].copy_from_slice(sums);
        });
    }
}

#[inline(always)]
fn mix_values(task: &Task<'_>, blocks: &[Arc<Block>], stride: usize, scores: &[f32], out: &mut [f32]) {
    let width = task.head_width;
    for (index, block) in blocks.iter().enumerate() {
        let (_, values) = block.head(task.shape, task.layer, task.kv_head);
        let weights = Rows { data: &scores[index * PANEL..], stride, count: task.rows(), length: PANEL };
        for (part, panel) in values.chunks_exact(PANEL * PANEL).enumerate() {
            let first = part * PANEL;
            multiply_panel(weights, panel, task.tile_rows, |row, sums| {
                let out = &mut out[row * width + first..(row + 1) * width];
                out.iter_mut().zip(sums).for_each(|(out, sum)| *out += *sum);
            });
        }
    }
}

for_each_instruction_set! {
    /// Writes one mixed value for each query row.
    pub(super) fn attend(task: &Task<'_>, out: &mut [f32]) = attend_body
}

/// Tokens that one task takes: enough for full tiles, few enough to share the work out.
pub(super) fn tokens_per_task(set: InstructionSet, group: usize) -> usize {
    (6 * set.tile_rows()).div_ceil(group).max(1)
}
