//! Panels of weights as they are kept: as 32-bit floats, or with fewer bits, and made floats again right before they are
//! multiplied. Sums are the same chains whichever it is, so that no batch and no thread shows in them either.

use super::tile::PANEL;
use crate::options::Precision;
use half::bf16;
use rayon::prelude::*;

/// Inputs of an output that share a scale.
const GROUP: usize = 32;
/// The largest of eight bits with a sign, the same both ways.
const LARGEST: f32 = 127.0;

/// The panels of a matrix. In a panel the 32 numbers of the first input come first, then those of the second, and so on.
pub(super) enum Panels {
    /// 32 bits.
    F32(Vec<f32>),
    /// The upper 16 of them, rounded.
    Bf16(Vec<bf16>),
    /// 8 bits, and 32 scales for each group of inputs.
    Q8 { values: Vec<i8>, scales: Vec<f32> },
}

impl Panels {
    pub(super) fn keep(panels: Vec<f32>, inputs: usize, precision: Precision) -> Panels {
        match precision {
            Precision::F32 => Panels::F32(panels),
            Precision::Bf16 => Panels::Bf16(panels.par_iter().map(|value| bf16::from_f32(*value)).collect()),
            Precision::Q8 => {
                let mut values = vec![0; panels.len()];
                let groups = inputs.div_ceil(GROUP);
                let mut scales = vec![0.0; panels.len() / inputs * groups];
                let parts = values.par_chunks_mut(PANEL * inputs).zip(scales.par_chunks_mut(PANEL * groups));
                parts.zip(panels.par_chunks(PANEL * inputs)).for_each(|((values, scales), panel)| {
                    let groups = values.chunks_mut(PANEL * GROUP).zip(panel.chunks(PANEL * GROUP));
                    for ((values, group), scales) in groups.zip(scales.chunks_mut(PANEL)) {
                        keep_group(values, scales, group);
                    }
                });
                Panels::Q8 { values, scales }
            }
        }
    }

    /// A panel as floats; `scratch` is where they are made, if need be.
    #[inline(always)]
    pub(super) fn panel<'a>(&'a self, index: usize, inputs: usize, scratch: &'a mut Vec<f32>) -> &'a [f32] {
        let place = index * PANEL * inputs..(index + 1) * PANEL * inputs;
        match self {
            Panels::F32(panels) => &panels[place],
            Panels::Bf16(panels) => {
                scratch.resize(PANEL * inputs, 0.0);
                for (out, value) in scratch.iter_mut().zip(&panels[place]) {
                    *out = f32::from_bits(u32::from(value.to_bits()) << 16);
                }
                scratch
            }
            Panels::Q8 { values, scales } => {
                scratch.resize(PANEL * inputs, 0.0);
                let groups = inputs.div_ceil(GROUP);
                let scales = &scales[index * PANEL * groups..(index + 1) * PANEL * groups];
                let parts = scratch.chunks_mut(PANEL * GROUP).zip(values[place].chunks(PANEL * GROUP));
                for ((out, values), scales) in parts.zip(scales.as_chunks::<PANEL>().0) {
                    let rows = out.as_chunks_mut::<PANEL>().0.iter_mut().zip(values.as_chunks::<PANEL>().0);
                    for (out, values) in rows {
                        for lane in 0..PANEL {
                            out[lane] = f32::from(values[lane]) * scales[lane];
                        }
                    }
                }
                scratch
            }
        }
    }
}

/// Each column of the group, in units of a 127th of its largest number.
fn keep_group(values: &mut [i8], scales: &mut [f32], group: &[f32]) {
    for row in group.chunks_exact(PANEL) {
        for (scale, value) in scales.iter_mut().zip(row) {
            *scale = scale.max(value.abs() / LARGEST);
        }
    }
    for (values, row) in values.chunks_exact_mut(PANEL).zip(group.chunks_exact(PANEL)) {
        for ((value, number), scale) in values.iter_mut().zip(row).zip(scales.iter()) {
            *value = if *scale > 0.0 { (number / scale).round_ties_even() as i8 } else { 0 };
        }
    }
}
