//! How far ratings could be off: from the curvature and the scatter of the verdicts (the sandwich), or by fitting again to
//! resampled battles (the bootstrap).

use crate::design::Counts;
use crate::fit::{Fit, Problem};
use crate::linear::{Cholesky, Square};
use crate::parallel;
use evalscope_metrics::random::Random;

/// Added to the curvature for each verdict, as `arena-rank` 0.1.1 does: strengths are known up to a constant only.
const RIDGE: f64 = 1e-5;

/// The variance of each parameter: the diagonal of `H⁻¹ B H⁻¹`, with `B` from the scores of the verdicts. Where verdicts share
/// questions, also with `B` from the sums of each question's scores, and the larger of both: a judge that contradicts itself when the
/// answers change places gives sums of nothing, and is certain of nothing. Where imaginary draws hold the ratings, also that of `H⁻¹`:
/// verdicts that all agree have no scatter, and still say little of how far apart the models are.
pub(crate) fn sandwich(problem: &Problem<'_>, fit: &Fit) -> Option<Vec<f64>> {
    let size = problem.size();
    let mut curvature = problem.curvature(&fit.parameters);
    let ridge = RIDGE * problem.design.total();
    (0..size).for_each(|place| curvature.add(place, place, ridge));
    let cholesky = curvature.cholesky()?;
    // H⁻¹ B, column by column of B; then the same of its transpose.
    let variances = |scatter: &Square| -> Vec<f64> {
        let covariance = solved(&cholesky, &solved(&cholesky, scatter));
        (0..size).map(|place| covariance.row(place)[place].max(0.0)).collect()
    };
    let alone = variances(&scatter_of_verdicts(problem, fit));
    let together = members(problem).map(|members| variances(&scatter_of_clusters(problem, fit, &members)));
    let held = (problem.penalty.draws > 0.0).then(|| of_curvature(problem, &cholesky));
    let larger =
        |found: Vec<f64>, other: Vec<f64>| found.into_iter().zip(other).map(|(a, b)| a.max(b)).collect();
    Some([together, held].into_iter().flatten().fold(alone, larger))
}

/// The variance of each parameter by the curvature alone; of strengths, of their distance from the mean.
fn of_curvature(problem: &Problem<'_>, cholesky: &Cholesky) -> Vec<f64> {
    let (inverse, models) = (cholesky.inverse(), problem.design.models.len());
    let to_all = |row: usize| inverse.row(row)[..models].iter().sum::<f64>() / models as f64;
    let of_mean = (0..models).map(to_all).sum::<f64>() / models as f64;
    let variance = |place: usize| {
        let own = inverse.row(place)[place];
        if place < models { (own - 2.0 * to_all(place) + of_mean).max(0.0) } else { own }
    };
    (0..problem.size()).map(variance).collect()
}

/// `(H⁻¹ M)ᵀ` for a square matrix.
fn solved(cholesky: &Cholesky, matrix: &Square) -> Square {
    let size = matrix.size;
    let mut out = Square::zero(size);
    for column in 0..size {
        let mut values: Vec<f64> = (0..size).map(|row| matrix.row(row)[column]).collect();
        cholesky.solve(&mut values);
        out.values[column * size..(column + 1) * size].copy_from_slice(&values);
    }
    out
}

/// The entries of the score of one verdict that are not 0 by necessity.
fn entries(problem: &Problem<'_>, fit: &Fit, row: usize, outcome: u8) -> Vec<(usize, f64)> {
    let design = problem.design;
    let (slope, tie) = problem.score(&problem.row(row, &fit.parameters), outcome);
    let (a, b) = design.pairs[row];
    let models = design.models.len();
    let features = design.features_of(row).iter().enumerate();
    let mut entries = vec![(a as usize, slope), (b as usize, -slope)];
    entries.extend(features.map(|(place, x)| (models + place, slope * x)));
    entries.extend((tie != 0.0).then(|| (problem.size() - 1, tie)));
    entries
}

/// The sum over verdicts of the outer product of their scores. Equal verdicts of a row count together.
fn scatter_of_verdicts(problem: &Problem<'_>, fit: &Fit) -> Square {
    let mut scatter = Square::zero(problem.size());
    for (row, counts) in problem.design.counts.iter().enumerate() {
        for (outcome, count) in (0..3_u8).zip(counts) {
            outer(&entries(problem, fit, row, outcome), *count, &mut scatter);
        }
    }
    scatter
}

/// The sum over clusters of the outer product of their sums of scores.
fn scatter_of_clusters(problem: &Problem<'_>, fit: &Fit, members: &[Vec<(u32, u8)>]) -> Square {
    let mut scatter = Square::zero(problem.size());
    for members in members {
        let mut sum = vec![0.0; problem.size()];
        for (row, outcome) in members {
            let entries = entries(problem, fit, *row as usize, *outcome);
            entries.iter().for_each(|(place, value)| sum[*place] += value);
        }
        let sum: Vec<(usize, f64)> = sum.into_iter().enumerate().filter(|(_, value)| *value != 0.0).collect();
        outer(&sum, 1.0, &mut scatter);
    }
    scatter
}

