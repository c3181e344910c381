//! Reads a run folder into a summary, line by line.

use crate::audits::Audits;
use crate::collections::{Asked, Mix};
use crate::error::Error;
use crate::judges::Judges;
use crate::measures::{Cost, ModelUsage, ProbeUsage};
use crate::meter::Meter;
use crate::part::{Part, Question};
use crate::probed::probed;
use crate::scoring::Scoring;
use crate::summary::{BenchmarkSummary, Counts, Health, READ_FROM, SUMMARY_VERSION, Summary};
use crate::tally::MetricInfo;
use crate::text::{plain, thousands};
use crate::usage::Calls;
use evalscope_core::{ChoiceMode, Manifest, PlannedBenchmark, PlannedModel, Price, Prices, Score, Usage};
use evalscope_runs::{Review, RunFolder, RunState, Verdict};
use indexmap::IndexMap;
use serde_json::Value;

/// The fields of a plan that name the data.
const NAMED: [&str; 4] = ["modelscope", "huggingface", "dataset_id", "dataset_revision"];

/// Reads the reviews and journals of a run and summarises them.
pub fn summarize(folder: &RunFolder) -> Result<Summary, Error> {
    summarize_watched(folder, &|| ())
}

/// The same; `seen` is told of every review and every call that was read.
pub fn summarize_watched(folder: &RunFolder, seen: &dyn Fn()) -> Result<Summary, Error> {
    let (state, plan) = (folder.status(), folder.plan());
    let (prices, probed) = (folder.prices()?, probed(folder));
    // Scores do not depend on what the manifest says: one that is damaged says nothing.
    let manifest = folder.manifest().unwrap_or_default();
    let (mut benchmarks, mut collections, mut totals) = (Vec::new(), Vec::new(), Vec::new());
    for model in &plan.models {
        let (id, price) = (&model.id, prices.0.get(&model.id));
        let mut running =
            Running { total: Meter::default(), mixes: plan.collections.iter().map(Mix::new).collect() };
        for benchmark in &plan.benchmarks {
            let summary = summarize_benchmark((folder, seen), (model, &prices), benchmark, &mut running)?;
            benchmarks.push(BenchmarkSummary { source: source(benchmark, manifest.as_ref()), ..summary });
        }
        collections.extend(running.mixes.iter().map(|mix| mix.summary(id)));
        let probe = probed.usage.get(id).map(|usage| probe_usage(usage, price));
        let usage = running.total.usage(price, None);
        totals.push(ModelUsage { model: id.clone(), usage, probe });
    }
    let mut counts = Counts::default();
    benchmarks.iter().for_each(|benchmark: &BenchmarkSummary| counts.add(benchmark.counts));
    let notices = probed.unread.into_iter().chain(unanswered(&state, counts, manifest.as_ref())).collect();
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
        nondeterminism: probed.nondeterminism,
        notices,
        folder: folder.path().to_owned(),
        counts,
        unanswered: state.unanswered,
        benchmarks,
        collections,
        totals,
    })
}

/// Says that recorded replies do not fit the data, and which file of it has changed since the models were asked.
fn unanswered(state: &RunState, counts: Counts, manifest: Option<&Manifest>) -> Option<String> {
    if state.unanswered == 0 {
        return None;
    }
    let benchmarks = manifest.into_iter().flat_map(|manifest| &manifest.benchmarks);
    let changed: Vec<String> = benchmarks
        .flat_map(|benchmark| benchmark.changed().map(|file| plain(&format!("{}: {file}", benchmark.name))))
        .collect();
    let why = match changed.as_slice() {
        [] => String::new(),
        [file] => format!(" ({file} has changed since the models were asked)"),
        [file, others @ ..] => {
            format!(" ({file} and {} more files have changed since the models were asked)", others.len())
        }
    };
    let (have, are) = if state.unanswered == 1 { ("has", "is") } else { ("have", "are") };
    Some(format!(
        "{} of {} samples {have} no recorded reply that fits this data{why}, and {are} in no score",
        thousands(state.unanswered),
        thousands(counts.planned)
    ))
}

fn probe_usage(usage: &Usage, price: Option<&Price>) -> ProbeUsage {
    let cost = |price: &Price| Cost {
        currency: price.currency.clone(),
        spent: Some(price.of(usage)),
        per_correct: None,
    };
    ProbeUsage { input: usage.input_tokens, output: usage.output_tokens, cost: price.map(cost) }
}

