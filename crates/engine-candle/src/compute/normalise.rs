//! Normalisation of a row: by its root mean square, or by its mean and variance.

/// Partial sums of a row.
const LANES: usize = 8;

/// The sum over a row in 64-bit floats, as partial sums that are added in order.
fn sum(row: &[f32], of: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0f64; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += of(f64::from(*value));
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += of(f64::from(*value));
    }
    lanes.iter().sum()
}

/// Writes `(row - mean) / sqrt(variance + epsilon) · weight + bias`. Mean and variance are taken in 64-bit floats.
pub(crate) fn layer_norm(row: &[f32], (weight, bias): (&[f32], &[f32]), epsilon: f64, out: &mut [f32]) {
    let count = row.len() as f64;
    let mean = sum(row, |value| value) / count;
    let variance = sum(row, |value| (value - mean) * (value - mean)) / count;
    let scale = 1.0 / (variance + epsilon).sqrt();
    for ((out, value), (weight, bias)) in out.iter_mut().zip(row).zip(weight.iter().zip(bias)) {
        *out = ((f64::from(*value) - mean) * scale) as f32 * *weight + *bias;
    }
}

/// Writes `row / sqrt(mean(row²) + epsilon) · weight`. The mean is taken in 64-bit floats.
pub(crate) fn root_mean_square(row: &[f32], weight: &[f32], epsilon: f64, out: &mut [f32]) {
    let mean = sum(row, |value| value * value) / row.len() as f64;
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

    #[test]
    fn a_row_gets_mean_and_variance_of_the_norm() {
        let row: Vec<f32> = (0..11).map(|at| at as f32 * 3.0 - 7.0).collect();
        let mut out = vec![0.0; 11];
        layer_norm(&row, (&[2.0; 11], &[5.0; 11]), 0.0, &mut out);
        let mean = out.iter().sum::<f32>() / 11.0;
        let variance = out.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / 11.0;
        assert!((mean - 5.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-5, "{mean}, {variance}");
    }
}
