//! Weight matrices in panels, and multiplying activations by them.

use super::instruction_set::{InstructionSet, for_each_instruction_set};
use super::panels::Panels;
use super::tile::{PANEL, Rows, multiply_panel};
use crate::options::Precision;
use rayon::prelude::*;
use std::cell::RefCell;
use std::ops::Range;

/// Panels that one thread takes at a time: enough work to be worth the hand-over, little enough to balance.
const PANELS_PER_TASK: usize = 4;

/// A weight matrix: `outputs` rows of `inputs` numbers, kept in panels of 32 outputs.
///
/// The last panel is filled up with zeros.
pub(crate) struct Matrix {
    inputs: usize,
    outputs: usize,
    panels: Panels,
}

thread_local! {
    /// A panel that is made floats.
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

impl Matrix {
    /// Packs matrices with equally long rows, one below the other. `None` when a length does not fit.
    pub(crate) fn pack(inputs: usize, parts: &[&[f32]], precision: Precision) -> Option<Matrix> {
        if inputs == 0 || parts.iter().any(|part| !part.len().is_multiple_of(inputs)) {
            return None;
        }
        let rows: Vec<&[f32]> = parts.iter().flat_map(|part| part.chunks_exact(inputs)).collect();
        let mut panels = vec![0f32; rows.len().div_ceil(PANEL) * PANEL * inputs];
        panels.par_chunks_exact_mut(PANEL * inputs).zip(rows.par_chunks(PANEL)).for_each(|(panel, rows)| {
            for (input, columns) in panel.chunks_exact_mut(PANEL).enumerate() {
                for (column, row) in columns.iter_mut().zip(rows) {
                    *column = row[input];
                }
            }
        });
        Some(Matrix { inputs, outputs: rows.len(), panels: Panels::keep(panels, inputs, precision) })
    }

    /// Number of outputs.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Copies the weights of one output.
    pub(crate) fn copy_row(&self, output: usize, out: &mut [f32]) {
        SCRATCH.with_borrow_mut(|scratch| {
            let panel = self.panels.panel(output / PANEL, self.inputs, scratch);
            for (out, columns) in out.iter_mut().zip(panel.chunks_exact(PANEL)) {
                *out = columns[output % PANEL];
            }
        });
    }
}

/// Multiplies each row of `input` by the matrix: `out[row][output] = Σ input[row][i] · matrix[output][i]`.
pub(crate) fn multiply(set: InstructionSet, matrix: &Matrix, input: &[f32], out: &mut Vec<f32>) {
    let count = input.len() / matrix.inputs;
    out.clear();
    out.resize(count * matrix.outputs, 0.0);
    let rows = Rows { data: input, stride: matrix.inputs, count, length: matrix.inputs };
    let tallest = set.tile_rows();
    let columns = Columns { out: out.as_mut_ptr(), rows: count, width: matrix.outputs };
    let panels = matrix.outputs.div_ceil(PANEL);
    (0..panels.div_ceil(PANELS_PER_TASK)).into_par_iter().for_each(|task| {
        let first = task * PANELS_PER_TASK;
        let own = first..(first + PANELS_PER_TASK).min(panels);
        SCRATCH.with_borrow_mut(|scratch| {
            multiply_panels(set, rows, &matrix.panels, own, tallest, scratch, &columns);
        });
    });
}

#[inline(always)]
fn multiply_panels_body(
    rows: Rows<'_>,
    panels: &Panels,
    own: Range<usize>,
    tallest: usize,
    scratch: &mut Vec<f32>,
    out: &Columns,
) {
    for index in own {
        let panel = panels.panel(index, rows.length, scratch);
        multiply_panel(rows, panel, tallest, |row, sums| out.write(row, index * PANEL, sums));
    }
}

for_each_instruction_set! {
    fn multiply_panels(rows: Rows<'_>, panels: &Panels, own: Range<usize>, tallest: usize, scratch: &mut Vec<f32>, out: &Columns) = multiply_panels_body
}

/// The output matrix while several threads write different columns of it.
struct Columns {
    out: *mut f32,
    rows: usize,
    width: usize,
}

// SAFETY: each thread writes columns of its own panels only, and nobody reads before all have ended.
unsafe impl Sync for Columns {}

impl Columns {
    /// Writes up to 32 sums from `column` on; what lies beyond the last column is dropped.
    #[inline(always)]
    fn write(&self, row: usize, column: usize, sums: &[f32; PANEL]) {
        let count = PANEL.min(self.width.saturating_sub(column));
        assert!(row < self.rows, "a row outside of the output");
        // SAFETY: `row` is inside, and `column + count` at most the width, so the target lies inside of the output,
        // which lives until `multiply` returns. No other task has these columns.
        unsafe {
            std::ptr::copy_nonoverlapping(sums.as_ptr(), self.out.add(row * self.width + column), count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    }

    fn bits(values: &[f32]) -> Vec<u32> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    #[test]
    fn products_are_those_of_64_bits() {
        let (inputs, outputs, count) = (300, 70, 13);
        let (weights, input) = (numbers(inputs * outputs, 1), numbers(inputs * count, 2));
        let matrix = Matrix::pack(inputs, &[&weights], Precision::F32).unwrap();
        let mut out = Vec::new();
        multiply(InstructionSet::detect(), &matrix, &input, &mut out);
        for row in 0..count {
            for output in 0..outputs {
                let terms = (0..inputs)
                    .map(|i| f64::from(input[row * inputs + i]) * f64::from(weights[output * inputs + i]));
                let exact: f64 = terms.sum();
                assert!((f64::from(out[row * outputs + output]) - exact).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn a_row_is_the_same_bits_alone_and_among_others_on_every_instruction_set() {
        let (inputs, outputs) = (577, 100);
        for precision in Precision::ALL {
            let matrix = Matrix::pack(inputs, &[&numbers(inputs * outputs, 3)], precision).unwrap();
            let all = numbers(inputs * 40, 4);
            let mut alone = Vec::new();
            multiply(InstructionSet::Baseline, &matrix, &all[..inputs], &mut alone);
            for set in InstructionSet::available() {
                for count in 1..=40 {
                    let mut out = Vec::new();
                    multiply(set, &matrix, &all[..inputs * count], &mut out);
                    assert_eq!(bits(&out[..outputs]), bits(&alone), "{precision:?}, {set:?}, {count} rows");
                }
            }
        }
    }

    /// How far rows come back from what went in, relative to the largest number.
    fn error(precision: Precision) -> f32 {
        let weights = numbers(70 * 45, 5);
        let matrix = Matrix::pack(70, &[&weights], precision).unwrap();
        let (mut row, mut worst) = (vec![0.0; 70], 0f32);
        for output in 0..45 {
            matrix.copy_row(output, &mut row);
            let pairs = row.iter().zip(&weights[output * 70..]);
            worst = pairs.fold(worst, |worst, (kept, given)| worst.max((kept - given).abs()));
        }
        worst
    }

    #[test]
    fn fewer_bits_are_rounded_to_the_nearest() {
        assert_eq!(error(Precision::F32), 0.0);
        let (half, eighth) = (error(Precision::Bf16), error(Precision::Q8));
        assert!(half > 0.0 && half <= 1.0 / 512.0, "{half}");
        assert!(eighth > 0.0 && eighth <= 0.5001 / 127.0, "{eighth}");
    }

    #[test]
    fn rows_come_back_as_they_went_in() {
        let weights = numbers(10 * 45, 5);
        let matrix = Matrix::pack(10, &[&weights[..200], &weights[200..]], Precision::F32).unwrap();
        let mut row = vec![0.0; 10];
        for output in 0..45 {
            matrix.copy_row(output, &mut row);
            assert_eq!(row, weights[output * 10..][..10]);
        }
        assert!(Matrix::pack(7, &[&weights], Precision::F32).is_none());
    }
}
