//! Rotary positions: pairs of neighbouring dimensions are turned by an angle that grows with the position.

/// Sines and cosines of one position.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rotation {
    pairs: Vec<(f32, f32)>,
}

impl Rotation {
    /// The angles at `position`, one for each frequency, and lengths times `factor`. Computed in 64-bit floats,
    /// rounded once.
    pub(crate) fn at(position: usize, frequencies: &[f64], factor: f64) -> Self {
        let turn = |frequency: &f64| {
            let (sine, cosine) = libm::sincos(position as f64 * frequency);
            ((factor * sine) as f32, (factor * cosine) as f32)
        };
        Rotation { pairs: frequencies.iter().map(turn).collect() }
    }
}

/// Turns each head of a row in place; the pairs are neighbours.
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
        let frequencies = [1.0, 0.01];
        let mut row = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        rotate_heads(&mut row, 6, &Rotation::at(0, &frequencies, 1.0));
        assert_eq!(row, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        rotate_heads(&mut row, 6, &Rotation::at(1000, &frequencies, 1.0));
        assert_eq!(row[4..], [5.0, 6.0]);
        assert!((row[0] * row[0] + row[1] * row[1] - 5.0).abs() < 1e-5);
    }
}