/// What goes over all benchmarks of a model.
struct Running<'a> {
    total: Meter,
    mixes: Vec<Mix<'a>>,
}

/// A benchmark on one model while it is added up.
struct Sums<'a, 'b> {
    benchmark: &'a str,
    mixes: &'a mut [Mix<'b>],
    scoring: Scoring,
    whole: Part,
    categories: IndexMap<String, Part>,
    subsets: Vec<(String, Option<String>, Part)>,
    calls: Calls,
    audits: Audits,
    judges: Judges,
    /// Scored samples without an answer.
    without_answer: u64,
}

fn summarize_benchmark(
    (folder, seen): (&RunFolder, &dyn Fn()),
    (asked, prices): (&PlannedModel, &Prices),
    planned: &PlannedBenchmark,
    running: &mut Running<'_>,
) -> Result<BenchmarkSummary, Error> {
    let model = asked.id.as_str();
    let mut sums = Sums {
        benchmark: &planned.name,
        mixes: &mut running.mixes,
        scoring: Scoring::of(planned, u64::from(folder.plan().repeats)),
        whole: Part::default(),
        categories: IndexMap::new(),
        subsets: Vec::new(),
        calls: Calls::default(),
        audits: Audits::default(),
        judges: Judges::of(asked, planned),
        without_answer: 0,
    };
    for (subset, count) in &planned.subsets {
        let samples = count.saturating_mul(u64::from(folder.plan().repeats));
        let reviews = folder.read_reviews(model, &planned.name, subset)?;
        sums.add_subset(subset, samples, reviews.inspect(|_| seen()))?;
        let calls = folder.read_taken(model, &planned.name, subset)?;
        sums.calls.add_all(calls.inspect(|_| seen()))?;
    }
    running.total.merge(&sums.calls.meter);
    let judges = sums.calls.of_judges(prices);
    Ok(BenchmarkSummary { judges, ..sums.summary(model, planned, prices.0.get(model)) })
}

