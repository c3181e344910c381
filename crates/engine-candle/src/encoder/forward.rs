//! From token ids to a row of numbers for each token, every token seeing every other of its text.

use crate::compute::{InstructionSet, Matrix, activate, layer_norm, multiply, softmax};
use crate::config::EncoderConfig;
use crate::options::Precision;
use rayon::prelude::*;

/// Rows of scores that are held at a time: a long text has as many scores as its square.
const SCORE_ROWS: usize = 256;

/// An encoder.
pub(crate) struct Encoder {
    pub(super) set: InstructionSet,
    pub(super) config: EncoderConfig,
    pub(super) words: Vec<f32>,
    pub(super) positions: Vec<f32>,
    pub(super) first_type: Vec<f32>,
    pub(super) norm: Norm,
    pub(super) layers: Vec<Layer>,
}

/// The weights of one layer.
pub(super) struct Layer {
    /// Queries, then keys, then values.
    pub(super) query_key_value: Linear,
    pub(super) attention_output: Linear,
    pub(super) attention_norm: Norm,
    pub(super) up: Linear,
    pub(super) down: Linear,
    pub(super) norm: Norm,
}

/// A matrix and what is added after it.
pub(super) struct Linear {
    pub(super) matrix: Matrix,
    pub(super) bias: Vec<f32>,
}

/// What a normalised row is multiplied by, and what is added to it.
pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl Encoder {
    /// The shape.
    pub(crate) fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// The last layer's rows of each token of these texts, one text after the other. A text is at most as long as the context,
    /// its ids are in the vocabulary, and its rows do not depend on the other texts.
    pub(crate) fn rows(&self, texts: &[&[u32]]) -> Vec<f32> {
        let mut rows = self.embedded(texts);
        let (mut wide, mut seen, mut added) = (Vec::new(), Vec::new(), Vec::new());
        for layer in &self.layers {
            self.apply(&layer.query_key_value, &rows, &mut wide);
            seen.clear();
            seen.resize(rows.len(), 0.0);
            let mut from = 0;
            for text in texts {
                let (own, own_seen) = (from * self.config.width, (from + text.len()) * self.config.width);
                self.attend(&wide[3 * own..3 * own_seen], &mut seen[own..own_seen]);
                from += text.len();
            }
            self.apply(&layer.attention_output, &seen, &mut added);
            self.add(&layer.attention_norm, &mut rows, &added);
            self.apply(&layer.up, &rows, &mut wide);
            let function = self.config.activation;
            wide.par_chunks_mut(self.config.inner).for_each(|row| activate(function, row));
            self.apply(&layer.down, &wide, &mut added);
            self.add(&layer.norm, &mut rows, &added);
        }
        rows
    }

    fn embedded(&self, texts: &[&[u32]]) -> Vec<f32> {
        let width = self.config.width;
        let row = |table: &'_ [f32], at: usize| -> Vec<f32> { table[at * width..(at + 1) * width].to_vec() };
        let mut rows = Vec::new();
        for text in texts {
            for (place, id) in text.iter().enumerate() {
                let position = row(&self.positions, self.config.first_position + place);
                let parts = row(&self.words, *id as usize).into_iter().zip(&self.first_type).zip(position);
                let sum: Vec<f32> = parts.map(|((word, kind), position)| word + kind + position).collect();
                let mut out = vec![0.0; width];
                layer_norm(&sum, (&self.norm.weight, &self.norm.bias), self.config.epsilon, &mut out);
                rows.extend(out);
            }
        }
        rows
    }

    fn apply(&self, linear: &Linear, input: &[f32], out: &mut Vec<f32>) {
        multiply(self.set, &linear.matrix, input, out);
        for row in out.chunks_exact_mut(linear.bias.len()) {
            row.iter_mut().zip(&linear.bias).for_each(|(value, bias)| *value += bias);
        }
    }

    /// Adds to each row and normalises the sum.
    fn add(&self, norm: &Norm, rows: &mut [f32], added: &[f32]) {
        let width = self.config.width;
        rows.par_chunks_exact_mut(width).zip(added.par_chunks_exact(width)).for_each(|(row, added)| {
            let sum: Vec<f32> = row.iter().zip(added).map(|(one, other)| one + other).collect();
            layer_norm(&sum, (&norm.weight, &norm.bias), self.config.epsilon, row);
        });
    }

    /// What each token of one text sees of all of them; `wide` holds rows of queries, keys and values.
    fn attend(&self, wide: &[f32], seen: &mut [f32]) {
        let (width, heads) = (self.config.width, self.config.heads);
        let size = width / heads;
        let tokens = seen.len() / width;
        let scale = 1.0 / (size as f32).sqrt();
        let (mut scores, mut mixed) = (Vec::new(), Vec::new());
        for head in 0..heads {
            let part = |kind: usize| {
                let from = kind * width + head * size;
                wide.chunks_exact(3 * width).flat_map(move |row| &row[from..from + size]).copied()
            };
            let queries: Vec<f32> = part(0).collect();
            let keys: Vec<f32> = part(1).collect();
            let values: Vec<f32> = transposed(&part(2).collect::<Vec<f32>>(), size);
            let packed = |inputs, rows: &[f32]| Matrix::pack(inputs, &[rows], Precision::F32);
            let (Some(keys), Some(values)) = (packed(size, &keys), packed(tokens, &values)) else { return };
            for (block, queries) in queries.chunks(SCORE_ROWS * size).enumerate() {
                multiply(self.set, &keys, queries, &mut scores);
                scores.par_chunks_exact_mut(tokens).for_each(|row| {
                    row.iter_mut().for_each(|score| *score *= scale);
                    softmax(row);
                });
                multiply(self.set, &values, &scores, &mut mixed);
                let rows = seen.chunks_exact_mut(width).skip(block * SCORE_ROWS);
                for (row, mixed) in rows.zip(mixed.chunks_exact(size)) {
                    row[head * size..(head + 1) * size].copy_from_slice(mixed);
                }
            }
        }
    }
}

/// Columns as rows.
fn transposed(rows: &[f32], width: usize) -> Vec<f32> {
    (0..width).flat_map(|column| rows.iter().skip(column).step_by(width)).copied().collect()
}