fn outer(entries: &[(usize, f64)], weight: f64, sum: &mut Square) {
    if weight != 0.0 {
        for (row, x) in entries {
            entries.iter().for_each(|(column, y)| sum.add(*row, *column, weight * x * y));
        }
    }
}

/// Rows from which on a round takes one step of Newton's method, with the curvature of all battles, in place of a fit of its
/// own: the first term of how a resampled set moves the fit. Rows are so many only where each battle has a style of its own.
const ONE_STEP_ROWS: usize = 50_000;

/// Strengths and coefficients of so many resampled sets of battles.
pub(crate) fn bootstrap(problem: &Problem<'_>, fit: &Fit, rounds: usize, seed: u64) -> Vec<Vec<f64>> {
    let by_cluster = members(problem);
    if problem.design.counts.len() >= ONE_STEP_ROWS
        && let Some(step) = OneStep::new(problem, fit)
    {
        return parallel::rounds(rounds, |round| {
            step.round(by_cluster.as_deref(), &mut Random::of_round(seed, round as u64))
        });
    }
    let kinds = Kinds::new(&problem.design.counts);
    parallel::rounds(rounds, |round| {
        let mut random = Random::of_round(seed, round as u64);
        let counts = match &by_cluster {
            Some(members) => of_clusters(problem, members, &mut random),
            None => kinds.draw(&mut random),
        };
        problem.fit(&counts, &fit.parameters).parameters
    })
}

/// One step of Newton's method from the fit of all battles.
struct OneStep<'a> {
    problem: &'a Problem<'a>,
    fit: &'a Fit,
    cholesky: Cholesky,
    /// The derivative of each row and outcome by the difference, and by the ties' strength.
    scores: Vec<[(f64, f64); 3]>,
}

impl OneStep<'_> {
    fn new<'a>(problem: &'a Problem<'a>, fit: &'a Fit) -> Option<OneStep<'a>> {
        let cholesky = problem.held_curvature(&fit.parameters).cholesky()?;
        let of_row = |row: usize| {
            let row = problem.row(row, &fit.parameters);
            [0, 1, 2].map(|outcome| problem.score(&row, outcome))
        };
        let scores = (0..problem.design.counts.len()).map(of_row).collect();
        Some(OneStep { problem, fit, cholesky, scores })
    }

    fn round(&self, members: Option<&[Vec<(u32, u8)>]>, random: &mut Random) -> Vec<f64> {
        let mut gradient = vec![0.0; self.problem.size()];
        let verdicts = &self.problem.design.verdicts;
        match members {
            Some(members) => {
                for _ in 0..members.len() {
                    let drawn = &members[random.below(members.len() as u32) as usize];
                    drawn.iter().for_each(|(row, outcome)| self.add(*row, *outcome, &mut gradient));
                }
            }
            None => {
                for _ in 0..verdicts.len() {
                    let (row, outcome, _) = verdicts[random.below(verdicts.len() as u32) as usize];
                    self.add(row, outcome, &mut gradient);
                }
            }
        }
        self.problem.penalise(self.problem.design.total(), &self.fit.parameters, &mut gradient);
        self.cholesky.solve(&mut gradient);
        let mut parameters = self.fit.parameters.clone();
        parameters.iter_mut().zip(&gradient).for_each(|(value, step)| *value += step);
        self.problem.centre(&mut parameters);
        parameters
    }

    fn add(&self, row: u32, outcome: u8, gradient: &mut [f64]) {
        let design = self.problem.design;
        let (slope, tie) = self.scores[row as usize][outcome as usize];
        let (a, b) = design.pairs[row as usize];
        gradient[a as usize] += slope;
        gradient[b as usize] -= slope;
        let own = &mut gradient[design.models.len()..];
        for (value, x) in own.iter_mut().zip(design.features_of(row as usize)) {
            *value += slope * x;
        }
        if tie != 0.0
            && let Some(last) = gradient.last_mut()
        {
            *last += tie;
        }
    }
}

/// The verdicts of each cluster, when they are more than one each.
fn members(problem: &Problem<'_>) -> Option<Vec<Vec<(u32, u8)>>> {
    let design = problem.design;
    if design.clusters as usize == design.verdicts.len() {
        return None;
    }
    let mut members = vec![Vec::new(); design.clusters as usize];
    for (row, outcome, cluster) in &design.verdicts {
        members[*cluster as usize].push((*row, *outcome));
    }
    Some(members)
}

