//! Which battles to judge next, so that a few of them narrow the ranking most.
//!
//! Each next battle goes to the pair whose order is least certain, weighed by how much one more verdict would tell: the chance that the
//! two stand in the wrong order, times the variance of their difference, times the spread of the verdict. What a battle would tell is
//! taken into account before the next one is chosen, so that many can be chosen at once.

use crate::battle::Battle;
use crate::design::{Design, Taken};
use crate::fit::{Penalty, Problem, Ties};
use crate::linear::Square;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

/// Half wins and half losses against an average model that each model is given: what is known before the first battle.
const DRAWS: f64 = 1.0;
/// Doublings of the number of battles that are tried at most.
const DOUBLINGS: u32 = 40;

/// What is known of the models so far.
pub struct Active {
    models: Vec<String>,
    strengths: Vec<f64>,
    covariance: Square,
    normal: Normal,
}

/// What choosing battles brought.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Saved {
    /// Verdicts so far.
    pub verdicts: u64,
    /// Pairs of models that are expected to stand in the wrong order.
    pub wrong_pairs: f64,
    /// Verdicts that judging all pairs equally often would have taken to be as certain.
    pub all_pairs_verdicts: u64,
}

impl Active {
    /// What these battles say of these models. Nothing when the numbers allow no answer.
    pub fn new(models: &[String], battles: &[Battle]) -> Option<Active> {
        let mut design =
            Design::new(battles, &Taken { has_position: false, style: None, by_question: false });
        // Models without a battle take part all the same.
        let own = std::mem::take(&mut design.models);
        let place = |name: &String| models.iter().position(|model| model == name);
        let places: Option<Vec<usize>> = own.iter().map(place).collect();
        let places = places?;
        for pair in &mut design.pairs {
            *pair = (places[pair.0 as usize] as u32, places[pair.1 as usize] as u32);
        }
        design.models = models.to_vec();
        let penalty = Penalty { draws: DRAWS, ..Penalty::default() };
        let problem = Problem { design: &design, ties: Ties::Half, penalty };
        let strengths = problem.fit_all().parameters;
        let covariance = problem.curvature(&strengths).cholesky()?.inverse();
        Some(Active { models: models.to_vec(), strengths, covariance, normal: Normal::new(0.0, 1.0).ok()? })
    }

    /// Chooses so many of the battles that are left, by their two models. Gives their places in `left`.
    pub fn choose(&mut self, left: &[(String, String)], count: usize) -> Vec<usize> {
        let place = |name: &String| self.models.iter().position(|model| model == name);
        let pairs: Vec<Option<(usize, usize)>> =
            left.iter().map(|(a, b)| Some((place(a)?, place(b)?))).collect();
        let mut open: Vec<usize> = (0..left.len()).filter(|place| pairs[*place].is_some()).collect();
        let mut chosen = Vec::new();
        while chosen.len() < count && !open.is_empty() {
            let mut best = (f64::MIN, 0);
            for (at, place) in open.iter().enumerate() {
                let Some((a, b)) = pairs[*place] else { continue };
                let value = self.value(a, b);
                if value > best.0 {
                    best = (value, at);
                }
            }
            let place = open.remove(best.1);
            if let Some((a, b)) = pairs[place] {
                self.learn(a, b);
            }
            chosen.push(place);
        }
        chosen
    }

    fn difference(&self, a: usize, b: usize) -> (f64, f64) {
        let variance =
            self.covariance.row(a)[a] + self.covariance.row(b)[b] - 2.0 * self.covariance.row(a)[b];
        (self.strengths[a] - self.strengths[b], variance.max(f64::MIN_POSITIVE))
    }

    /// The chance that two models stand in the wrong order.
    fn wrong(&self, a: usize, b: usize) -> f64 {
        let (difference, variance) = self.difference(a, b);
        self.normal.cdf(-difference.abs() / variance.sqrt())
    }

    fn value(&self, a: usize, b: usize) -> f64 {
        let (difference, variance) = self.difference(a, b);
        self.wrong(a, b) * variance * spread(difference)
    }

    /// Takes into account what one more battle of this pair would tell, whatever it says.
    fn learn(&mut self, a: usize, b: usize) {
        let (difference, variance) = self.difference(a, b);
        let spread = spread(difference);
        let size = self.covariance.size;
        let column: Vec<f64> =
            (0..size).map(|row| self.covariance.row(row)[a] - self.covariance.row(row)[b]).collect();
        let scale = spread / (1.0 + spread * variance);
        for (row, one) in column.iter().enumerate() {
            column
                .iter()
                .enumerate()
                .for_each(|(at, other)| self.covariance.add(row, at, -scale * one * other));
        }
    }

    /// Pairs that are expected to stand in the wrong order.
    fn wrong_pairs(&self) -> f64 {
        let all = (0..self.models.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
        all.map(|(a, b)| self.wrong(a, b)).sum()
    }

    /// What choosing battles brought, after so many verdicts.
    pub fn saved(&self, verdicts: u64) -> Saved {
        let wrong_pairs = self.wrong_pairs();
        let is_enough =
            |count: u64| self.equally(count).is_some_and(|equal| equal.wrong_pairs() <= wrong_pairs);
        let mut high = verdicts.max(1);
        for _ in 0..DOUBLINGS {
            if is_enough(high) {
                break;
            }
            high = high.saturating_mul(2);
        }
        let mut low = 0;
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if is_enough(middle) { high = middle } else { low = middle }
        }
        Saved { verdicts, wrong_pairs, all_pairs_verdicts: high }
    }

