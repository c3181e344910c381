//! How well a judge's scores of single answers agree with people's: on one scale, in their order, and on what they differ.

use crate::estimate::Estimate;
use evalscope_metrics::stats::mean;
use serde::Serialize;

/// An answer that both gave a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Both {
    /// The judge's.
    pub judge: f64,
    /// People's.
    pub label: f64,
    /// Words of the answer, where they are known.
    pub words: Option<f64>,
    /// Whether the judge itself wrote the answer.
    pub is_own: bool,
}

/// How well scores of single answers agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgreementAlone {
    /// Answers that both gave a score.
    pub answers: u64,
    /// From which of the judge's scores on an answer counts as right, where the labels only say right (1) and wrong (0).
    pub right_from: Option<f64>,
    /// Share of the answers that both give the same score.
    pub agreement: f64,
    /// Agreement above what chance alone would give (Cohen 1960); absent where chance gives all.
    pub kappa: Option<f64>,
    /// The same with disagreements by the square of their size (Cohen 1968).
    pub weighted_kappa: Option<f64>,
    /// Whether both put the answers in the same order (Spearman); absent where one of them gives all the same.
    pub rank_correlation: Option<f64>,
    /// What the judge gives above the labels.
    pub above_labels: Option<Estimate>,
    /// What length adds to that, for one standard deviation of it.
    pub length_effect: Option<Estimate>,
    /// What is added to that for the judge's own answers; absent for fewer than ten, and without others.
    pub own_effect: Option<Estimate>,
}

/// Of fewer answers of its own, nothing is said of how a judge rates them: their scatter is not known.
const LEAST_OWN: usize = 10;

/// The middle of the ratings 1 to 10.
const MIDDLE: f64 = 5.5;

/// Returns how well scores agree; nothing when there are none. Where the labels are 0 and 1 and the scores are not, a score above the
/// middle of 1 to 10 counts as 1, but in the order.
pub fn agreement_alone(both: &[Both]) -> Option<AgreementAlone> {
    if both.is_empty() {
        return None;
    }
    let is_verdict = |value: f64| value == 0.0 || value == 1.0;
    let is_cut =
        both.iter().all(|one| is_verdict(one.label)) && !both.iter().all(|one| is_verdict(one.judge));
    let scored = |one: &Both| match is_cut {
        true => f64::from(u8::from(one.judge > MIDDLE)),
        false => one.judge,
    };
    let pairs: Vec<(f64, f64)> = both.iter().map(|one| (scored(one), one.label)).collect();
    let above: Vec<f64> = pairs.iter().map(|(judge, label)| judge - label).collect();
    let with_words: Vec<(f64, f64)> =
        both.iter().zip(&above).filter_map(|(one, above)| Some((one.words?, *above))).collect();
    let own: Vec<(f64, f64)> =
        both.iter().zip(&above).map(|(one, above)| (f64::from(u8::from(one.is_own)), *above)).collect();
    let answers_of_own = both.iter().filter(|one| one.is_own).count();
    let same = pairs.iter().filter(|(judge, label)| judge == label).count();
    Some(AgreementAlone {
        answers: both.len() as u64,
        right_from: is_cut.then_some(MIDDLE),
        agreement: same as f64 / both.len() as f64,
        kappa: kappa(&pairs, |one, other| f64::from(u8::from(one != other))),
        weighted_kappa: kappa(&pairs, |one, other| (one - other).powi(2)),
        rank_correlation: correlation(
            &ranks(both.iter().map(|one| one.judge)),
            &ranks(both.iter().map(|one| one.label)),
        ),
        above_labels: Estimate::mean_of_differences(&above),
        length_effect: Estimate::slope(&with_words).map(|slope| slope.times(spread(&with_words))),
        own_effect: if answers_of_own < LEAST_OWN { None } else { Estimate::slope(&own) },
    })
}

/// One less the disagreement over that of chance.
fn kappa(pairs: &[(f64, f64)], distance: impl Fn(f64, f64) -> f64) -> Option<f64> {
    let count = pairs.len() as f64;
    let found = pairs.iter().map(|(one, other)| distance(*one, *other)).sum::<f64>() / count;
    let (judge, labels) =
        (counted(pairs.iter().map(|pair| pair.0)), counted(pairs.iter().map(|pair| pair.1)));
    let by_chance: f64 = judge
        .iter()
        .flat_map(|(one, often)| {
            let distance = &distance;
            labels.iter().map(move |(other, also)| distance(*one, *other) * often / count * also / count)
        })
        .sum();
    (by_chance > 0.0).then(|| 1.0 - found / by_chance)
}

