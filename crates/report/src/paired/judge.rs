//! Judges the difference of two runs' scores, question by question.

use crate::judge_meter::{Doubt, JudgeShift};
use evalscope_metrics::bootstrap::Bootstrap;
use evalscope_metrics::paired::{
    clustered_difference, mcnemar, mcnemar_corrected, paired_bootstrap, paired_difference,
    shares_difference_95,
};
use evalscope_metrics::stats::{Z_95, is_no_error};
use std::collections::HashSet;

/// Seed of the bootstrap: the same runs give the same interval.
const SEED: u64 = 42;

/// A question that both runs have scores for.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// The mean of its repeats in the one run.
    pub a: f64,
    /// In the other.
    pub b: f64,
    /// What it shares with other questions.
    pub cluster: Option<String>,
    /// The variance that contradictions of judges leave in the difference.
    pub doubt: f64,
}

/// What can be said of a difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Of B's mean minus A's, clustered where questions share something, and with what judges leave open; absent for fewer than two
    /// questions or clusters.
    pub standard_error: Option<f64>,
    /// Of the difference: Bonett and Price's where McNemar's test is made, else Student's where there is a t-test.
    pub interval_95: Option<(f64, f64)>,
    /// Of the t-test. Differences that are all the same do not show how far they can vary: there is none then.
    pub p_value: Option<f64>,
    /// Degrees of freedom of Student's distribution in both; 0 without a standard error.
    pub freedom: f64,
    /// Clusters that the questions lie in, where some share one.
    pub clusters: Option<u64>,
    /// What judges leave open in the difference, as half the width of a 95 % interval; absent where nobody judged.
    pub judge_half_width_95: Option<f64>,
    /// By resampling questions, where that is asked for; absent where they are not independent, where judges leave something open, and
    /// where all differences are the same.
    pub bootstrap: Option<Bootstrap>,
    /// Where each question is right or wrong, and independent of the others, and judges leave nothing open.
    pub mcnemar: Option<OneSided>,
}

/// Questions that only one run has right, and McNemar's tests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OneSided {
    /// Only A.
    pub only_a: u64,
    /// Only B.
    pub only_b: u64,
    /// Exact, two-sided.
    pub p_value: f64,
    /// By χ² with Edwards' correction.
    pub p_value_corrected: f64,
}

/// Whether questions are resampled, which takes most of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resampling {
    /// As many rounds as the bootstrap has.
    Rounds,
    /// No.
    None,
}

/// Judges B against A. Where judges gave the scores, `shift` is by how much they can shift the difference.
pub fn judge(values: &[Values], shift: Option<JudgeShift>, resampling: Resampling) -> Judgement {
    let differences: Vec<f64> = values.iter().map(|values| values.b - values.a).collect();
    let clusters = shared_clusters(values);
    let difference = match &clusters {
        Some(clusters) => clustered_difference(&differences, clusters),
        None => paired_difference(&differences),
    };
    let open = shift.map(|shift| {
        let mut doubt = Doubt::default();
        values.iter().for_each(|values| doubt.add(values.doubt));
        doubt.error(shift.total()).half_width_95()
    });
    // What counts or resamples questions takes the verdicts on them for certain.
    let is_certain = clusters.is_none() && open.unwrap_or(0.0) == 0.0;
    let difference = difference.map(|found| found.with_error(open.unwrap_or(0.0) / Z_95));
    let tested = difference.filter(|found| !is_no_error(found.standard_error, found.mean));
    let is_resampled = is_certain && tested.is_some() && resampling == Resampling::Rounds;
    let mcnemar = if is_certain { one_sided(values) } else { None };
    let of_shares = |found: OneSided| shares_difference_95(found.only_a, found.only_b, values.len() as u64);
    Judgement {
        standard_error: difference.map(|found| found.standard_error),
        interval_95: mcnemar.map(of_shares).or_else(|| tested.map(|found| found.interval_95)),
        p_value: tested.map(|found| found.p_value),
        freedom: difference.map_or(0.0, |found| found.freedom),
        clusters: clusters.map(|clusters| clusters.iter().collect::<HashSet<_>>().len() as u64),
        judge_half_width_95: open,
        bootstrap: if is_resampled { paired_bootstrap(&differences, SEED) } else { None },
        mcnemar,
    }
}

/// The cluster of each question, when all have one and some share it.
fn shared_clusters(values: &[Values]) -> Option<Vec<&str>> {
    let clusters: Vec<&str> = values.iter().map(|values| values.cluster.as_deref()).collect::<Option<_>>()?;
    let distinct = clusters.iter().collect::<HashSet<_>>().len();
    (distinct < clusters.len()).then_some(clusters)
}

