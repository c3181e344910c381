//! The win rate at equal length, by AlpacaEval's generalised linear model.
//!
//! The formula is `length_controlled_minimal` of alpaca_eval 0.6.6: preferences are explained by
//! `tanh(Δ characters / their standard deviation)` and a constant, each preference as both outcomes with its weight; L1
//! penalty, its strength chosen from ten by five-fold cross-validation of the log loss. Its default, `length_controlled_v1`, also
//! takes in each instruction's difficulty and the preferences of a model that was told to be brief or long, which it downloads.
//! alpaca_eval has one preference of each question; several of one are kept in one fold here, and are one observation.

use crate::estimate::Estimate;
use evalscope_metrics::stats::Z_95;
use indexmap::IndexSet;

/// scikit-learn's: the weight of the data against the penalty.
const STRENGTHS: std::ops::Range<i32> = 0..10;
const FOLDS: usize = 5;
/// Steps of the solver at most, and a change that is none.
const MAX_STEPS: usize = 200;
const TOLERANCE: f64 = 1e-10;

/// One comparison with the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// The question, by a number of its own.
    pub question: usize,
    /// What the judge gives the model, 0 to 1.
    pub preference: f64,
    /// Characters of the baseline's answer.
    pub baseline: f64,
    /// Characters of the model's.
    pub model: f64,
}

/// A preference and what explains it.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// Questions are numbered in the order in which they come.
    question: usize,
    preference: f64,
    /// The difference of lengths, and 1.
    x: [f64; 2],
}