impl Sums<'_, '_> {
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
                self.add_question(std::mem::take(&mut question), &mut subset, (name, category.as_deref()));
                question.index = review.index;
            }
            if category.is_none() {
                category.clone_from(&review.category);
            }
            self.without_answer +=
                u64::from(matches!(&review.verdict, Verdict::Scored(score) if score.answer.is_none()));
            question.add(review);
        }
        self.add_question(question, &mut subset, (name, category.as_deref()));
        self.whole.add_subset(&subset, &self.scoring.metrics);
        if let Some(category) = &category {
            let part = self.categories.entry(category.clone()).or_default();
            part.add_subset(&subset, &self.scoring.metrics);
        }
        self.subsets.push((name.to_owned(), category, subset));
        Ok(())
    }

    fn add_question(
        &mut self,
        mut question: Question,
        subset: &mut Part,
        (name, category): (&str, Option<&str>),
    ) {
        let place = format!("{name}/{}", question.index);
        let judged: Vec<_> = question.scores.iter().filter_map(|score| score.judged.as_deref()).collect();
        let doubts = judged.iter().map(|judged| self.judges.add(&place, judged)).sum::<f64>();
        question.doubt = doubts / judged.len().max(1) as f64;
        let known = question.scores.iter().flat_map(|score| score.values.keys());
        known.for_each(|metric| self.scoring.know(metric));
        for score in &question.scores {
            let was_right = was_right(score, &self.scoring);
            score.audit.iter().for_each(|audit| self.audits.add(audit, was_right));
        }
        let (metrics, question) = (&self.scoring.metrics, &question);
        // A plan without metrics, of which nothing was scored, still says what failed.
        let main = metrics.first().map(|(name, metric)| (question.samples(name), metric));
        let (samples, metric) = main.unwrap_or((Vec::new(), &MetricInfo::SHARE));
        if !samples.is_empty() || question.failed > 0 {
            let Question { index, failed, doubt, .. } = *question;
            let cluster = question.cluster.as_deref();
            let asked =
                Asked { benchmark: self.benchmark, subset: name, index, cluster, failed, doubt, metric };
            self.mixes.iter_mut().for_each(|mix| mix.add(&asked, &samples));
        }
        subset.add_question(question, metrics);
        self.whole.add_question(question, metrics);
        if let Some(category) = category {
            self.categories.entry(category.to_owned()).or_default().add_question(question, metrics);
        }
    }

    fn health(&self) -> Health {
        // One token is all that is asked for in this mode.
        let asks_one_token = self.scoring.choice.is_some_and(|choice| choice.mode == ChoiceMode::TopLogprobs);
        Health {
            // What was compared by likelihood has no reply to find an answer in.
            without_answer: if self.calls.replies > 0 { self.without_answer } else { 0 },
            cut_replies: if asks_one_token { 0 } else { self.calls.cut },
            unscored: self.calls.answered.saturating_sub(self.whole.counts.scored),
        }
    }

    fn summary(self, model: &str, planned: &PlannedBenchmark, price: Option<&Price>) -> BenchmarkSummary {
        let name = &planned.name;
        let metrics = &self.scoring.metrics;
        let (judge_meters, judge_shift) = self.judges.summary(self.whole.counts.scored);
        if let Some(shift) = judge_shift {
            self.mixes.iter_mut().for_each(|mix| mix.judged(self.benchmark, shift));
        }
        let mut whole = self.whole.summary(name, None, metrics, judge_shift);
        if self.whole.counts.scored > 0 {
            whole.metrics.extend(self.judges.metrics(self.whole.doubt, judge_shift));
        }
        let (benchmark, protocol) = name.split_once('@').unwrap_or((name.as_str(), ""));
        let main = whole.metrics.first();
        let right = main.filter(|metric| metric.higher_is_better && metric.range == (Some(0.0), Some(1.0)));
        let right = right.and_then(|metric| self.whole.tallies.get(&metric.name)?.right_answers());
        BenchmarkSummary {
            model: model.to_owned(),
            benchmark: benchmark.to_owned(),
            protocol: protocol.to_owned(),
            title: self.scoring.title.clone().unwrap_or_else(|| benchmark.to_owned()),
            metric: main.map(|metric| metric.name.clone()).unwrap_or_default(),
            score: main.and_then(|metric| metric.score),
            counts: whole.counts,
            health: self.health(),
            audit: self.audits.summary(),
            choice: self.scoring.choice,
            departures: planned.departures.get(model).cloned().unwrap_or_default(),
            missing_subsets: planned.missing.clone(),
            shuffled_without: shuffled_without(planned),
            source: IndexMap::new(),
            isolation: self.calls.isolation,
            categories: self
                .categories
                .iter()
                .map(|(name, part)| part.summary(name, None, metrics, judge_shift))
                .collect(),
            subsets: self
                .subsets
                .iter()
                .map(|(name, category, part)| part.summary(name, category.clone(), metrics, judge_shift))
                .collect(),
            metrics: whole.metrics,
            usage: self.calls.usage(price, right),
            judges: Vec::new(),
            judge_meters,
            judge_shift,
        }
    }
}

/// Whether a reply was right by the main metric, where that is a share and says either.
fn was_right(score: &Score, scoring: &Scoring) -> Option<bool> {
    let (name, value) = score.main()?;
    let info = scoring.metrics.get(name)?;
    let is_verdict = value == 0.0 || value == 1.0;
    (is_verdict && info.higher_is_better && info.range == (Some(0.0), Some(1.0))).then_some(value == 1.0)
}

/// Subsets that the order of the others lacks.
fn shuffled_without(planned: &PlannedBenchmark) -> Vec<String> {
    let names = planned.asking["shuffled_without"].as_array().into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Where the data was read, as the manifest has it, and what the plan calls it. Of a run of another program neither is known.
fn source(planned: &PlannedBenchmark, manifest: Option<&Manifest>) -> IndexMap<String, String> {
    let known = |name: &str| match &planned.asking[name] {
        Value::Null => None,
        Value::String(text) => Some((name.to_owned(), text.clone())),
        other => Some((name.to_owned(), other.to_string())),
    };
    let benchmarks = manifest.filter(|_| !planned.asking.is_null()).map(|manifest| &manifest.benchmarks);
    let read = benchmarks.into_iter().flatten().find(|benchmark| benchmark.name == planned.name);
    let read = read.map(|benchmark| (READ_FROM.to_owned(), benchmark.origin.clone()));
    read.into_iter().chain(NAMED.iter().filter_map(|name| known(name))).collect()
}
