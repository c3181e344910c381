//! Small dense symmetric systems: Cholesky, row by row. A hundred models are a hundred rows.

/// A square matrix, row after row.
#[derive(Debug, Clone)]
pub(crate) struct Square {
    pub size: usize,
    pub values: Vec<f64>,
}

impl Square {
    pub fn zero(size: usize) -> Square {
        Square { size, values: vec![0.0; size * size] }
    }

    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.size..(row + 1) * self.size]
    }

    pub fn add(&mut self, row: usize, column: usize, value: f64) {
        self.values[row * self.size + column] += value;
    }

    /// Takes a symmetric positive definite matrix apart into `L Lᵀ`, of which it reads and overwrites the lower half; nothing
    /// when it is not positive definite.
    pub fn cholesky(mut self) -> Option<Cholesky> {
        let size = self.size;
        for row in 0..size {
            let (above, rest) = self.values.split_at_mut(row * size);
            let own = &mut rest[..size];
            for column in 0..row {
                let other = &above[column * size..column * size + column];
                let product: f64 = own[..column].iter().zip(other).map(|(a, b)| a * b).sum();
                own[column] = (own[column] - product) / above[column * size + column];
            }
            let square = own[row] - own[..row].iter().map(|value| value * value).sum::<f64>();
            if square.is_nan() || square <= 0.0 {
                return None;
            }
            own[row] = square.sqrt();
        }
        Some(Cholesky(self))
    }
}

/// A matrix taken apart.
pub(crate) struct Cholesky(Square);

impl Cholesky {
    /// Solves for this right-hand side, in place.
    pub fn solve(&self, values: &mut [f64]) {
        let size = self.0.size;
        for row in 0..size {
            let own = self.0.row(row);
            let sum: f64 = own[..row].iter().zip(&values[..row]).map(|(a, b)| a * b).sum();
            values[row] = (values[row] - sum) / own[row];
        }
        for row in (0..size).rev() {
            let own = self.0.row(row);
            values[row] /= own[row];
            let value = values[row];
            values[..row].iter_mut().zip(own).for_each(|(above, a)| *above -= a * value);
        }
    }

    /// The inverse of the matrix.
    pub fn inverse(&self) -> Square {
        let size = self.0.size;
        let mut out = Square::zero(size);
        for (column, values) in out.values.chunks_exact_mut(size).enumerate() {
            values[column] = 1.0;
            self.solve(values);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_and_refuses() {
        let matrix = |values: &[f64]| Square { size: 2, values: values.to_vec() };
        let mut x = vec![2.0, 5.0];
        matrix(&[4.0, 9e9, 2.0, 3.0]).cholesky().unwrap().solve(&mut x);
        assert!((x[0] + 0.5).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12, "{x:?}");
        assert!(matrix(&[1.0, 2.0, 2.0, 1.0]).cholesky().is_none());
    }
}
