//! Adds up two runs' main scores over the samples that both scored, and tests the difference.

use super::found::{ScoreDiff, Test};
use crate::judge_meter::JudgeShift;
use crate::judges::Judges;
use crate::paired::{Judgement, Resampling, Values, judge};
use evalscope_core::Score;

/// Below this a p-value counts as a difference.
const SIGNIFICANT: f64 = 0.05;

/// Name of the test where questions share something, and where judges leave something open.
pub const CLUSTERED: &str = "clustered t";
pub const JUDGED: &str = "judged t";

/// Two runs' scores while they are read.
#[derive(Default)]
pub struct Scores {
    metrics: Option<(String, String)>,
    question: Question,
    /// One for each question: its repeats are not independent.
    values: Vec<Values>,
    /// Of A and of B.
    judges: Option<[Judges; 2]>,
    samples: u64,
    lower: u64,
    higher: u64,
    is_graded: bool,
}

/// The repeats of one question.
#[derive(Default)]
struct Question {
    index: u64,
    repeats: u32,
    sums: (f64, f64),
    cluster: Option<String>,
    doubt: f64,
}

impl Scores {
    /// Of two runs with these judges.
    pub fn of(judges: Option<[Judges; 2]>) -> Scores {
        Scores { judges, ..Scores::default() }
    }

    /// Adds a sample, and what it shares with others; gives the two main values.
    pub fn add(&mut self, (index, cluster): (u64, Option<&str>), a: &Score, b: &Score) -> Option<(f64, f64)> {
        let (one, other) = (a.main()?, b.main()?);
        self.metrics.get_or_insert_with(|| (one.0.to_owned(), other.0.to_owned()));
        let values = (one.1, other.1);
        if index != self.question.index {
            self.end_question();
            self.question.index = index;
        }
        self.question.repeats += 1;
        self.question.sums.0 += values.0;
        self.question.sums.1 += values.1;
        self.question.cluster = cluster.map(str::to_owned);
        self.samples += 1;
        for (judges, score) in self.judges.iter_mut().flatten().zip([a, b]) {
            if let Some(judged) = &score.judged {
                self.question.doubt += judges.add(&index.to_string(), judged);
            }
        }
        self.lower += u64::from(values.1 < values.0);
        self.higher += u64::from(values.1 > values.0);
        let is_all_or_nothing = |value: f64| value == 0.0 || value == 1.0;
        self.is_graded |= !is_all_or_nothing(values.0) || !is_all_or_nothing(values.1);
        Some(values)
    }

    /// The next sample is of another subset.
    pub fn end_subset(&mut self) {
        self.end_question();
    }

    fn end_question(&mut self) {
        let question = std::mem::take(&mut self.question);
        if question.repeats > 0 {
            let mean = |sum: f64| sum / f64::from(question.repeats);
            let (a, b) = (mean(question.sums.0), mean(question.sums.1));
            self.values.push(Values { a, b, cluster: question.cluster, doubt: mean(question.doubt) });
        }
    }

    /// Writes means, interval and test into `found`.
    pub fn into_diff(mut self, found: &mut ScoreDiff) {
        self.end_question();
        let Some((metric_a, metric_b)) = self.metrics.clone() else { return };
        let count = self.values.len() as f64;
        let mean = |value: fn(&Values) -> f64| Some(self.values.iter().map(value).sum::<f64>() / count);
        (found.metric_a, found.metric_b) = (Some(metric_a), Some(metric_b));
        (found.lower, found.higher) = (self.lower, self.higher);
        found.all_or_nothing = !self.is_graded;
        (found.mean_a, found.mean_b) = (mean(|values| values.a), mean(|values| values.b));
        let (interval_95, test) = self.test();
        found.interval_95 = interval_95;
        found.not_tested = test.err();
        found.test = test.ok();
    }

