//! Tells which of several models is better: scores over the samples that both of a pair have, with paired tests.
//!
//! Every model of every run takes part, in the order of the runs. Benchmarks are compared in the same protocol only; for two
//! protocols of one, and for what led to the scores, there is [`crate::diff`].

mod asked;
mod found;
mod mixes;
mod pair;
mod scores;
mod text;

pub use found::{
    BenchmarkComparison, ComparedModel, Comparison, Incomparable, McNemar, ModelScore, PairComparison,
    Pairing, Resampled, Skipped,
};
pub use text::text;

use crate::error::Error;
use evalscope_runs::RunFolder;
use found::COMPARISON_VERSION;
use indexmap::IndexMap;
use mixes::{Mix, MixScores};
use pair::Compared;
use scores::Scores;
use serde_json::Value;
use std::collections::BTreeSet;

/// Compares all models of these runs on the benchmarks that at least two of them have, by this metric, or else by each
/// benchmark's main one.
pub fn compare(runs: &[RunFolder], metric: Option<&str>) -> Result<Comparison, Error> {
    compare_paired(runs, metric, Pairing::Each)
}

/// The same for any number of models in a moment: each is compared only with the best one of a benchmark, of those in its choice mode, without the
/// bootstrap.
pub fn compare_with_best(runs: &[RunFolder], metric: Option<&str>) -> Result<Comparison, Error> {
    compare_paired(runs, metric, Pairing::WithBest)
}

/// For each model, what decided its calls and scores, by benchmark.
type Asked = Vec<IndexMap<String, Value>>;

fn compare_paired(runs: &[RunFolder], metric: Option<&str>, pairing: Pairing) -> Result<Comparison, Error> {
    let mut found = Comparison { version: COMPARISON_VERSION, pairing, ..Comparison::default() };
    let mut benchmarks: IndexMap<String, Vec<Scores>> = IndexMap::new();
    let mut mixes: IndexMap<Mix, Vec<MixScores>> = IndexMap::new();
    let mut asked: Asked = Vec::new();
    for run in runs {
        for model in &run.plan().models {
            let number = found.models.len();
            found.models.push(ComparedModel { model: model.id.clone(), run: run.path().to_owned() });
            asked.push(IndexMap::new());
            for planned in &run.plan().benchmarks {
                let scores = Scores::read(run, model, planned, metric, None)?;
                asked[number].insert(planned.name.clone(), asked::asked(run.plan(), model, planned));
                benchmarks.entry(planned.name.clone()).or_default().push(Scores { model: number, ..scores });
            }
            for planned in &run.plan().collections {
                let scores = MixScores::read(run, (number, model), planned, metric)?;
                mixes.entry(Mix::of(planned)).or_default().push(scores);
            }
        }
    }
    for (name, all) in benchmarks {
        let first = all.iter().find_map(|scores| scores.metric.clone());
        match (all.iter().find_map(|scores| scores.no_mean.clone()), first) {
            (Some(reason), _) => found.skipped.push(Skipped { benchmark: name, reason }),
            (None, Some(metric)) => found.add(name, &metric, all, &asked),
            (None, None) => found.skipped.push(Skipped { benchmark: name, reason: no_metric(metric, &all) }),
        }
    }
    for (mix, all) in mixes {
        match all.iter().find_map(MixScores::lacks) {
            Some(reason) => found.skipped.push(Skipped { benchmark: mix.name, reason }),
            None => found.add_mix(mix, &all, &asked),
        }
    }
    Ok(found)
}

fn no_metric(wanted: Option<&str>, all: &[Scores]) -> String {
    let Some(metric) = wanted else { return "it has no scores".to_owned() };
    let known = all.first().map(|scores| scores.known.join("`, `")).unwrap_or_default();
    format!("it has no metric `{metric}`, it has `{known}`")
}

impl Comparison {
    /// Adds a benchmark with the scores of those models that have this metric.
    fn add(&mut self, benchmark: String, metric: &str, mut all: Vec<Scores>, asked: &Asked) {
        all.retain(|scores| scores.metric.as_deref() == Some(metric) && !scores.questions.is_empty());
        if all.len() < 2 {
            let reason = "fewer than two models have scores for it".to_owned();
            self.skipped.push(Skipped { benchmark, reason });
            return;
        }
        let models: Vec<ModelScore> = all.iter().map(Scores::summary).collect();
        let higher_is_better = all.iter().all(|scores| scores.higher_is_better);
        let asked_apart = asked::apart(all.iter().filter_map(|scores| asked[scores.model].get(&benchmark)));
        self.benchmarks.push(BenchmarkComparison {
            benchmark,
            mixes: Vec::new(),
            metric: metric.to_owned(),
            higher_is_better,
            asked_apart,
            pairs: self.pairs(&all, &models, higher_is_better),
            models,
        });
    }

    /// Adds a mix with what these models have scored on it.
    fn add_mix(&mut self, mix: Mix, all: &[MixScores], asked: &Asked) {
        if all.len() < 2 {
            let reason =
                "fewer than two models have scores for it, with these benchmarks and weights".to_owned();
            self.skipped.push(Skipped { benchmark: mix.name, reason });
            return;
        }
        let models: Vec<ModelScore> = all.iter().map(MixScores::summary).collect();
        let benchmarks = mix.benchmarks();
        let apart =
            |name: &String| asked::apart(all.iter().filter_map(|scores| asked[scores.model].get(name)));
        let asked_apart: BTreeSet<String> = benchmarks.iter().flat_map(apart).collect();
        self.benchmarks.push(BenchmarkComparison {
            benchmark: mix.name,
            mixes: benchmarks,
            metric: mixes::METRIC.to_owned(),
            higher_is_better: true,
            asked_apart: asked_apart.into_iter().collect(),
            pairs: self.pairs(all, &models, true),
            models,
        });
    }

    fn pairs<T: Compared>(
        &self,
        all: &[T],
        models: &[ModelScore],
        higher_is_better: bool,
    ) -> Vec<PairComparison> {
        let worth = |model: &ModelScore| if higher_is_better { model.score } else { -model.score };
        let mut pairs = match self.pairing {
            Pairing::Each => pair::each(all),
            Pairing::WithBest => pair::with_best(all, &models.iter().map(worth).collect::<Vec<f64>>()),
        };
        pair::correct(&mut pairs);
        pairs
    }
}
