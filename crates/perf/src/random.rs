//! Seeded random numbers: the same on every machine, so that a load and its prompts can be had again.

/// SplitMix64 of Steele, Lea and Flood 2014.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator for one purpose: streams of the same seed do not overlap.
    pub fn new(seed: u64, stream: u64) -> Random {
        Random(mixed(seed ^ mixed(stream.wrapping_add(0x9e37_79b9_7f4a_7c15))))
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number from 0 to `end`, without it; 0 when that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    /// A number between two, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// A number above 0 and below 1.
    pub fn share(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// A number of the exponential distribution with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -self.share().ln()
    }

    /// A number of the gamma distribution with this shape and mean 1: Marsaglia and Tsang 2000.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        // Below 1 the method needs a shape of one more, and a power.
        if shape < 1.0 {
            let power = self.share().powf(1.0 / shape);
            return self.gamma(shape + 1.0) * (shape + 1.0) * power / shape;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let normal = self.normal();
            let v = (1.0 + c * normal).powi(3);
            if v > 0.0 && self.share().ln() < 0.5 * normal * normal + d - d * v + d * v.ln() {
                return d * v / shape;
            }
        }
    }

    /// A number of the standard normal distribution: Box and Muller 1958.
    fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }
}

fn mixed(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(draw: impl FnMut() -> f64) -> (f64, f64) {
        let values: Vec<f64> = std::iter::repeat_with(draw).take(200_000).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64)
    }

    #[test]
    fn distributions_have_their_mean_and_variance() {
        let mut random = Random::new(1, 0);
        let (mean, variance) = moments(|| random.exponential());
        assert!((mean - 1.0).abs() < 0.01 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
        for shape in [0.25, 1.0, 4.0] {
            let (mean, variance) = moments(|| random.gamma(shape));
            assert!((mean - 1.0).abs() < 0.02, "{shape}: {mean}");
            assert!((variance * shape - 1.0).abs() < 0.05, "{shape}: {variance}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let three = |seed, stream| {
            let mut random = Random::new(seed, stream);
            [random.next(), random.next(), random.next()]
        };
        assert_eq!(three(1, 2), three(1, 2));
        assert_ne!(three(1, 2), three(1, 3));
        assert_ne!(three(1, 2), three(2, 2));
        let mut random = Random::new(3, 0);
        assert!((0..1000).all(|_| (2..=4).contains(&random.between(2, 4))));
        assert_eq!(random.below(0), 0);
    }
}
