//! Makes the plan of a run, and shows what it would do without doing it.

use crate::act::RunModel;
use crate::error::Error;
use evalscope_benchmarks::{Needs, OpenBenchmark};
use evalscope_core::plan::PLAN_VERSION;
use evalscope_core::{Effect, Limit, Plan, PlannedBenchmark, PlannedModel, Step};
use evalscope_model_api::{Capabilities, LoglikelihoodSupport};
use indexmap::IndexMap;
use std::sync::Arc;

/// What shapes a plan besides models and benchmarks.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// Seed of everything random.
    pub seed: u64,
    /// How often each sample is asked.
    pub repeats: u32,
    /// Samples at most per subset.
    pub limit: Option<Limit>,
}

/// Makes the plan: every model, every benchmark, every subset with its number of samples.
pub fn make_plan(
    models: &[RunModel],
    benchmarks: &[Arc<OpenBenchmark>],
    options: &PlanOptions,
) -> Result<Plan, Error> {
    let models = models
        .iter()
        .map(|model| PlannedModel {
            id: model.id.clone(),
            identity: model.identity.clone().into_iter().collect(),
            sampling: model.defaults.overridden_by(&model.sampling),
        })
        .collect();
    let benchmarks = benchmarks
        .iter()
        .map(|benchmark| planned_benchmark(benchmark, options))
        .collect::<Result<_, Error>>()?;
    Ok(Plan {
        version: PLAN_VERSION,
        models,
        benchmarks,
        seed: options.seed,
        repeats: options.repeats,
        limit: options.limit,
    })
}

fn planned_benchmark(benchmark: &OpenBenchmark, options: &PlanOptions) -> Result<PlannedBenchmark, Error> {
    let mut subsets = IndexMap::new();
    for subset in benchmark.subsets().iter().filter(|subset| benchmark.is_available(subset)) {
        let total = benchmark.total(subset)?;
        subsets.insert(subset.clone(), options.limit.map_or(total, |limit| limit.apply(total)));
    }
    Ok(PlannedBenchmark {
        name: benchmark.protocol().name().to_owned(),
        subsets,
        missing: benchmark.missing_subsets(),
        asking: benchmark.protocol().asking(),
        scoring: benchmark.protocol().scoring(),
    })
}

/// Refuses a benchmark that needs what the model lacks, with the reason, before a token is spent.
pub fn check_needs(model: &str, capabilities: &Capabilities, benchmark: &OpenBenchmark) -> Result<(), Error> {
    let lack = match benchmark.protocol().needs() {
        Needs::Chat if !capabilities.chat => "takes no conversation".to_owned(),
        Needs::Text if !capabilities.text => "does not go on from raw text".to_owned(),
        Needs::Loglikelihood => match &capabilities.loglikelihood {
            LoglikelihoodSupport::None(reason) => format!("gives no log-likelihoods ({reason})"),
            LoglikelihoodSupport::EchoCompletions | LoglikelihoodSupport::Exact => return Ok(()),
        },
        Needs::Chat | Needs::Text => return Ok(()),
    };
    Err(Error::Incapable { model: model.to_owned(), lack, benchmark: benchmark.protocol().name().to_owned() })
}

/// What a benchmark would ask.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Preview {
    /// Name with protocol.
    pub benchmark: String,
    /// Samples that would be asked, repeats included, per model.
    pub samples: u64,
    /// Calls that they ask for in their first round, per model.
    pub calls: u64,
    /// Samples of each subset, repeats not included.
    pub subsets: IndexMap<String, u64>,
    /// Subsets whose data was not found.
    pub missing: Vec<String>,
    /// The first effect of the first sample.
    pub example: Option<Effect>,
}

/// Counts the calls of every benchmark and takes its first one as example. Calls nothing.
pub fn preview(benchmarks: &[Arc<OpenBenchmark>], options: &PlanOptions) -> Result<Vec<Preview>, Error> {
    benchmarks.iter().map(|benchmark| preview_benchmark(benchmark, options)).collect()
}

fn preview_benchmark(benchmark: &OpenBenchmark, options: &PlanOptions) -> Result<Preview, Error> {
    let mut preview = Preview {
        benchmark: benchmark.protocol().name().to_owned(),
        samples: 0,
        calls: 0,
        subsets: IndexMap::new(),
        missing: benchmark.missing_subsets(),
        example: None,
    };
    for subset in benchmark.subsets().iter().filter(|subset| benchmark.is_available(subset)) {
        let mut count = 0;
        for sample in benchmark.samples(subset, options.seed, options.limit)? {
            let sample = sample?;
            count += 1;
            preview.samples += u64::from(options.repeats);
            if let Step::Need(effects) = benchmark.protocol().step(&sample, &[])? {
                preview.calls += effects.len() as u64 * u64::from(options.repeats);
                if preview.example.is_none() {
                    preview.example = effects.into_iter().next();
                }
            }
        }
        preview.subsets.insert(subset.clone(), count);
    }
    Ok(preview)
}
