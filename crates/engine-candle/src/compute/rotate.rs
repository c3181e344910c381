//! Rotary positions: pairs of neighbouring dimensions are turned by an angle that grows with the position.

/// Sines and cosines of one position.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rotation {
    pairs: Vec<(f32, f32)>,
}

impl Rotation {
    /// The angles at `position`, one for each frequency. Computed in 64-bit floats, rounded once.
    pub(crate) fn at(position: usize, frequencies: &[f64]) -> Self {
        let turn = |frequency: &f64| {
            let (sine, cosine) = libm::sincos(position as f64 * frequency);
            (sine as f32, cosine as f32)
        };
        Rotation { pairs: frequencies.iter().map(turn).collect() }
    }

    /// Frequencies for heads of which `rotated` dimensions turn.
    pub(crate) fn frequencies(rotated: usize, base: f64, scale: f64) -> Vec<f64> {
        (0..rotated / 2)
            .map(|pair| 1.0 / (libm::pow(base, 2.0 * pair as f64 / rotated as f64) * scale))
            .collect()
    }
}

/// Turns each head of a row in place; the pairs are neighbours, as the rows of GGUF files of this family are
/// ordered.
pub(crate) fn rotate_heads(row: &mut [f32], head_width: usize, rotation: &Rotation) {
    for head in row.chunks_exact_mut(head_width) {
        for (pair, (sine, cosine)) in head.as_chunks_mut::<2>().0.iter_mut().zip(&rotation.pairs) {
            let [x, y] = *pair;
            *pair = [x * cosine - y * sine, x * sine + y * cosine];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_zero_changes_nothing_and_others_keep_the_length() {
        let frequencies = Rotation::frequencies(4, 10_000.0, 1.0);
        let mut row = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        rotate_heads(&mut row, 6, &Rotation::at(0, &frequencies));
        assert_eq!(row, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        rotate_heads(&mut row, 6, &Rotation::at(1000, &frequencies));
        assert_eq!(row[4..], [5.0, 6.0]);
        assert!((row[0] * row[0] + row[1] * row[1] - 5.0).abs() < 1e-5);
    }
}
