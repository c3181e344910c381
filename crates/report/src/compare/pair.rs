//! Two models' scores over the questions that both have, and the tests of their difference.

use super::found::{McNemar, PairComparison, Resampled};
use super::scores::Scores;
use evalscope_metrics::paired;
use evalscope_metrics::stats::mean;

/// Seed of the bootstrap: the same runs give the same interval.
const SEED: u64 = 42;
/// Level and power of the smallest difference that can be detected: the usual ones.
const SIGNIFICANCE: f64 = 0.05;
const POWER: f64 = 0.8;

/// Compares B with A.
pub fn compare(a: &Scores, b: &Scores) -> PairComparison {
    let common = a.questions.iter().filter_map(|(key, one)| Some((*one, *b.questions.get(key)?)));
    let values: Vec<(f64, f64)> = common.collect();
    let differences: Vec<f64> = values.iter().map(|(a, b)| b - a).collect();
    let found = paired::paired_difference(&differences);
    PairComparison {
        a: a.model,
        b: b.model,
        n: differences.len() as u64,
        difference: (!differences.is_empty()).then(|| mean(&differences)),
        standard_error: found.map(|found| found.standard_error),
        interval_95: found.map(|found| found.interval_95),
        p_value: found.map(|found| found.p_value),
        p_value_holm: None,
        bootstrap: paired::paired_bootstrap(&differences, SEED)
            .map(|found| Resampled { interval_95: found.interval_95, p_value: found.p_value }),
        mcnemar: mcnemar(&values),
        minimum_detectable_effect: found
            .and_then(|found| paired::minimum_detectable_effect(found.standard_error, SIGNIFICANCE, POWER)),
    }
}

/// Nothing when a score is neither right nor wrong, and without questions.
fn mcnemar(values: &[(f64, f64)]) -> Option<McNemar> {
    let is_verdict = |value: f64| value == 0.0 || value == 1.0;
    if values.is_empty() || !values.iter().all(|(a, b)| is_verdict(*a) && is_verdict(*b)) {
        return None;
    }
    let only_a = values.iter().filter(|(a, b)| a > b).count() as u64;
    let only_b = values.iter().filter(|(a, b)| a < b).count() as u64;
    Some(McNemar {
        only_a,
        only_b,
        p_value: paired::mcnemar(only_a, only_b),
        p_value_corrected: paired::mcnemar_corrected(only_a, only_b),
    })
}

/// Writes the p-values after Holm's correction: the smallest counts as often as there are pairs, the next once less.
pub fn correct(pairs: &mut [PairComparison]) {
    let mut tested: Vec<&mut PairComparison> =
        pairs.iter_mut().filter(|pair| pair.p_value.is_some()).collect();
    tested.sort_by(|one, other| one.p_value.unwrap_or(1.0).total_cmp(&other.p_value.unwrap_or(1.0)));
    let mut highest: f64 = 0.0;
    let count = tested.len();
    for (place, pair) in tested.into_iter().enumerate() {
        highest = highest.max(pair.p_value.unwrap_or(1.0) * (count - place) as f64).min(1.0);
        pair.p_value_holm = Some(highest);
    }
}
