//! From the rows of a text's tokens to its vector, as sentence-transformers defines it.

/// Which rows make the vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pool {
    /// The first token's.
    Cls,
    /// The mean of all.
    Mean,
    /// The greatest number of each column.
    Max,
    /// The sum of all divided by the root of their number.
    MeanSqrtLength,
    /// The last token's.
    Last,
}

/// How a vector is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pooling {
    pub(crate) pool: Pool,
    /// Whether its length is made 1.
    pub(crate) is_normalised: bool,
}

impl Pooling {
    /// The vector of a text with these rows, at least one.
    pub(crate) fn vector(self, rows: &[f32], width: usize) -> Vec<f32> {
        let column = |at: usize| rows.iter().skip(at).step_by(width);
        let count = (rows.len() / width) as f64;
        let sum = |at: usize| column(at).map(|value| f64::from(*value)).sum::<f64>();
        let mut vector: Vec<f32> = match self.pool {
            Pool::Cls => rows[..width].to_vec(),
            Pool::Last => rows[rows.len() - width..].to_vec(),
            Pool::Mean => (0..width).map(|at| (sum(at) / count) as f32).collect(),
            Pool::MeanSqrtLength => (0..width).map(|at| (sum(at) / count.sqrt()) as f32).collect(),
            Pool::Max => (0..width).map(|at| column(at).copied().fold(f32::NEG_INFINITY, f32::max)).collect(),
        };
        if self.is_normalised {
            let square: f64 = vector.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
            let length = square.sqrt().max(1e-12);
            vector.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
        }
        vector
    }

    /// In words, for the model's identity.
    pub(crate) fn name(self) -> String {
        let pool = match self.pool {
            Pool::Cls => "cls",
            Pool::Mean => "mean",
            Pool::Max => "max",
            Pool::MeanSqrtLength => "mean_sqrt_len",
            Pool::Last => "lasttoken",
        };
        let rest = if self.is_normalised { ", normalised" } else { "" };
        format!("{pool}{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_pooled_as_defined() {
        let rows = [1.0, 2.0, 3.0, -2.0];
        let of = |pool| Pooling { pool, is_normalised: false }.vector(&rows, 2);
        assert_eq!(of(Pool::Cls), [1.0, 2.0]);
        assert_eq!(of(Pool::Last), [3.0, -2.0]);
        assert_eq!(of(Pool::Mean), [2.0, 0.0]);
        assert_eq!(of(Pool::Max), [3.0, 2.0]);
        assert_eq!(of(Pool::MeanSqrtLength), [4.0 / 2f32.sqrt(), 0.0]);
        let unit = Pooling { pool: Pool::Mean, is_normalised: true };
        assert_eq!((unit.vector(&[3.0, 4.0], 2), unit.name().as_str()), (vec![0.6, 0.8], "mean, normalised"));
    }
}
