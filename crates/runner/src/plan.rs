//! Makes the plan of a run.

use crate::act::RunModel;
use crate::error::{Error, Remedy};
use evalscope_benchmarks::{Needs, OpenBenchmark, Protocol};
use evalscope_core::plan::PLAN_VERSION;
use evalscope_core::{Departures, Limit, Plan, PlannedBenchmark, PlannedCollection, PlannedModel};
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
    /// Mixes of the benchmarks that are reported as one.
    pub collections: Vec<PlannedCollection>,
}

/// Makes the plan: every model, every benchmark, every subset with its number of samples.
pub fn make_plan(
    models: &[RunModel],
    benchmarks: &[Arc<OpenBenchmark>],
    options: &PlanOptions,
) -> Result<Plan, Error> {
    let planned_models = models
        .iter()
        .map(|model| PlannedModel {
            id: model.id.clone(),
            identity: model.identity.clone().into_iter().collect(),
            sampling: model.defaults.overridden_by(&model.sampling),
        })
        .collect();
    let benchmarks = benchmarks
        .iter()
        .map(|benchmark| {
            let departures = departures(models, benchmark.protocol());
            Ok(PlannedBenchmark { departures, ..planned_benchmark(benchmark, options)? })
        })
        .collect::<Result<_, Error>>()?;
    Ok(Plan {
        version: PLAN_VERSION,
        models: planned_models,
        benchmarks,
        collections: options.collections.clone(),
        seed: options.seed,
        repeats: options.repeats,
        limit: options.limit,
    })
}

fn planned_benchmark(benchmark: &OpenBenchmark, options: &PlanOptions) -> Result<PlannedBenchmark, Error> {
    let mut subsets = IndexMap::new();
    for subset in benchmark.subsets().iter().filter(|subset| benchmark.is_available(subset)) {
        let count = benchmark.count(subset, options.limit)?;
        if count > 0 || benchmark.selection().is_none() {
            subsets.insert(subset.clone(), count);
        }
    }
    let mut asking = benchmark.protocol().asking();
    if let Some(selection) = benchmark.selection() {
        asking["selection"] = serde_json::json!(selection);
    }
    let shuffled_without = benchmark.shuffled_without();
    if !shuffled_without.is_empty() {
        asking["shuffled_without"] = serde_json::json!(shuffled_without);
    }
    Ok(PlannedBenchmark {
        name: benchmark.protocol().name().to_owned(),
        subsets,
        missing: benchmark.missing_subsets(),
        asking,
        scoring: benchmark.protocol().scoring(),
        departures: IndexMap::new(),
    })
}

/// What each model is asked, or scored by, otherwise than the protocol says; of those of which there is something to tell.
fn departures(models: &[RunModel], protocol: &Protocol) -> IndexMap<String, Departures> {
    let of = |model: &RunModel| {
        let mut found = protocol.departures().clone();
        // Nothing is drawn where likelihoods are compared.
        if protocol.needs() != Needs::Loglikelihood {
            let own = model.defaults.overridden_by(protocol.sampling());
            found.extend(model.sampling.apart_from(&own));
        }
        (model.id.clone(), found)
    };
    models.iter().map(of).filter(|(_, found)| !found.is_empty()).collect()
}

/// Refuses a benchmark that needs what the model lacks, with the reason, before a token is spent.
pub fn check_needs(model: &str, capabilities: &Capabilities, benchmark: &OpenBenchmark) -> Result<(), Error> {
    let protocol = benchmark.protocol();
    let is_choice = protocol.own_choice_mode().is_some();
    let Some((lack, remedy)) = lack(capabilities, protocol.needs(), is_choice) else { return Ok(()) };
    Err(Error::Incapable { model: model.to_owned(), lack, benchmark: protocol.name().to_owned(), remedy })
}

/// What the model lacks of these needs, as a verb phrase, and what would help.
fn lack(capabilities: &Capabilities, needs: Needs, is_choice: bool) -> Option<(String, Remedy)> {
    let Capabilities { chat, text, loglikelihood, embed, .. } = capabilities;
    if *embed && !chat && !text {
        return Some(("gives vectors of texts and no text".to_owned(), Remedy::Writer));
    }
    let other = Remedy::Other { is_choice };
    match (needs, loglikelihood) {
        // An engine of our own, which lays conversations out itself.
        (Needs::Chat, LoglikelihoodSupport::Exact) if !chat => {
            Some(("takes no conversation, since it has no chat template".to_owned(), Remedy::Template))
        }
        (Needs::Chat, _) if !chat => Some(("takes no conversation".to_owned(), other)),
        (Needs::Text, _) if !text => Some(("does not go on from raw text".to_owned(), other)),
        (Needs::Loglikelihood, LoglikelihoodSupport::None(reason)) => {
            Some((format!("gives no log-likelihoods ({reason})"), other))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_model_without_a_template_wants_one_and_an_encoder_writes_nothing() {
        let endpoint = Capabilities::of_replies(1, "it is one");
        let raw = Capabilities { chat: false, ..endpoint.clone() };
        let local = Capabilities { loglikelihood: LoglikelihoodSupport::Exact, ..raw.clone() };
        let encoder = Capabilities { text: false, embed: true, ..raw.clone() };
        let remedy = |model: &Capabilities, needs| lack(model, needs, false).map(|(_, remedy)| remedy);
        assert_eq!(remedy(&local, Needs::Chat), Some(Remedy::Template));
        assert_eq!(remedy(&local, Needs::Text), None);
        assert_eq!(remedy(&raw, Needs::Chat), Some(Remedy::Other { is_choice: false }));
        for needs in [Needs::Chat, Needs::Text, Needs::Loglikelihood] {
            assert_eq!(remedy(&encoder, needs), Some(Remedy::Writer));
        }
        assert_eq!(remedy(&endpoint, Needs::Chat), None);
    }
}
