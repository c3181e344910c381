//! Reads a run folder into a summary, line by line.

use crate::error::Error;
use crate::scoring::Scoring;
use crate::summary::{BenchmarkSummary, Counts, Health, PartSummary, SUMMARY_VERSION, Summary};
use crate::tally::{MetricInfo, Tally};
use crate::usage::Calls;
use evalscope_core::PlannedBenchmark;
use evalscope_runs::{Review, RunFolder, Verdict};
use indexmap::IndexMap;
use serde_json::Value;

/// The fields of a plan that say where the data comes from.
const SOURCE: [&str; 4] = ["modelscope", "huggingface", "dataset_id", "dataset_revision"];

/// Reads the reviews and journals of a run and summarises them.
pub fn summarize(folder: &RunFolder) -> Result<Summary, Error> {
    let (state, plan) = (folder.status(), folder.plan());
    let mut benchmarks = Vec::new();
    for model in &plan.models {
        for benchmark in &plan.benchmarks {
            benchmarks.push(summarize_benchmark(folder, &model.id, benchmark)?);
        }
    }
    let mut counts = Counts::default();
    benchmarks.iter().for_each(|benchmark: &BenchmarkSummary| counts.add(benchmark.counts));
    Ok(Summary {
        version: SUMMARY_VERSION,
        status: state.status,
        started_at: state.started_at,
        ended_at: state.ended_at,
        program: state.program,
        repeats: plan.repeats,
        seed: plan.seed,
        limit: plan.limit,
        models: plan.models.clone(),
        folder: folder.path().to_owned(),
        counts,
        benchmarks,
    })
}

/// A subset, a category or a benchmark while it is added up.
#[derive(Default)]
struct Part {
    counts: Counts,
    tallies: IndexMap<String, Tally>,
}

impl Part {
    fn add_question(&mut self, question: &Question) {
        for (metric, (sum, repeats)) in &question.values {
            self.tallies.entry(metric.clone()).or_default().add_question(*sum, *repeats);
        }
        self.counts.scored += question.scored;
        self.counts.failed += question.failed;
    }

    fn add_subset(&mut self, subset: &Part) {
        self.counts.planned += subset.counts.planned;
        for (metric, tally) in &subset.tallies {
            self.tallies.entry(metric.clone()).or_default().add_subset(tally);
        }
    }

    fn summary(
        &self,
        name: &str,
        category: Option<String>,
        metrics: &IndexMap<String, MetricInfo>,
    ) -> PartSummary {
        let empty = Tally::default();
        PartSummary {
            name: name.to_owned(),
            category,
            counts: self.counts,
            metrics: metrics
                .iter()
                .map(|(name, info)| self.tallies.get(name).unwrap_or(&empty).summary(name, info))
                .collect(),
        }
    }
}

/// The repeats of one question.
#[derive(Default)]
struct Question {
    index: u64,
    scored: u64,
    failed: u64,
    values: IndexMap<String, (f64, u64)>,
}

impl Question {
    fn add(&mut self, review: &Review) {
        let Verdict::Scored(score) = &review.verdict else {
            self.failed += 1;
            return;
        };
        self.scored += 1;
        for (metric, value) in &score.values {
            let (sum, repeats) = self.values.entry(metric.clone()).or_default();
            *sum += value;
            *repeats += 1;
        }
    }
}

impl Question {
    /// The same with values that hold for all repeats together.
    fn with(&self, values: Vec<(String, f64)>) -> Question {
        let mut all = self.values.clone();
        all.extend(values.into_iter().map(|(metric, value)| (metric, (value, 1))));
        Question { values: all, index: self.index, scored: self.scored, failed: self.failed }
    }
}

/// A benchmark on one model while it is added up.
struct Sums {
    scoring: Scoring,
    whole: Part,
    categories: IndexMap<String, Part>,
    subsets: Vec<(String, Option<String>, Part)>,
    calls: Calls,
    /// Scored samples without an answer.
    without_answer: u64,
}

