//! A benchmark, a category or a subset while it is added up, question by question.

use crate::judge_meter::{Doubt, JudgeShift};
use crate::summary::{Counts, MetricSummary, PartSummary};
use crate::tally::{MetricInfo, Tally};
use evalscope_core::Score;
use evalscope_metrics::aggregate::Scored;
use evalscope_runs::{Review, Verdict};
use indexmap::IndexMap;

/// A subset, a category or a benchmark while it is added up.
#[derive(Default)]
pub struct Part {
    pub counts: Counts,
    pub tallies: IndexMap<String, Tally>,
    /// Contradictions of judges on its questions.
    pub doubt: Doubt,
}

impl Part {
    pub fn add_question(&mut self, question: &Question, metrics: &IndexMap<String, MetricInfo>) {
        for (metric, info) in metrics {
            let samples = question.samples(info.of.as_deref().unwrap_or(metric));
            if !samples.is_empty() {
                let tally = self.tallies.entry(metric.clone()).or_insert_with(|| Tally::of(info));
                tally.add(&samples, question.cluster.as_deref(), info);
            }
        }
        if !question.scores.is_empty() {
            self.doubt.add(question.doubt);
        }
        self.counts.scored += question.scores.len() as u64;
        self.counts.failed += question.failed;
    }

    pub fn add_subset(&mut self, subset: &Part, metrics: &IndexMap<String, MetricInfo>) {
        self.counts.planned = self.counts.planned.saturating_add(subset.counts.planned);
        for (metric, info) in metrics {
            if let Some(tally) = subset.tallies.get(metric) {
                let own = self.tallies.entry(metric.clone()).or_insert_with(|| Tally::of(info));
                own.add_subset(tally);
            }
        }
    }

    /// What it came to. Judges that can shift the score widen the interval of the main metric.
    pub fn summary(
        &self,
        name: &str,
        category: Option<String>,
        metrics: &IndexMap<String, MetricInfo>,
        judges: Option<JudgeShift>,
    ) -> PartSummary {
        let empty = Tally::default();
        let of = |(name, info): (&String, &MetricInfo)| {
            self.tallies.get(name).unwrap_or(&empty).summary(name, info)
        };
        let mut metrics: Vec<MetricSummary> = metrics.iter().map(of).collect();
        if let (Some(shift), Some(main)) = (judges, metrics.first_mut()) {
            main.widen(self.doubt.error(shift.total()));
        }
        PartSummary { name: name.to_owned(), category, counts: self.counts, metrics }
    }
}

/// The repeats of one question.
#[derive(Default)]
pub struct Question {
    pub index: u64,
    pub failed: u64,
    pub scores: Vec<Score>,
    /// What it shares with other questions.
    pub cluster: Option<String>,
    /// The variance that contradictions of judges leave in its score.
    pub doubt: f64,
}

impl Question {
    /// Adds a repeat.
    pub fn add(&mut self, review: Review) {
        self.cluster = review.cluster;
        match review.verdict {
            Verdict::Scored(score) => self.scores.push(score),
            Verdict::Failed(_) => self.failed += 1,
        }
    }

    /// The repeats that this metric has a value for.
    pub fn samples(&self, metric: &str) -> Vec<Scored<'_>> {
        let scored = |score: &'_ Score| -> Option<f64> { score.values.get(metric).copied() };
        let with_value = self.scores.iter().filter_map(|score| Some((score, scored(score)?)));
        with_value
            .map(|(score, value)| Scored { value, answer: score.answer.as_deref(), targets: &score.targets })
            .collect()
    }
}
