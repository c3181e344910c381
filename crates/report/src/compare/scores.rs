//! The scores of a model's questions on a benchmark, under keys that another run's questions have, too.

use super::found::ModelScore;
use crate::error::Error;
use crate::scoring::Scoring;
use evalscope_core::PlannedBenchmark;
use evalscope_metrics::stats::{interval_95, mean, standard_error};
use evalscope_runs::{Review, RunFolder, Verdict};
use indexmap::IndexMap;
use std::collections::HashMap;

/// A question: its subset, the data set's id, and which of several rows with this id it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    subset: String,
    id: String,
    occurrence: u32,
}

/// A model's scores on a benchmark.
#[derive(Debug)]
pub struct Scores {
    /// Its place among those compared.
    pub model: usize,
    /// The metric; nothing when no sample has the one that was asked for.
    pub metric: Option<String>,
    pub higher_is_better: bool,
    pub range: (f64, f64),
    /// Samples, repeats counted.
    pub planned: u64,
    pub scored: u64,
    pub failed: u64,
    /// Why the metric cannot be compared question by question.
    pub no_mean: Option<String>,
    /// The mean over the repeats of each scored question.
    pub questions: IndexMap<Question, f64>,
}

impl Scores {
    /// Reads the scores by this metric, or by the main one.
    pub fn read(
        run: &RunFolder,
        model: &str,
        planned: &PlannedBenchmark,
        metric: Option<&str>,
    ) -> Result<Scores, Error> {
        let metric = metric.map(str::to_owned);
        let mut reading = Reading { metric, scored: 0, failed: 0, sums: IndexMap::new() };
        for subset in planned.subsets.keys() {
            let mut rows = Rows::default();
            for review in run.read_reviews(model, &planned.name, subset)? {
                reading.add(subset, &mut rows, &review?);
            }
        }
        let mut scoring = Scoring::of(planned);
        let (scored, failed) = (reading.scored, reading.failed);
        let metric = reading.metric.filter(|_| !reading.sums.is_empty());
        metric.iter().for_each(|metric| scoring.know(metric));
        let info = metric.as_ref().and_then(|metric| scoring.metrics.get(metric));
        let range = info.map_or((None, None), |info| info.range);
        let is_mean = info.is_none_or(|info| info.aggregate.is_none());
        let no_mean = metric.as_ref().filter(|_| !is_mean);
        Ok(Scores {
            model: 0,
            planned: planned.samples(run.plan().repeats),
            scored,
            failed,
            no_mean: no_mean.map(|metric| format!("`{metric}` is no mean over questions")),
            higher_is_better: info.is_none_or(|info| info.higher_is_better),
            range: (range.0.unwrap_or(f64::NEG_INFINITY), range.1.unwrap_or(f64::INFINITY)),
            metric,
            questions: reading.sums.into_iter().map(|(key, (sum, n))| (key, sum / f64::from(n))).collect(),
        })
    }

    /// The model by itself.
    pub fn summary(&self) -> ModelScore {
        let values: Vec<f64> = self.questions.values().copied().collect();
        ModelScore {
            model: self.model,
            n: values.len() as u64,
            planned: self.planned,
            failed: self.failed,
            missing: self.planned.saturating_sub(self.scored + self.failed),
            score: mean(&values),
            standard_error: standard_error(&values),
            interval_95: interval_95(&values, self.range),
        }
    }
}

struct Reading {
    metric: Option<String>,
    scored: u64,
    failed: u64,
    sums: IndexMap<Question, (f64, u32)>,
}

impl Reading {
    fn add(&mut self, subset: &str, rows: &mut Rows, review: &Review) {
        let occurrence = rows.occurrence(review);
        let Verdict::Scored(score) = &review.verdict else {
            self.failed += 1;
            return;
        };
        self.scored += 1;
        if self.metric.is_none() {
            self.metric = score.main().map(|(name, _)| name.to_owned());
        }
        let value = self.metric.as_ref().and_then(|metric| score.values.get(metric));
        if let Some(value) = value.filter(|value| value.is_finite()) {
            let key = Question { subset: subset.to_owned(), id: review.sample_id.clone(), occurrence };
            let sum = self.sums.entry(key).or_default();
            sum.0 += value;
            sum.1 += 1;
        }
    }
}

/// The rows of a subset that share an id, in their order.
#[derive(Default)]
struct Rows(HashMap<String, Vec<u64>>);

impl Rows {
    fn occurrence(&mut self, review: &Review) -> u32 {
        let rows = self.0.entry(review.sample_id.clone()).or_default();
        let known = rows.iter().position(|index| *index == review.index);
        let place = known.unwrap_or_else(|| {
            rows.push(review.index);
            rows.len() - 1
        });
        place as u32
    }
}
