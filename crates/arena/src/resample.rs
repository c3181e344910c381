//! How far ratings could be off: from the curvature and the scatter of the verdicts (the sandwich), or by fitting again to
//! resampled battles (the bootstrap).

use crate::design::Counts;
use crate::fit::{Fit, Problem};
use crate::linear::Square;
use crate::parallel;
use evalscope_metrics::random::Random;

/// Added to the curvature for each verdict, as `arena-rank` 0.1 does: strengths are known up to a constant only.
const RIDGE: f64 = 1e-5;

/// The covariance of all parameters: `H⁻¹ B H⁻¹`, with `B` from the sums of each cluster's scores.
pub(crate) fn sandwich(problem: &Problem<'_>, fit: &Fit) -> Option<Square> {
    let size = problem.size();
    let mut curvature = problem.curvature(&fit.parameters);
    let ridge = RIDGE * problem.design.total();
    (0..size).for_each(|place| curvature.add(place, place, ridge));
    let cholesky = curvature.cholesky()?;
    let scatter = scatter(problem, fit);
    // H⁻¹ B, column by column of B; then the same of its transpose.
    let half = solved(&cholesky, &scatter);
    Some(solved(&cholesky, &half))
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

/// The sum over clusters of the outer product of their scores.
fn scatter(problem: &Problem<'_>, fit: &Fit) -> Square {
    let design = problem.design;
    let mut scatter = Square::zero(problem.size());
    let rows: Vec<_> = (0..design.counts.len()).map(|row| problem.row(row, &fit.parameters)).collect();
    let entries = |row: usize, outcome: u8| {
        let (slope, tie) = problem.score(&rows[row], outcome);
        let (a, b) = design.pairs[row];
        let models = design.models.len();
        let features = design.features_of(row).iter().enumerate();
        let mut entries = vec![(a as usize, slope), (b as usize, -slope)];
        entries.extend(features.map(|(place, x)| (models + place, slope * x)));
        entries.extend((tie != 0.0).then(|| (problem.size() - 1, tie)));
        entries
    };
    if design.clusters as usize == design.verdicts.len() {
        // Each on its own: equal verdicts of a row count together.
        for (row, counts) in design.counts.iter().enumerate() {
            for outcome in 0..3_u8 {
                outer(&entries(row, outcome), counts[outcome as usize], &mut scatter);
            }
        }
        return scatter;
    }
    let mut members: Vec<Vec<(u32, u8)>> = vec![Vec::new(); design.clusters as usize];
    for (row, outcome, cluster) in &design.verdicts {
        members[*cluster as usize].push((*row, *outcome));
    }
    for members in &members {
        let mut sum = vec![0.0; problem.size()];
        for (row, outcome) in members {
            entries(*row as usize, *outcome).iter().for_each(|(place, value)| sum[*place] += value);
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