/// Nothing when a score is neither right nor wrong, and without questions.
fn one_sided(values: &[Values]) -> Option<OneSided> {
    let is_verdict = |value: f64| value == 0.0 || value == 1.0;
    if values.is_empty() || !values.iter().all(|values| is_verdict(values.a) && is_verdict(values.b)) {
        return None;
    }
    let only_a = values.iter().filter(|values| values.a > values.b).count() as u64;
    let only_b = values.iter().filter(|values| values.a < values.b).count() as u64;
    Some(OneSided {
        only_a,
        only_b,
        p_value: mcnemar(only_a, only_b),
        p_value_corrected: mcnemar_corrected(only_a, only_b),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(values: &[Values], shift: Option<JudgeShift>) -> Judgement {
        super::judge(values, shift, Resampling::Rounds)
    }

    fn values(list: &[(f64, f64)], cluster: impl Fn(usize) -> Option<String>) -> Vec<Values> {
        list.iter()
            .enumerate()
            .map(|(at, (a, b))| Values { a: *a, b: *b, cluster: cluster(at), doubt: 0.0 })
            .collect()
    }

    #[test]
    fn questions_that_share_a_passage_make_a_difference_less_sure() {
        let list: Vec<(f64, f64)> = (0..16).map(|at| (0.0, f64::from(u8::from(at / 4 % 2 == 0)))).collect();
        let alone = judge(&values(&list, |_| None), None);
        let together = judge(&values(&list, |at| Some((at / 4).to_string())), None);
        let error = |found: &Judgement| found.standard_error.unwrap();
        assert!(error(&together) > error(&alone), "{together:?}");
        assert_eq!((together.clusters, together.mcnemar), (Some(4), None));
        assert!(together.bootstrap.is_none() && alone.bootstrap.is_some() && alone.mcnemar.is_some());
    }

    #[test]
    fn what_judges_leave_open_makes_a_difference_less_sure() {
        let list: Vec<(f64, f64)> = (0..20).map(|at| (0.0, f64::from(u8::from(at % 3 > 0)))).collect();
        let certain = values(&list, |_| None);
        let doubted: Vec<Values> = certain.iter().map(|one| Values { doubt: 0.25, ..one.clone() }).collect();
        let shift = JudgeShift { length: 0.3, ..JudgeShift::default() };
        let alone = judge(&certain, None);
        assert_eq!(
            judge(&certain, Some(JudgeShift::default())),
            Judgement { judge_half_width_95: Some(0.0), ..alone.clone() }
        );
        let half = |found: &Judgement| found.judge_half_width_95.unwrap();
        let error = |found: &Judgement| found.standard_error.unwrap();
        let found = judge(&doubted, Some(JudgeShift::default()));
        assert!((half(&found) - Z_95 * (0.25_f64 / 20.0).sqrt()).abs() < 1e-12, "{found:?}");
        assert!((error(&found) - error(&alone).hypot((0.25_f64 / 20.0).sqrt())).abs() < 1e-12, "{found:?}");
        assert_eq!((&found.bootstrap, &found.mcnemar), (&None, &None));
        let found = judge(&certain, Some(shift));
        assert_eq!(half(&found), 0.3);
        assert!(found.p_value.unwrap() > 10.0 * alone.p_value.unwrap(), "{found:?}");
    }

    #[test]
    fn differences_that_are_all_the_same_are_not_tested_by_their_spread() {
        let judged = |list: &[(f64, f64)]| judge(&values(list, |_| None), None);
        let worse = judged(&[(1.0, 0.0); 3]);
        assert_eq!((worse.p_value, &worse.bootstrap), (None, &None));
        assert!((worse.mcnemar.unwrap().p_value - 0.25).abs() < 1e-12, "{worse:?}");
        assert!(worse.interval_95.is_some_and(|(low, high)| low == -1.0 && high > 0.0), "{worse:?}");
        let graded = judged(&[(0.1, 0.4); 3]);
        assert_eq!((graded.p_value, graded.interval_95, graded.bootstrap), (None, None, None));
        let clustered = judge(&values(&[(0.0, 1.0); 4], |at| Some((at / 2).to_string())), None);
        assert_eq!((clustered.clusters, clustered.p_value, clustered.interval_95), (Some(2), None, None));
    }

    #[test]
    fn clusters_of_one_are_none() {
        let list = [(0.0, 1.0), (1.0, 1.0), (0.5, 1.0)];
        let found = judge(&values(&list, |at| Some(at.to_string())), None);
        assert_eq!((found.clusters, found.mcnemar), (None, None));
        assert_eq!(found, judge(&values(&list, |_| None), None));
        assert_eq!(judge(&values(&list[..2], |at| (at == 0).then(String::new)), None).clusters, None);
    }
}
