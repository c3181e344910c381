//! The bootstrap of a mean: exact, the same on every machine, fast enough for 100,000 rounds.
//!
//! Of few distinct values, as right and wrong give, a round needs only how often each is drawn: a binomial number each. Of
//! many, every value is drawn. Rounds have generators of their own, so that threads change nothing.

use crate::random::Random;
use crate::stats::percentile;
use std::thread;

/// Rounds: enough for three digits of a p-value of 0.05.
const ROUNDS: usize = 100_000;
/// Distinct values up to which it is faster to draw how often each one comes.
const FEW: usize = 16;

/// What a bootstrap says of a mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// 95 % interval, between percentiles.
    pub interval_95: (f64, f64),
    /// Twice the share of rounds whose mean is 0 or on the other side of it, at most 1.
    pub p_value: f64,
}

/// Returns interval and p-value of the mean; nothing for fewer than two values.
pub fn bootstrap(values: &[f64], seed: u64) -> Option<Bootstrap> {
    if values.len() < 2 {
        return None;
    }
    let kinds = kinds(values);
    let means = if kinds.len() <= FEW {
        rounds(seed, |random| mean_of_kinds(&kinds, values.len() as u64, random))
    } else {
        rounds(seed, |random| mean_of_draws(values, random))
    };
    let side = |is_on_side: fn(&f64) -> bool| means.iter().filter(|mean| is_on_side(mean)).count();
    let rarer = side(|mean| *mean <= 0.0).min(side(|mean| *mean >= 0.0));
    let p_value = (2.0 * (rarer + 1) as f64 / (ROUNDS + 1) as f64).min(1.0);
    Some(Bootstrap { interval_95: (percentile(&means, 0.025)?, percentile(&means, 0.975)?), p_value })
}

/// The distinct values with how often each stands there.
fn kinds(values: &[f64]) -> Vec<(f64, u64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|one, other| one == other).map(|kind| (kind[0], kind.len() as u64)).collect()
}

/// One value for each round, computed on all cores.
fn rounds(seed: u64, round: impl Fn(&mut Random) -> f64 + Sync) -> Vec<f64> {
    let mut means = vec![0.0; ROUNDS];
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = ROUNDS.div_ceil(threads);
    thread::scope(|scope| {
        for (part, means) in means.chunks_mut(share).enumerate() {
            let round = &round;
            scope.spawn(move || {
                for (place, mean) in means.iter_mut().enumerate() {
                    *mean = round(&mut Random::of_round(seed, (part * share + place) as u64));
                }
            });
        }
    });
    means
}

fn mean_of_kinds(kinds: &[(f64, u64)], count: u64, random: &mut Random) -> f64 {
    let (mut sum, mut draws, mut left) = (0.0, count, count);
    for (value, often) in kinds {
        let drawn = if *often == left { draws } else { random.binomial(draws, *often, left) };
        sum += value * drawn as f64;
        draws -= drawn;
        left -= often;
    }
    sum / count as f64
}

fn mean_of_draws(values: &[f64], random: &mut Random) -> f64 {
    let count = values.len() as u64;
    // Several sums: one would wait for itself.
    let mut sums = [0.0; 4];
    for _ in 0..values.len() / 4 {
        let (one, other) = (random.bits(), random.bits());
        for (sum, bits) in
            sums.iter_mut().zip([one >> 32, one & 0xffff_ffff, other >> 32, other & 0xffff_ffff])
        {
            *sum += values[((bits * count) >> 32) as usize];
        }
    }
    for _ in 0..values.len() % 4 {
        sums[0] += values[(((random.bits() >> 32) * count) >> 32) as usize];
    }
    sums.iter().sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_bit_for_bit_and_holds_the_mean() {
        let few: Vec<f64> = (0..200).map(|n| f64::from(n % 5) / 10.0 - 0.1).collect();
        let found = bootstrap(&few, 1).unwrap();
        assert_eq!(bootstrap(&few, 1), Some(found));
        let (low, high) = found.interval_95;
        assert!(low < 0.1 && 0.1 < high && high - low < 0.05 && found.p_value < 1e-4, "{found:?}");
        // The same on every machine.
        assert_eq!(found.interval_95, (0.0805, 0.119_500_000_000_000_01));
        assert_eq!(bootstrap(&[0.0, 0.0, 0.0], 1), Some(Bootstrap { interval_95: (0.0, 0.0), p_value: 1.0 }));
        assert_eq!(bootstrap(&[0.5], 1), None);
    }

    #[test]
    fn both_ways_of_drawing_agree() {
        let values: Vec<f64> = (0..600).map(|n| f64::from(n % 16) / 16.0 - 0.45).collect();
        let kinds = kinds(&values);
        assert_eq!(kinds.len(), 16);
        let by_kind = rounds(7, |random| mean_of_kinds(&kinds, 600, random));
        let by_draw = rounds(7, |random| mean_of_draws(&values, random));
        for share in [0.001, 0.025, 0.25, 0.5, 0.75, 0.975, 0.999] {
            let (one, other) = (percentile(&by_kind, share).unwrap(), percentile(&by_draw, share).unwrap());
            assert!((one - other).abs() < 1.5e-3, "{share}: {one} {other}");
        }
    }
}
