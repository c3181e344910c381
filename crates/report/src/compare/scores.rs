//! The scores of a model's questions on a benchmark, under keys that another run's questions have, too.

use super::found::ModelScore;
use crate::error::Error;
use crate::interval;
use crate::judge_meter::{Doubt, JudgeShift};
use crate::judges::Judges;
use crate::paired::Rows;
use crate::scoring::Scoring;
use evalscope_core::{ChoiceMode, PlannedBenchmark, PlannedModel};
use evalscope_metrics::stats::{clustered_standard_error, interval_95, mean, standard_error};
use evalscope_runs::{Review, RunFolder, Verdict};
use indexmap::IndexMap;
use std::collections::HashSet;

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
    /// Each scored question.
    pub questions: IndexMap<Question, Scored>,
    /// How the chosen options were found out, of multiple choice.
    pub choice: Option<ChoiceMode>,
    /// By how much judges can shift the score; nothing where nobody judged.
    pub judges: Option<JudgeShift>,
}

/// What a question is worth to a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The mean over its repeats.
    pub value: f64,
    /// What it shares with other questions.
    pub cluster: Option<String>,
    /// The variance that contradictions of judges leave in it.
    pub doubt: f64,
}

impl Scores {
    /// Reads the scores by this metric, or by the main one.
    pub fn read(
        run: &RunFolder,
        model: &PlannedModel,
        planned: &PlannedBenchmark,
        metric: Option<&str>,
    ) -> Result<Scores, Error> {
        let metric = metric.map(str::to_owned);
        let judges = Judges::of(model, planned);
        let mut reading = Reading { metric, scored: 0, failed: 0, sums: IndexMap::new(), judges };
        for subset in planned.subsets.keys() {
            let mut rows = Rows::default();
            for review in run.read_reviews(&model.id, &planned.name, subset)? {
                reading.add(subset, &mut rows, &review?);
            }
        }
        let mut scoring = Scoring::of(planned, u64::from(run.plan().repeats));
        let (scored, failed, judges) =
            (reading.scored, reading.failed, reading.judges.summary(reading.scored).1);
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
            questions: questions(reading.sums),
            choice: scoring.choice.map(|choice| choice.mode),
            judges,
        })
    }

    /// The model by itself.
    pub fn summary(&self) -> ModelScore {
        let values: Vec<f64> = self.questions.values().map(|question| question.value).collect();
        let clusters: Option<Vec<&str>> =
            self.questions.values().map(|question| question.cluster.as_deref()).collect();
        let clusters = clusters.filter(|clusters| distinct(clusters) < clusters.len() as u64);
        let clustered = clusters
            .and_then(|clusters| Some((clustered_standard_error(&values, &clusters)?, distinct(&clusters))));
        let open = self.judges.map(|shift| {
            let mut doubt = Doubt::default();
            self.questions.values().for_each(|question| doubt.add(question.doubt));
            doubt.error(shift.total()).half_width_95()
        });
        let range = [self.range.0, self.range.1].map(|bound| bound.is_finite().then_some(bound));
        let range = (range[0], range[1]);
        let ends = match clustered {
            Some((error, count)) => interval::of_mean(mean(&values), error, count, range),
            None => interval_95(&values, self.range),
        };
        ModelScore {
            model: self.model,
            n: values.len() as u64,
            planned: self.planned,
            failed: self.failed,
            missing: self.planned.saturating_sub(self.scored + self.failed),
            score: mean(&values),
            choice_mode: self.choice,
            standard_error: clustered.map(|(error, _)| error).or_else(|| standard_error(&values)),
            interval_95: match (ends, open) {
                (Some(ends), Some(half)) => Some(interval::widened(mean(&values), ends, half, range)),
                (ends, _) => ends,
            },
            judge_half_width_95: open,
        }
    }
}

/// How many different ones there are.
fn distinct(clusters: &[&str]) -> u64 {
    clusters.iter().collect::<HashSet<_>>().len() as u64
}

struct Reading {
    metric: Option<String>,
    scored: u64,
    failed: u64,
    sums: IndexMap<Question, Sum>,
    judges: Judges,
}

/// The repeats of a question so far.
#[derive(Default)]
struct Sum {
    values: f64,
    repeats: u32,
    cluster: Option<String>,
    doubt: f64,
}

impl Reading {
    fn add(&mut self, subset: &str, rows: &mut Rows, review: &Review) {
        let occurrence = rows.occurrence(&review.sample_id, review.index);
        let Verdict::Scored(score) = &review.verdict else {
            self.failed += 1;
            return;
        };
        self.scored += 1;
        let main = score.main().map(|(name, _)| name);
        if self.metric.is_none() {
            self.metric = main.map(str::to_owned);
        }
        // It is the main metric that judges give.
        let judged = score.judged.as_ref().filter(|_| main == self.metric.as_deref());
        let doubt =
            judged.map_or(0.0, |judged| self.judges.add(&format!("{subset}/{}", review.index), judged));
        let value = self.metric.as_ref().and_then(|metric| score.values.get(metric));
        if let Some(value) = value.filter(|value| value.is_finite()) {
            let key = Question { subset: subset.to_owned(), id: review.sample_id.clone(), occurrence };
            let sum = self.sums.entry(key).or_default();
            sum.values += value;
            sum.repeats += 1;
            sum.doubt += doubt;
            sum.cluster.clone_from(&review.cluster);
        }
    }
}

fn questions(sums: IndexMap<Question, Sum>) -> IndexMap<Question, Scored> {
    let scored = |sum: Sum| {
        let repeats = f64::from(sum.repeats);
        Scored { value: sum.values / repeats, cluster: sum.cluster, doubt: sum.doubt / repeats }
    };
    sums.into_iter().map(|(key, sum)| (key, scored(sum))).collect()
}
