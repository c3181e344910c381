//! Root-mean-square normalisation.

/// Partial sums of a row.
const LANES: usize = 8;

/// Writes `row / sqrt(mean(row²) + epsilon) · weight`. The mean is taken in 64-bit floats.
pub(crate) fn root_mean_square(row: &[f32], weight: &[f32], epsilon: f64, out: &mut [f32]) {
    let mut lanes = [0f64; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += f64::from(*value) * f64::from(*value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += f64::from(*value) * f64::from(*value);
    }
    let mean = lanes.iter().sum::<f64>() / row.len() as f64;
    let scale = (1.0 / (mean + epsilon).sqrt()) as f32;
    for ((out, value), weight) in out.iter_mut().zip(row).zip(weight) {
        *out = *value * scale * *weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_row_becomes_ones() {
        let mut out = vec![0.0; 11];
        root_mean_square(&[3.0; 11], &[1.0; 11], 0.0, &mut out);
        assert!(out.iter().all(|value| (value - 1.0).abs() < 1e-6));
    }
}