fn summarize_benchmark(
    folder: &RunFolder,
    model: &str,
    planned: &PlannedBenchmark,
) -> Result<BenchmarkSummary, Error> {
    let mut sums = Sums {
        scoring: Scoring::of(planned),
        whole: Part::default(),
        categories: IndexMap::new(),
        subsets: Vec::new(),
        calls: Calls::default(),
        without_answer: 0,
    };
    for (subset, count) in &planned.subsets {
        let samples = count * u64::from(folder.plan().repeats);
        let reviews = folder.read_reviews(model, &planned.name, subset)?;
        sums.add_subset(subset, samples, reviews)?;
        sums.calls.add_all(folder.read_journal(model, &planned.name, subset)?)?;
    }
    Ok(sums.summary(model, planned))
}

impl Sums {
    fn add_subset(
        &mut self,
        name: &str,
        samples: u64,
        reviews: impl Iterator<Item = Result<Review, evalscope_runs::Error>>,
    ) -> Result<(), Error> {
        let mut category = self.scoring.category_of(name);
        let mut subset = Part::default();
        subset.counts.planned = samples;
        let mut question = Question::default();
        for review in reviews {
            let review = review?;
            if review.index != question.index {
                self.add_question(&std::mem::take(&mut question), &mut subset, category.as_deref());
                question.index = review.index;
            }
            if category.is_none() {
                category.clone_from(&review.category);
            }
            self.without_answer +=
                u64::from(matches!(&review.verdict, Verdict::Scored(score) if score.answer.is_none()));
            question.add(&review);
        }
        self.add_question(&question, &mut subset, category.as_deref());
        self.whole.add_subset(&subset);
        if let Some(category) = &category {
            self.categories.entry(category.clone()).or_default().add_subset(&subset);
        }
        self.subsets.push((name.to_owned(), category, subset));
        Ok(())
    }

    fn add_question(&mut self, question: &Question, subset: &mut Part, category: Option<&str>) {
        question.values.keys().for_each(|metric| self.scoring.know(metric));
        let at_k = self.scoring.pass_at_k(&question.values);
        let question = &question.with(at_k);
        subset.add_question(question);
        self.whole.add_question(question);
        if let Some(category) = category {
            self.categories.entry(category.to_owned()).or_default().add_question(question);
        }
    }

    fn health(&self) -> Health {
        Health {
            // What was compared by likelihood has no reply to find an answer in.
            without_answer: if self.calls.replies > 0 { self.without_answer } else { 0 },
            cut_replies: self.calls.cut,
            unscored: self.calls.answered.saturating_sub(self.whole.counts.scored),
        }
    }

    fn summary(self, model: &str, planned: &PlannedBenchmark) -> BenchmarkSummary {
        let name = &planned.name;
        let metrics = &self.scoring.metrics;
        let whole = self.whole.summary(name, None, metrics);
        let (benchmark, protocol) = name.split_once('@').unwrap_or((name.as_str(), ""));
        let main = whole.metrics.first();
        BenchmarkSummary {
            model: model.to_owned(),
            benchmark: benchmark.to_owned(),
            protocol: protocol.to_owned(),
            title: self.scoring.title.clone().unwrap_or_else(|| benchmark.to_owned()),
            metric: main.map(|metric| metric.name.clone()).unwrap_or_default(),
            score: main.and_then(|metric| metric.score),
            counts: whole.counts,
            health: self.health(),
            missing_subsets: planned.missing.clone(),
            source: source(planned),
            isolation: self.calls.isolation,
            categories: self
                .categories
                .iter()
                .map(|(name, part)| part.summary(name, None, metrics))
                .collect(),
            subsets: self
                .subsets
                .iter()
                .map(|(name, category, part)| part.summary(name, category.clone(), metrics))
                .collect(),
            metrics: whole.metrics,
            usage: self.calls.usage(),
        }
    }
}

/// What the plan says about where the data comes from.
fn source(planned: &PlannedBenchmark) -> IndexMap<String, String> {
    let known = |name: &str| match &planned.asking[name] {
        Value::Null => None,
        Value::String(text) => Some((name.to_owned(), text.clone())),
        other => Some((name.to_owned(), other.to_string())),
    };
    SOURCE.iter().filter_map(|name| known(name)).collect()
}
