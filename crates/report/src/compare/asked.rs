//! In which fields of their plans the models of a comparison were asked, or scored, differently.

use evalscope_core::plan::differences;
use evalscope_core::{Plan, PlannedBenchmark, PlannedModel, Sampling};
use serde::Deserialize;
use serde_json::{Value, json};

/// All that decides what a model was asked in a benchmark and how its replies were scored. How many of the samples were asked is
/// no part of it: only common ones are compared.
pub fn asked(plan: &Plan, model: &PlannedModel, planned: &PlannedBenchmark) -> Value {
    let mut asking = planned.asking.clone();
    if let Some(fields) = asking.as_object_mut() {
        // What a mix takes of them.
        fields.remove("selection");
    }
    let sampling = sampling(model, &asking);
    let is_drawn = sampling.as_ref().is_some_and(is_drawn) || is_shuffled(&asking);
    json!({
        "asking": asking,
        "scoring": planned.scoring,
        "sampling": sampling,
        "seed": is_drawn.then_some(plan.seed),
        "repeats": plan.repeats,
    })
}

/// The user's sampling over the protocol's; none where likelihoods are compared.
fn sampling(model: &PlannedModel, asking: &Value) -> Option<Sampling> {
    let ask = &asking["ask"];
    let is_generated = ask["loglikelihood"].is_null() || asking["choice_mode"].is_object();
    let own = Sampling::deserialize(&ask["generate"]).unwrap_or_default();
    is_generated.then(|| own.overridden_by(&model.sampling))
}

/// Whether the run's seed decides replies; an endpoint that is told no temperature draws by its own.
fn is_drawn(sampling: &Sampling) -> bool {
    sampling.temperature != Some(0.0) && sampling.seed.is_none()
}

/// Whether the run's seed decides which samples, examples or orders of options are shown.
fn is_shuffled(asking: &Value) -> bool {
    let pick = &asking["shots"]["pick"];
    let draws_shots = asking["shots"]["count"] != 0 && (pick == "random" || pick == "shuffled");
    let shuffles = |field: &str| !matches!(asking[field], Value::Null | Value::Bool(false));
    draws_shots || shuffles("shuffle") || shuffles("shuffle_choices") || asking["order"] == "shuffle_0_5"
}

/// The fields in which some of these differ, by their paths.
pub fn apart<'a>(mut all: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let Some(first) = all.next() else { return Vec::new() };
    let mut fields: Vec<String> = Vec::new();
    for other in all {
        for difference in differences(first, other) {
            if !fields.contains(&difference.field) {
                fields.push(difference.field);
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a model is asked by a protocol that generates so, with the user's sampling, under a seed.
    fn asked_with(generate: Value, sampling: Value, seed: u64, more: Value) -> Value {
        let mut asking = json!({"ask": {"generate": generate}});
        asking.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let planned = json!({"name": "b", "subsets": {}, "asking": asking, "scoring": null});
        let model = json!({"id": "m", "identity": {}, "sampling": sampling});
        let plan =
            json!({"version": 1, "models": [model], "benchmarks": [planned], "seed": seed, "repeats": 1});
        let plan: Plan = serde_json::from_value(plan).unwrap();
        asked(&plan, &plan.models[0], &plan.benchmarks[0])
    }

    #[test]
    fn sampling_as_the_protocol_has_it_is_no_difference() {
        let greedy = json!({"max_tokens": 512, "temperature": 0.0});
        let own = asked_with(greedy.clone(), json!({}), 1, json!({}));
        let same = asked_with(greedy.clone(), json!({"temperature": 0.0, "max_tokens": 512}), 1, json!({}));
        let other = asked_with(greedy, json!({"max_tokens": 5}), 1, json!({}));
        assert!(apart([&own, &same].into_iter()).is_empty());
        assert_eq!(apart([&own, &other].into_iter()), ["sampling.max_tokens"]);
    }

    #[test]
    fn a_seed_is_a_difference_where_something_is_drawn() {
        let apart = |sampling: Value, more: Value| {
            let of = |seed| asked_with(json!({}), sampling.clone(), seed, more.clone());
            apart([&of(1), &of(2)].into_iter())
        };
        let (greedy, warm) = (json!({"temperature": 0.0}), json!({"temperature": 0.5}));
        assert!(apart(greedy.clone(), json!({})).is_empty());
        assert_eq!(apart(warm, json!({})), ["seed"]);
        assert_eq!(apart(json!({}), json!({})), ["seed"]);
        assert!(apart(json!({"seed": 3}), json!({})).is_empty());
        let random = |count: u64| json!({"shots": {"count": count, "pick": "random"}});
        assert_eq!(apart(greedy.clone(), random(2)), ["seed"]);
        assert!(apart(greedy.clone(), random(0)).is_empty());
        assert_eq!(apart(greedy, json!({"shuffle": "rows"})), ["seed"]);
    }

    #[test]
    fn fields_in_which_any_differs_are_named_once() {
        let of = |shots: u64, temperature: f64| json!({"asking": {"shots": {"count": shots}}, "sampling": {"temperature": temperature}});
        let all = [of(4, 0.0), of(0, 0.0), of(0, 1.0)];
        assert_eq!(apart(all.iter()), ["asking.shots.count", "sampling.temperature"]);
        assert!(apart(all[..1].iter()).is_empty() && apart([&all[0], &all[0]].into_iter()).is_empty());
    }
}
