//! The scores of a model's questions on a benchmark, under keys that another run's questions have, too.

use super::found::ModelScore;
use crate::collections::holds;
use crate::error::Error;
use crate::judge_meter::{Doubt, JudgeError, JudgeShift};
use crate::judges::Judges;
use crate::paired::Rows;
use crate::scoring::Scoring;
use crate::summary::MetricSummary;
use crate::tally::{MetricInfo, Tally};
use evalscope_core::{ChoiceMode, PlannedBenchmark, PlannedModel, Selection};
use evalscope_metrics::aggregate;
use evalscope_runs::{Review, RunFolder, Verdict};
use indexmap::IndexMap;

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
    /// The metrics that can be compared, the main one first.
    pub known: Vec<String>,
    pub higher_is_better: bool,
    pub range: (Option<f64>, Option<f64>),
    /// The questions added up as in the run's own report.
    pub tally: Tally,
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
    /// Reads the scores by this metric, or by the main one; of a mix, those of the samples that are its own.
    pub fn read(
        run: &RunFolder,
        model: &PlannedModel,
        planned: &PlannedBenchmark,
        metric: Option<&str>,
        selection: Option<&Selection>,
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
                let review = review?;
                let occurrence = rows.occurrence(&review.sample_id, review.index);
                if selection.is_none_or(|own| holds(own, subset, review.index)) {
                    reading.add(subset, occurrence, &review);
                }
            }
        }
        let Reading { metric, mut scoring, scored, failed, sums, judges } = reading;
        let judges = judges.summary(scored).1;
        let metric = metric.filter(|_| !sums.is_empty());
        let comparable = scoring.metrics.iter().filter(|(_, info)| !info.is_of_all());
        let known = comparable.map(|(name, _)| name.clone()).collect();
        metric.iter().for_each(|metric| scoring.know(metric));
        let info = metric.as_ref().and_then(|metric| scoring.metrics.get(metric));
        let no_mean = metric.as_ref().filter(|_| info.is_some_and(MetricInfo::is_of_all));
        Ok(Scores {
            model: 0,
            planned: match selection {
                None => planned.samples(run.plan().repeats),
                Some(own) => {
                    own.values().map(|own| own.len() as u64).sum::<u64>() * u64::from(run.plan().repeats)
                }
            },
            scored,
            failed,
            no_mean: no_mean.map(|metric| format!("`{metric}` is no mean over questions")),
            higher_is_better: info.is_none_or(|info| info.higher_is_better),
            range: info.map_or((None, None), |info| info.range),
            tally: info.map(|info| added(&sums, info)).unwrap_or_default(),
            questions: info.map(|info| questions(sums, info)).unwrap_or_default(),
            metric,
            known,
            choice: scoring.choice.map(|choice| choice.mode),
            judges,
        })
    }

    /// Whether the score lies between 0 and 1, and more is better.
    pub fn is_share(&self) -> bool {
        self.higher_is_better && self.range == MetricInfo::SHARE.range
    }

    /// The score without what judges leave open in it, and that.
    pub fn apart(&self) -> (MetricSummary, Option<JudgeError>) {
        let (higher_is_better, range) = (self.higher_is_better, self.range);
        let info = MetricInfo { higher_is_better, range, ..MetricInfo::SHARE };
        let error = self.judges.map(|shift| {
            let mut doubt = Doubt::default();
            self.questions.values().for_each(|question| doubt.add(question.doubt));
            doubt.error(shift.total())
        });
        (self.tally.summary("", &info), error)
    }

    /// The model by itself.
    pub fn summary(&self) -> ModelScore {
        let (mut metric, error) = self.apart();
        error.into_iter().for_each(|error| metric.widen(error));
        ModelScore {
            model: self.model,
            n: self.questions.len() as u64,
            planned: self.planned,
            failed: self.failed,
            missing: self.planned.saturating_sub(self.scored + self.failed),
            score: metric.score.unwrap_or_default(),
            choice_mode: self.choice,
            standard_error: metric.standard_error,
            interval_95: metric.interval_95,
            judge_half_width_95: metric.judge_half_width_95,
        }
    }
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
    fn add(&mut self, subset: &str, occurrence: u32, review: &Review) {
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

/// The questions added up.
fn added(sums: &IndexMap<Question, Sum>, info: &MetricInfo) -> Tally {
    let mut tally = Tally::of(info);
    for sum in sums.values() {
        match &sum.kept[..] {
            [] => tally.add_question(sum.values, u64::from(sum.repeats), sum.cluster.as_deref()),
            kept => {
                tally.add(&kept.iter().map(Kept::scored).collect::<Vec<_>>(), sum.cluster.as_deref(), info);
            }
        }
    }
    tally
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
