//! Random numbers that are the same on every machine.

/// SplitMix64 of Steele, Lea and Flood 2014.
pub struct Random(u64);

fn mixed(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    /// Starts where no other round does: neighbouring numbers are mixed, or their sequences would overlap.
    pub fn of_round(seed: u64, round: u64) -> Random {
        Random(mixed(seed ^ mixed(round.wrapping_add(0x9e37_79b9_7f4a_7c15))))
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A whole number below `bound`, each as likely but for one part in 2³².
    pub fn below(&mut self, bound: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// How many of `draws` draws hit, when `often` of `of` do.
    ///
    /// A draw hits when its random binary digits are less than the share's. All draws are compared at once, digit after
    /// digit: half of them are decided by each, so that a draw takes two random bits.
    pub fn binomial(&mut self, draws: u64, often: u64, of: u64) -> u64 {
        let share = ((u128::from(often) << 64) / u128::from(of)) as u64;
        let (mut hits, mut undecided) = (0, draws);
        for digit in (0..64).rev() {
            if undecided == 0 {
                break;
            }
            let ones = self.ones(undecided);
            if share >> digit & 1 == 1 {
                hits += undecided - ones;
                undecided = ones;
            } else {
                undecided -= ones;
            }
        }
        hits
    }

    /// How many of so many random bits are set.
    fn ones(&mut self, bits: u64) -> u64 {
        let whole: u64 = (0..bits / 64).map(|_| u64::from(self.bits().count_ones())).sum();
        let rest = bits % 64;
        if rest == 0 { whole } else { whole + u64::from((self.bits() >> (64 - rest)).count_ones()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binomial_has_its_mean_and_spread() {
        let mut random = Random::of_round(3, 0);
        let drawn: Vec<f64> = (0..20_000).map(|_| random.binomial(1_000, 3, 10) as f64).collect();
        let mean = crate::stats::mean(&drawn);
        let spread = crate::stats::standard_error(&drawn).unwrap() * 20_000_f64.sqrt();
        assert!((mean - 300.0).abs() < 0.5 && (spread - 210.0_f64.sqrt()).abs() < 0.3, "{mean} {spread}");
        assert_eq!((random.binomial(0, 1, 2), random.binomial(10, 0, 5)), (0, 0));
    }
}
