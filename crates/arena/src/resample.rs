//! How far ratings could be off: from the curvature and the scatter of the verdicts (the sandwich), or by fitting again to
//! resampled battles (the bootstrap).

use crate::design::Counts;
use crate::fit::{Fit, Problem};
use crate::linear::Square;
use crate::parallel;
use evalscope_metrics::random::Random;

/// Added to the curvature for each verdict, as `arena-rank` 0.1.1 does: strengths are known up to a constant only.
const RIDGE: f64 = 1e-5;

/// The variance of each parameter: the diagonal of `H⁻¹ B H⁻¹`, with `B` from the scores of the verdicts. Where verdicts share
/// questions, also with `B` from the sums of each question's scores, and the larger of both: a judge that contradicts itself when the
/// answers change places gives sums of nothing, and is certain of nothing.
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
    let Some(members) = members(problem) else { return Some(alone) };
    let together = variances(&scatter_of_clusters(problem, fit, &members));
    Some(alone.into_iter().zip(together).map(|(one, other)| one.max(other)).collect())
}

/// `(H⁻¹ M)ᵀ` for a square matrix.
fn solved(cholesky: &crate::linear::Cholesky, matrix: &Square) -> Square {
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

/// Strengths and coefficients of so many resampled sets of battles.
pub(crate) fn bootstrap(problem: &Problem<'_>, fit: &Fit, rounds: usize, seed: u64) -> Vec<Vec<f64>> {
    let by_cluster = members(problem);
    parallel::rounds(rounds, |round| {
        let mut random = Random::of_round(seed, round as u64);
        let counts = match &by_cluster {
            Some(members) => of_clusters(problem, members, &mut random),
            None => of_verdicts(problem, &mut random),
        };
        problem.fit(&counts, &fit.parameters).parameters
    })
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

/// As many verdicts as there are, drawn with replacement: how often each kind comes is drawn, not each verdict.
fn of_verdicts(problem: &Problem<'_>, random: &mut Random) -> Vec<Counts> {
    let mut left = problem.design.total() as u64;
    let mut draws = left;
    let mut draw = |often: f64| {
        let often = often as u64;
        let drawn = if often == left { draws } else { random.binomial(draws, often, left) };
        draws -= drawn;
        left -= often;
        drawn as f64
    };
    problem.design.counts.iter().map(|counts| counts.map(&mut draw)).collect()
}