/// Returns the win rate that is expected at equal length, 0 to 1, with the interval of the fit (robust to its form, and to what
/// comparisons on one question have in common). Nothing for fewer than ten questions, and where all differ by the same length.
pub fn length_controlled(compared: &[Compared]) -> Option<Estimate> {
    let count = compared.len() as f64;
    let questions: IndexSet<usize> = compared.iter().map(|one| one.question).collect();
    if questions.len() < 2 * FOLDS {
        return None;
    }
    let differences = compared.iter().map(|one| one.baseline - one.model);
    let mean = differences.clone().sum::<f64>() / count;
    let spread = (differences.clone().map(|one| (one - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    if spread <= 0.0 {
        return None;
    }
    let rows: Vec<Row> = compared
        .iter()
        .zip(differences)
        .map(|(one, difference)| Row {
            question: questions.get_index_of(&one.question).unwrap_or_default(),
            preference: one.preference.clamp(0.0, 1.0),
            x: [(difference / spread).tanh(), 1.0],
        })
        .collect();
    let strength = best_strength(&rows);
    let weights = fit(&rows, strength);
    let value = share(weights[1]);
    let half = Z_95 * constant_error(&rows, weights);
    Some(Estimate { value, interval_95: (share(weights[1] - half), share(weights[1] + half)) })
}

fn share(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

fn predicted(weights: [f64; 2], x: [f64; 2]) -> f64 {
    share(weights[0] * x[0] + weights[1] * x[1])
}

/// The strength with the lowest loss on rows that were left out.
fn best_strength(rows: &[Row]) -> f64 {
    let all = STRENGTHS.map(|step| 10_f64.powf(-4.0 + 8.0 * f64::from(step) / 9.0));
    let part = |fold: usize, is_in: bool| -> Vec<Row> {
        rows.iter().filter(|row| (row.question % FOLDS == fold) == is_in).copied().collect()
    };
    let loss = |strength: f64| -> f64 {
        (0..FOLDS)
            .map(|fold| {
                let (weights, held) = (fit(&part(fold, false), strength), part(fold, true));
                held.iter().map(|row| loss_of(weights, row)).sum::<f64>() / held.len() as f64
            })
            .sum()
    };
    let mut best = (f64::INFINITY, 1.0);
    for strength in all {
        let loss = loss(strength);
        if loss < best.0 {
            best = (loss, strength);
        }
    }
    best.1
}

fn loss_of(weights: [f64; 2], Row { preference, x, .. }: &Row) -> f64 {
    const LEAST: f64 = 1e-15;
    let share = predicted(weights, *x).clamp(LEAST, 1.0 - LEAST);
    -(preference * share.ln() + (1.0 - preference) * (1.0 - share).ln())
}

/// The weights that make |w| + strength · loss least: Newton's method, each step's quadratic solved one weight after the other.
fn fit(rows: &[Row], strength: f64) -> [f64; 2] {
    let mut weights = [0.0; 2];
    let objective = |weights: [f64; 2]| {
        weights[0].abs()
            + weights[1].abs()
            + strength * rows.iter().map(|row| loss_of(weights, row)).sum::<f64>()
    };
    for _ in 0..MAX_STEPS {
        let (gradient, curvature) = slopes(rows, weights, strength);
        let step = quadratic_step(weights, gradient, curvature);
        let mut size = 1.0;
        let moved = |size: f64| [weights[0] + size * step[0], weights[1] + size * step[1]];
        let before = objective(weights);
        while size > TOLERANCE && objective(moved(size)) > before {
            size /= 2.0;
        }
        weights = moved(size);
        if step.iter().all(|one| (one * size).abs() < TOLERANCE) {
            break;
        }
    }
    weights
}

/// Gradient of the loss, and its curvature (two squares and what they share).
fn slopes(rows: &[Row], weights: [f64; 2], strength: f64) -> ([f64; 2], [f64; 3]) {
    let (mut gradient, mut curvature) = ([0.0; 2], [0.0; 3]);
    for Row { preference, x, .. } in rows {
        let share = predicted(weights, *x);
        let (first, second) = (strength * (share - preference), strength * share * (1.0 - share));
        gradient[0] += first * x[0];
        gradient[1] += first * x[1];
        curvature[0] += second * x[0] * x[0];
        curvature[1] += second * x[1] * x[1];
        curvature[2] += second * x[0] * x[1];
    }
    (gradient, curvature)
}

/// The step that makes the quadratic and the penalty least.
fn quadratic_step(weights: [f64; 2], gradient: [f64; 2], curvature: [f64; 3]) -> [f64; 2] {
    const LEAST: f64 = 1e-12;
    let mut step = [0.0; 2];
    for _ in 0..MAX_STEPS {
        let before = step;
        for place in 0..2 {
            let own = curvature[place].max(LEAST);
            let slope = gradient[place] + curvature[place] * step[place] + curvature[2] * step[1 - place];
            let wanted = weights[place] + step[place] - slope / own;
            // Soft threshold: the penalty pulls towards 0.
            let shrunk = wanted.signum() * (wanted.abs() - 1.0 / own).max(0.0);
            step[place] = shrunk - weights[place];
        }
        if step.iter().zip(before).all(|(one, other)| (one - other).abs() < TOLERANCE) {
            break;
        }
    }
    step
}

/// Standard error of the constant: `H⁻¹ B H⁻¹`, with `B` from the sums of each question.
fn constant_error(rows: &[Row], weights: [f64; 2]) -> f64 {
    let (_, [a, b, shared]) = slopes(rows, weights, 1.0);
    let determinant = a * b - shared * shared;
    let influence = |Row { preference, x, .. }: &Row| {
        let left = preference - predicted(weights, *x);
        left * (a * x[1] - shared * x[0]) / determinant
    };
    if determinant <= 0.0 {
        return f64::INFINITY;
    }
    let mut sums = vec![0.0; rows.iter().map(|row| row.question + 1).max().unwrap_or(0)];
    rows.iter().for_each(|row| sums[row.question] += influence(row));
    sums.iter().map(|sum| sum * sum).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(n: u32) -> Compared {
        let longer = f64::from(n % 11) * 40.0 - 150.0;
        let preference = if n.is_multiple_of(3) { 0.75 } else { f64::from(u8::from(longer > 60.0)) };
        Compared { question: n as usize, preference, baseline: 400.0, model: 400.0 + longer }
    }

    #[test]
    fn the_win_rate_is_that_of_alpaca_eval() {
        // alpaca_eval 0.6.6's fit_LogisticRegressionCV with scikit-learn 1.9.1 on the same rows.
        let found = length_controlled(&(0..330).map(compared).collect::<Vec<_>>()).unwrap();
        assert!((found.value - 0.447_69).abs() < 1e-4, "{found:?}");
        assert!(found.interval_95.0 < found.value && found.value < found.interval_95.1);
    }

    #[test]
    fn repeats_of_a_question_make_nothing_surer() {
        let once: Vec<Compared> = (0..330).map(compared).collect();
        let twice: Vec<Compared> = (0..330).flat_map(|n| [compared(n), compared(n)]).collect();
        let apart: Vec<Compared> =
            twice.iter().zip(0..).map(|(one, question)| Compared { question, ..*one }).collect();
        let width = |compared: &[Compared]| {
            let found = length_controlled(compared).unwrap();
            found.interval_95.1 - found.interval_95.0
        };
        assert!((width(&twice) / width(&once) - 1.0).abs() < 0.02, "{} {}", width(&twice), width(&once));
        assert!((width(&apart) / width(&once) - 0.5_f64.sqrt()).abs() < 0.02, "{}", width(&apart));
    }

    #[test]
    fn what_cannot_be_told_is_not_told() {
        assert_eq!(length_controlled(&[compared(1)]), None);
        assert_eq!(length_controlled(&vec![compared(1); 20]), None);
        let alike = |question| Compared { question, ..compared(1) };
        assert_eq!(length_controlled(&(0..20).map(alike).collect::<Vec<_>>()), None);
    }
}
