//! The scores of a model's questions on a benchmark, under keys that another run's questions have, too.

use super::found::ModelScore;
use crate::error::Error;
use crate::interval;
use crate::judge_meter::{Doubt, JudgeShift};
use crate::judges::Judges;
use crate::paired::Rows;
use crate::scoring::Scoring;
use crate::tally::MetricInfo;
use evalscope_core::{ChoiceMode, PlannedBenchmark, PlannedModel};
use evalscope_metrics::aggregate;
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
        let mut reading = Reading {
            metric: metric.map(str::to_owned),
            scoring: Scoring::of(planned, u64::from(run.plan().repeats)),
            scored: 0,
            failed: 0,
            sums: IndexMap::new(),
            judges: Judges::of(model, planned),
        };
        for subset in planned.subsets.keys() {
            let mut rows = Rows::default();
            for review in run.read_reviews(&model.id, &planned.name, subset)? {
                reading.add(subset, &mut rows, &review?);
            }
        }
        let Reading { metric, mut scoring, scored, failed, sums, judges } = reading;
        let judges = judges.summary(scored).1;
        let metric = metric.filter(|_| !sums.is_empty());
        metric.iter().for_each(|metric| scoring.know(metric));
        let info = metric.as_ref().and_then(|metric| scoring.metrics.get(metric));
        let range = info.map_or((None, None), |info| info.range);
        let no_mean = metric.as_ref().filter(|_| info.is_some_and(MetricInfo::is_of_all));
        Ok(Scores {
            model: 0,
            planned: planned.samples(run.plan().repeats),
            scored,
            failed,
            no_mean: no_mean.map(|metric| format!("`{metric}` is no mean over questions")),
            higher_is_better: info.is_none_or(|info| info.higher_is_better),
            range: (range.0.unwrap_or(f64::NEG_INFINITY), range.1.unwrap_or(f64::INFINITY)),
            questions: info.map(|info| questions(sums, info)).unwrap_or_default(),
            metric,
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
    scoring: Scoring,
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
    /// Each of them, where the metric is more than their mean.
    kept: Vec<Kept>,
    cluster: Option<String>,
    doubt: f64,
}

/// What an aggregate sees of a repeat.
struct Kept {
    value: f64,
    answer: Option<String>,
    targets: Vec<String>,
}

impl Kept {
    fn scored(&self) -> aggregate::Scored<'_> {
        aggregate::Scored { value: self.value, answer: self.answer.as_deref(), targets: &self.targets }
    }
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
        let Some(metric) = &self.metric else { return };
        let info = self.scoring.metrics.get(metric);
        let of = info.and_then(|info| info.of.as_ref()).unwrap_or(metric);
        if let Some(value) = score.values.get(of).copied().filter(|value| value.is_finite()) {
            let key = Question { subset: subset.to_owned(), id: review.sample_id.clone(), occurrence };
            let sum = self.sums.entry(key).or_default();
            sum.values += value;
            sum.repeats += 1;
            sum.doubt += doubt;
            sum.cluster.clone_from(&review.cluster);
            if info.is_some_and(|info| info.aggregate.is_some()) {
                let (answer, targets) = (score.answer.clone(), score.targets.clone());
                sum.kept.push(Kept { value, answer, targets });
            }
        }
    }
}

/// The value of each question; one with too few repeats for an aggregate has none.
fn questions(sums: IndexMap<Question, Sum>, info: &MetricInfo) -> IndexMap<Question, Scored> {
    let scored = |(key, sum): (Question, Sum)| {
        let repeats = f64::from(sum.repeats);
        let value = match &sum.kept[..] {
            [] => sum.values / repeats,
            kept => info.of_question(&kept.iter().map(Kept::scored).collect::<Vec<_>>())?,
        };
        Some((key, Scored { value, cluster: sum.cluster, doubt: sum.doubt / repeats }))
    };
    sums.into_iter().filter_map(scored).collect()
}