    /// The interval, and a test: Student's where questions share something and where judges leave something open, McNemar's
    /// where every question is right or wrong, else whether the bootstrap's interval holds 0. Without a test, why there is none.
    fn test(&self) -> (Option<(f64, f64)>, Result<Test, &'static str>) {
        let shift = self.judges.as_ref().and_then(|judges| {
            let [a, b] = [0, 1].map(|side| judges[side].summary(self.samples).1);
            JudgeShift::between_some(a, b)
        });
        let judgement = judge(&self.values, shift, Resampling::Rounds);
        let is_judged = judgement.judge_half_width_95.is_some_and(|half| half > 0.0);
        let by =
            |name, p_value: f64| Test { name, p_value: Some(p_value), is_different: p_value < SIGNIFICANT };
        if judgement.clusters.is_some() || is_judged {
            let name = if is_judged { JUDGED } else { CLUSTERED };
            let test = judgement.p_value.map(|p_value| by(name, p_value));
            return (judgement.interval_95, test.ok_or_else(|| self.why_untested(&judgement)));
        }
        if let Some(found) = judgement.mcnemar {
            return (judgement.interval_95, Ok(by("mcnemar", found.p_value)));
        }
        let ends = judgement.bootstrap.as_ref().map(|found| found.interval_95);
        let holds_none = |(low, high): (f64, f64)| low > 0.0 || high < 0.0;
        let resampled = |ends| Test { name: "bootstrap", p_value: None, is_different: holds_none(ends) };
        (ends, ends.map(resampled).ok_or_else(|| self.why_untested(&judgement)))
    }

    fn why_untested(&self, judgement: &Judgement) -> &'static str {
        match judgement.standard_error {
            None if self.values.len() < 2 => "fewer than two questions",
            None => "all questions share the same passage",
            Some(_) => "all questions differ alike",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indexmap::IndexMap;

    fn score(value: f64) -> Score {
        Score { values: IndexMap::from([("accuracy".to_owned(), value)]), ..Score::default() }
    }

    fn found(samples: &[(u64, f64, f64)]) -> ScoreDiff {
        let mut scores = Scores::default();
        for (index, a, b) in samples {
            scores.add((*index, None), &score(*a), &score(*b));
        }
        let mut found = ScoreDiff::default();
        scores.into_diff(&mut found);
        found
    }

    #[test]
    fn right_and_wrong_are_tested_by_mcnemar() {
        let samples: Vec<_> = (0..20).map(|index| (index, 1.0, f64::from(index >= 8))).collect();
        let found = found(&samples);
        let test = found.test.unwrap();
        // 2 / 2^8.
        assert!((test.p_value.unwrap() - 0.0078125).abs() < 1e-12, "{test:?}");
        assert_eq!((test.name, test.is_different), ("mcnemar", true));
        assert_eq!((found.lower, found.higher, found.mean_b), (8, 0, Some(0.6)));
        assert!(found.all_or_nothing);
    }

    #[test]
    fn grades_and_repeats_are_tested_by_the_bootstrap() {
        let graded = found(&[(0, 0.5, 0.5), (1, 0.25, 0.75), (2, 1.0, 0.5)]);
        assert_eq!(graded.test.unwrap().name, "bootstrap");
        assert!(!graded.test.unwrap().is_different && !graded.all_or_nothing);
        let repeated = found(&[(0, 1.0, 1.0), (0, 1.0, 0.0), (1, 0.0, 1.0), (1, 0.0, 1.0)]);
        assert_eq!(repeated.test.unwrap().name, "bootstrap");
        assert_eq!((repeated.mean_a, repeated.mean_b), (Some(0.5), Some(0.75)));
        let alone = found(&[(0, 1.0, 0.0)]).test.unwrap();
        assert_eq!((alone.name, alone.p_value, alone.is_different), ("mcnemar", Some(1.0), false));
    }

    #[test]
    fn where_nothing_is_tested_it_is_said_why() {
        let why = |found: &ScoreDiff| (found.test, found.interval_95, found.not_tested);
        let alike = found(&[(0, 0.25, 0.5), (1, 0.5, 0.75)]);
        assert_eq!(why(&alike), (None, None, Some("all questions differ alike")));
        assert_eq!(why(&found(&[(0, 0.25, 0.5)])), (None, None, Some("fewer than two questions")));
        assert_eq!(found(&[(0, 1.0, 0.0)]).not_tested, None, "McNemar's test needs no second one");
        let of_passages = |passages: [&str; 4]| {
            let mut scores = Scores::default();
            for (index, passage) in passages.into_iter().enumerate() {
                scores.add((index as u64, Some(passage)), &score(1.0), &score(0.0));
            }
            let mut found = ScoreDiff::default();
            scores.into_diff(&mut found);
            found
        };
        assert_eq!(why(&of_passages(["x", "x", "y", "y"])).2, Some("all questions differ alike"));
        assert_eq!(why(&of_passages(["x"; 4])).2, Some("all questions share the same passage"));
    }
}