/// Each value with how often it comes.
fn counted(values: impl Iterator<Item = f64>) -> Vec<(f64, f64)> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|one, other| one == other).map(|kind| (kind[0], kind.len() as f64)).collect()
}

/// The place of each value among all; equal ones share theirs.
fn ranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let mut next = 0.0;
    let mut ranks = Vec::new();
    for (value, often) in counted(values.iter().copied()) {
        ranks.push((value, next + (often + 1.0) / 2.0));
        next += often;
    }
    let rank = |value: &f64| {
        let found = ranks.binary_search_by(|(known, _)| known.total_cmp(value));
        found.map_or(f64::NAN, |place| ranks[place].1)
    };
    values.iter().map(rank).collect()
}

fn correlation(one: &[f64], other: &[f64]) -> Option<f64> {
    let (mean_one, mean_other) = (mean(one), mean(other));
    let sum = |x: &[f64], mean_x: f64, y: &[f64], mean_y: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum()
    };
    let squares = sum(one, mean_one, one, mean_one) * sum(other, mean_other, other, mean_other);
    (squares > 0.0).then(|| sum(one, mean_one, other, mean_other) / squares.sqrt())
}

/// The standard deviation of what the pairs begin with.
fn spread(pairs: &[(f64, f64)]) -> f64 {
    let values: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
    let middle = mean(&values);
    (values.iter().map(|value| (value - middle).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(judge: f64, label: f64) -> Both {
        Both { judge, label, words: None, is_own: false }
    }

    #[test]
    fn ratings_agree_as_scikit_learn_and_scipy_say() {
        let judge = [7.0, 8.0, 5.0, 9.0, 7.0, 3.0];
        let labels = [7.0, 7.0, 5.0, 9.0, 4.0, 2.0];
        let all: Vec<Both> = judge.iter().zip(labels).map(|(judge, label)| both(*judge, label)).collect();
        let found = agreement_alone(&all).unwrap();
        // scikit-learn 1.9.1: cohen_kappa_score(judge, labels), and with weights="quadratic" over the scores 1 to 10;
        // SciPy 1.17.1: spearmanr.
        assert!((found.kappa.unwrap() - 0.4).abs() < 1e-12, "{found:?}");
        assert!((found.weighted_kappa.unwrap() - 0.813_559_322_033_898_2).abs() < 1e-12, "{found:?}");
        assert!((found.rank_correlation.unwrap() - 0.867_647_058_823_529_4).abs() < 1e-12, "{found:?}");
        assert_eq!((found.answers, found.agreement, found.right_from), (6, 0.5, None));
        assert!((found.above_labels.unwrap().value - 5.0 / 6.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn ratings_are_cut_where_labels_say_right_and_wrong() {
        let found =
            agreement_alone(&[both(9.0, 1.0), both(2.0, 0.0), both(6.0, 0.0), both(10.0, 1.0)]).unwrap();
        assert_eq!((found.right_from, found.agreement, found.kappa), (Some(5.5), 0.75, Some(0.5)));
        assert!(found.rank_correlation.unwrap() > 0.8, "{found:?}");
        assert_eq!(agreement_alone(&[]), None);
        assert_eq!(agreement_alone(&[both(1.0, 1.0); 3]).unwrap().kappa, None);
    }

    #[test]
    fn a_liking_for_length_and_for_its_own_is_found() {
        let one = |n: u32| {
            let is_own = n.is_multiple_of(2);
            let words = f64::from(n % 10);
            let label = f64::from(n % 7);
            let judge = label + 0.1 * words + if is_own { 1.0 } else { 0.0 };
            Both { judge, label, words: Some(words), is_own }
        };
        let found = agreement_alone(&(0..70).map(one).collect::<Vec<_>>()).unwrap();
        assert!(
            found.length_effect.unwrap().is_certain() && found.own_effect.unwrap().is_certain(),
            "{found:?}"
        );
        // Even numbers have 0.1 words less.
        assert!((found.own_effect.unwrap().value - 0.9).abs() < 1e-9, "{found:?}");
        let fair = |n: u32| Both { judge: f64::from(n % 7), is_own: false, ..one(n) };
        let found = agreement_alone(&(0..70).map(fair).collect::<Vec<_>>()).unwrap();
        assert!(found.own_effect.is_none() && !found.length_effect.unwrap().is_certain(), "{found:?}");
    }
}
