//! Two models' scores over the questions that both have, and the tests of their difference.

use super::found::{Incomparable, McNemar, PairComparison, Resampled};
use super::scores::Scores;
use crate::judge_meter::JudgeShift;
use crate::paired::{Judgement, Resampling, Values, judge};
use evalscope_metrics::paired::{minimum_detectable_difference, minimum_detectable_effect};
use evalscope_metrics::stats::mean;

/// Level and power of the smallest difference that can be detected: the usual ones.
const SIGNIFICANCE: f64 = 0.05;
const POWER: f64 = 0.8;
/// Degrees of freedom at which Student's distribution is the normal one.
const MANY: f64 = 1e9;

/// What a model has scored, on a benchmark or on a mix of them.
pub trait Compared {
    /// Whether chosen options, where there are any, were found out in the same way.
    fn measures_the_same(&self, other: &Self) -> bool;

    /// Compares this one with A.
    fn compared_with(&self, a: &Self, resampling: Resampling) -> PairComparison;
}

/// Compares each two of these.
pub fn each<T: Compared>(all: &[T]) -> Vec<PairComparison> {
    let later = |place: usize| &all[place + 1..];
    let of = |(place, a)| later(place).iter().map(move |b: &T| b.compared_with(a, Resampling::Rounds));
    all.iter().enumerate().flat_map(of).collect()
}

/// Compares each with the best of those that it can be compared with, by what they are worth: the first of those that share it.
pub fn with_best<T: Compared>(all: &[T], worth: &[f64]) -> Vec<PairComparison> {
    let better = |best: usize, other: usize| if worth[other] > worth[best] { other } else { best };
    let best =
        |at: usize| (0..all.len()).filter(|other| all[at].measures_the_same(&all[*other])).reduce(better);
    let pairs = (0..all.len()).filter_map(|at| Some((best(at)?, at))).filter(|(best, at)| best != at);
    pairs.map(|(best, at)| all[at].compared_with(&all[best], Resampling::None)).collect()
}

impl Compared for Scores {
    fn measures_the_same(&self, other: &Scores) -> bool {
        self.choice.zip(other.choice).is_none_or(|(one, other)| one.word() == other.word())
    }

    fn compared_with(&self, a: &Scores, resampling: Resampling) -> PairComparison {
        compare(a, self, resampling)
    }
}

fn compare(a: &Scores, b: &Scores, resampling: Resampling) -> PairComparison {
    let common = a.questions.iter().filter_map(|(key, one)| {
        let other = b.questions.get(key)?;
        let (cluster, doubt) = (one.cluster.clone(), one.doubt + other.doubt);
        Some(Values { a: one.value, b: other.value, cluster, doubt })
    });
    let values: Vec<Values> = common.collect();
    let differences: Vec<f64> = values.iter().map(|values| values.b - values.a).collect();
    let untested = PairComparison {
        a: a.model,
        b: b.model,
        n: differences.len() as u64,
        difference: (!differences.is_empty()).then(|| mean(&differences)),
        incomparable: (!a.measures_the_same(b)).then_some(Incomparable::ChoiceModes),
        ..PairComparison::default()
    };
    if untested.incomparable.is_some() {
        return untested;
    }
    let judgement = judge(&values, JudgeShift::between_some(a.judges, b.judges), resampling);
    PairComparison {
        clusters: judgement.clusters,
        judge_half_width_95: judgement.judge_half_width_95,
        standard_error: judgement.standard_error,
        interval_95: judgement.interval_95,
        p_value: judgement.p_value,
        p_value_holm: None,
        bootstrap: judgement
            .bootstrap
            .map(|found| Resampled { interval_95: found.interval_95, p_value: found.p_value }),
        mcnemar: judgement.mcnemar.map(|found| McNemar {
            only_a: found.only_a,
            only_b: found.only_b,
            p_value: found.p_value,
            p_value_corrected: found.p_value_corrected,
        }),
        minimum_detectable_effect: detectable(&judgement, untested.n),
        ..untested
    }
}

/// The smallest difference that so many questions would show, by the test that decides; without one, nothing.
fn detectable(judgement: &Judgement, questions: u64) -> Option<f64> {
    if let Some(found) = &judgement.mcnemar {
        let discordant = found.only_a + found.only_b;
        return minimum_detectable_difference(discordant, questions, SIGNIFICANCE, POWER);
    }
    let standard_error = judgement.p_value.and(judgement.standard_error)?;
    minimum_detectable_effect(standard_error, judgement.freedom, SIGNIFICANCE, POWER)
}

/// The smallest difference that would be found where this is its error.
pub fn detectable_by(error: f64) -> Option<f64> {
    minimum_detectable_effect(error, MANY, SIGNIFICANCE, POWER)
}

/// The p-value that decides: McNemar's exact test's where it is made, as in [`crate::diff`], else the t-test's.
fn decisive(pair: &PairComparison) -> Option<f64> {
    pair.mcnemar.map(|found| found.p_value).or(pair.p_value)
}

/// Writes the p-values after Holm's correction: the smallest counts as often as there are pairs, the next once less.
pub fn correct(pairs: &mut [PairComparison]) {
    let mut tested: Vec<(f64, &mut PairComparison)> =
        pairs.iter_mut().filter_map(|pair| Some((decisive(pair)?, pair))).collect();
    tested.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut highest: f64 = 0.0;
    let count = tested.len();
    for (place, (p_value, pair)) in tested.into_iter().enumerate() {
        highest = highest.max(p_value * (count - place) as f64).min(1.0);
        pair.p_value_holm = Some(highest);
    }
}