fn of_clusters(problem: &Problem<'_>, members: &[Vec<(u32, u8)>], random: &mut Random) -> Vec<Counts> {
    let mut counts = vec![Counts::default(); problem.design.counts.len()];
    for _ in 0..members.len() {
        for (row, outcome) in &members[random.below(members.len() as u32) as usize] {
            counts[*row as usize][*outcome as usize] += 1.0;
        }
    }
    counts
}

/// How often each kind of verdict came, summed so that any run of kinds has its sum at hand.
struct Kinds {
    /// Verdicts before each kind, and at the end all.
    before: Vec<u64>,
}

impl Kinds {
    fn new(counts: &[Counts]) -> Kinds {
        let mut before = vec![0];
        let mut sum = 0;
        before.extend(counts.iter().flatten().map(|count| {
            sum += *count as u64;
            sum
        }));
        Kinds { before }
    }

    /// As many verdicts as there are, drawn with replacement: how often each kind comes is drawn, not each verdict. First how
    /// many fall on the first half of the kinds, then the same in each half.
    fn draw(&self, random: &mut Random) -> Vec<Counts> {
        let kinds = self.before.len() - 1;
        let mut drawn = vec![0.0; kinds];
        let mut left = vec![(0, kinds, self.before[kinds])];
        while let Some((from, to, draws)) = left.pop() {
            if draws == 0 {
                continue;
            }
            if to - from == 1 {
                drawn[from] = draws as f64;
                continue;
            }
            let middle = from + (to - from) / 2;
            let sum = |from: usize, to: usize| self.before[to] - self.before[from];
            let (first, second) = (sum(from, middle), sum(middle, to));
            let of_first = match (first, second) {
                (0, _) => 0,
                (_, 0) => draws,
                _ => random.binomial(draws, first, first + second),
            };
            left.extend([(middle, to, draws - of_first), (from, middle, of_first)]);
        }
        drawn.chunks_exact(3).map(|kinds| [kinds[0], kinds[1], kinds[2]]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battle::{Battle, Winner};
    use crate::design::{Design, Taken};
    use crate::fit::{Penalty, Ties};
    use evalscope_metrics::stats::{mean, standard_error};

    #[test]
    fn kinds_are_drawn_as_often_as_they_came_on_average() {
        let counts = vec![[3.0, 0.0, 1.0], [0.0, 6.0, 0.0], [20.0, 0.0, 70.0]];
        let kinds = Kinds::new(&counts);
        let mut random = Random::of_round(5, 0);
        let draws: Vec<Vec<Counts>> = (0..20_000).map(|_| kinds.draw(&mut random)).collect();
        assert!(draws.iter().all(|drawn| drawn.iter().flatten().sum::<f64>() == 100.0));
        for (row, outcome) in [(0, 0), (0, 1), (0, 2), (1, 1), (2, 0), (2, 2)] {
            let values: Vec<f64> = draws.iter().map(|drawn| drawn[row][outcome]).collect();
            let count = counts[row][outcome];
            let spread = standard_error(&values).unwrap() * 20_000_f64.sqrt();
            // Of the multinomial: n p (1 − p).
            let expected = (count * (1.0 - count / 100.0)).sqrt();
            assert!((mean(&values) - count).abs() < 0.15, "{row} {outcome}: {}", mean(&values));
            assert!((spread - expected).abs() < 0.1, "{row} {outcome}: {spread} {expected}");
        }
    }

    #[test]
    fn one_step_spreads_as_fits_of_their_own_do() {
        let mut random = Random::of_round(9, 0);
        let battle = |random: &mut Random| {
            let (a, b) = (random.below(4), 4 + random.below(4));
            let winner = match random.below(10) + a {
                0..=4 => Winner::A,
                5 => Winner::Tie,
                _ => Winner::B,
            };
            Battle::new(&format!("m{a}"), &format!("m{b}"), winner)
        };
        let battles: Vec<Battle> = (0..4_000).map(|_| battle(&mut random)).collect();
        let design = Design::new(&battles, &Taken { has_position: true, style: None, by_question: false });
        let problem = Problem { design: &design, ties: Ties::Davidson, penalty: Penalty::default() };
        let fit = problem.fit_all();
        let whole = bootstrap(&problem, &fit, 400, 1);
        let step = OneStep::new(&problem, &fit).unwrap();
        let steps: Vec<Vec<f64>> =
            (0..400).map(|round| step.round(None, &mut Random::of_round(2, round))).collect();
        for place in 0..problem.size() {
            let of = |drawn: &[Vec<f64>]| drawn.iter().map(|all| all[place]).collect::<Vec<f64>>();
            let (whole, steps) = (of(&whole), of(&steps));
            let (one, other) = (standard_error(&whole).unwrap(), standard_error(&steps).unwrap());
            assert!((one / other - 1.0).abs() < 0.2, "{place}: {one} {other}");
            assert!((mean(&whole) - mean(&steps)).abs() < 6.0 * one, "{place}");
        }
    }
}