    /// What would be known of the same models, had all pairs been judged equally often.
    fn equally(&self, verdicts: u64) -> Option<Active> {
        let size = self.models.len();
        let pairs = (size * size.saturating_sub(1) / 2).max(1);
        let often = verdicts as f64 / pairs as f64;
        let mut curvature = Square::zero(size);
        for a in 0..size {
            curvature.add(a, a, DRAWS * spread(self.strengths[a]));
            for b in 0..a {
                let told = often * spread(self.strengths[a] - self.strengths[b]);
                curvature.add(a, a, told);
                curvature.add(b, b, told);
                curvature.add(a, b, -told);
                curvature.add(b, a, -told);
            }
        }
        let covariance = curvature.cholesky()?.inverse();
        Some(Active {
            models: self.models.clone(),
            strengths: self.strengths.clone(),
            covariance,
            normal: self.normal,
        })
    }
}

/// The spread of a verdict between two models this far apart.
fn spread(difference: f64) -> f64 {
    let share = 1.0 / (1.0 + (-difference).exp());
    share * (1.0 - share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battle::Winner;
    use evalscope_metrics::random::Random;

    const MODELS: usize = 10;
    const QUESTIONS: usize = 120;

    fn names() -> Vec<String> {
        (0..MODELS).map(|model| format!("m{model}")).collect()
    }

    /// Two far ahead, two far behind, the others close together.
    fn strength(model: usize) -> f64 {
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 4.0, 6.0, -4.0, -6.0][model]
    }

    fn judged(a: usize, b: usize, random: &mut Random) -> Battle {
        let share = 1.0 / (1.0 + (strength(b) - strength(a)).exp());
        let is_first = f64::from(random.below(1 << 30)) < share * f64::from(1 << 30);
        Battle::new(&format!("m{a}"), &format!("m{b}"), if is_first { Winner::A } else { Winner::B })
    }

    /// Battles of a budget: those that are chosen, in batches.
    fn run(budget: usize, random: &mut Random) -> (Vec<Battle>, Active) {
        let mut left: Vec<(usize, usize)> =
            (0..QUESTIONS).flat_map(|_| (0..MODELS).flat_map(|a| (0..a).map(move |b| (a, b)))).collect();
        let mut battles = Vec::new();
        while battles.len() < budget {
            let mut active = Active::new(&names(), &battles).unwrap();
            let named: Vec<(String, String)> =
                left.iter().map(|(a, b)| (format!("m{a}"), format!("m{b}"))).collect();
            let mut chosen = active.choose(&named, 30);
            chosen.sort_unstable_by(|one, other| other.cmp(one));
            for place in chosen {
                let (a, b) = left.remove(place);
                battles.push(judged(a, b, random));
            }
        }
        let active = Active::new(&names(), &battles).unwrap();
        (battles, active)
    }

    #[test]
    fn chosen_battles_are_worth_more_than_all_pairs() {
        let (battles, active) = run(900, &mut Random::of_round(5, 0));
        let saved = active.saved(battles.len() as u64);
        assert!(saved.all_pairs_verdicts > 1_300, "{saved:?}");
        // Clear pairs are hardly judged, close ones often.
        let of = |a: &str, b: &str| {
            battles.iter().filter(|battle| battle.model_a == a && battle.model_b == b).count()
        };
        assert!(of("m9", "m7") < 5 && of("m3", "m2") > 15, "{} {}", of("m9", "m7"), of("m3", "m2"));
        // By the true strengths, fewer pairs stand in the wrong order than after as many battles of all pairs.
        let wrong = |active: &Active| {
            let pairs = (0..MODELS).flat_map(|a| (0..a).map(move |b| (a, b)));
            pairs
                .filter(|(a, b)| {
                    (active.strengths[*a] > active.strengths[*b]) != (strength(*a) > strength(*b))
                })
                .count()
        };
        let (mut chosen, mut equal) = (0, 0);
        for round in 0..8 {
            let mut random = Random::of_round(9, round);
            chosen += wrong(&run(450, &mut random).1);
            let battles: Vec<Battle> = (0..10)
                .flat_map(|_| (0..MODELS).flat_map(|a| (0..a).map(move |b| (a, b))))
                .map(|(a, b)| judged(a, b, &mut random))
                .collect();
            equal += wrong(&Active::new(&names(), &battles).unwrap());
        }
        assert!(chosen < equal, "{chosen} {equal}");
    }

    #[test]
    fn all_pairs_save_nothing() {
        let mut random = Random::of_round(2, 0);
        let battles: Vec<Battle> = (0..20)
            .flat_map(|_| (0..MODELS).flat_map(|a| (0..a).map(move |b| (a, b))))
            .map(|(a, b)| judged(a, b, &mut random))
            .collect();
        let saved = Active::new(&names(), &battles).unwrap().saved(900);
        assert!(saved.all_pairs_verdicts.abs_diff(900) <= 1, "{saved:?}");
        assert!(Active::new(&names(), &[]).is_some());
    }
}
