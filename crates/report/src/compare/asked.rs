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
    let sampling = sampling(model, planned, &asking);
    let is_drawn = sampling.as_ref().is_some_and(is_drawn) || is_shuffled(&asking);
    json!({
        "asking": asking,
        "scoring": planned.scoring,
        "sampling": sampling,
        "seed": is_drawn.then_some(plan.seed),
        "repeats": plan.repeats,
    })
}

/// The user's sampling over the protocol's over the model's defaults; none where likelihoods are compared. A plan has the first and
/// the last in one: what departs from the protocol is the user's.
fn sampling(model: &PlannedModel, planned: &PlannedBenchmark, asking: &Value) -> Option<Sampling> {
    let ask = &asking["ask"];
    let is_generated = ask["loglikelihood"].is_null() || asking["choice_mode"].is_object();
    let Some(protocol) = ask["generate"].as_object() else {
        return is_generated.then(|| model.sampling.clone());
    };
    let departures = planned.departures.get(&model.id);
    let is_the_users = |name: &str| match name {
        // Never told as a departure.
        "seed" => model.sampling.seed.is_some(),
        _ => departures.is_some_and(|own| own.contains_key(name)),
    };
    let own = protocol.iter().filter(|(name, _)| !is_the_users(name));
    let own: Value = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    let own = Sampling::deserialize(own).unwrap_or_default();
    is_generated.then(|| model.sampling.overridden_by(&own))
}

/// Whether the run's seed decides replies: it is sent with requests that have a temperature and no seed of their own.
fn is_drawn(sampling: &Sampling) -> bool {
    sampling.temperature.is_some_and(|temperature| temperature > 0.0) && sampling.seed.is_none()
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

    /// What a model with these defaults is asked by a protocol that generates so, with the user's sampling, under a seed. The plan is
    /// as `evalscope_runner` makes it.
    fn asked_with(generate: &Value, defaults: Value, user: Value, seed: u64, more: &Value) -> Value {
        let [own, defaults, user] =
            [generate.clone(), defaults, user].map(|part| Sampling::deserialize(part).unwrap());
        let departures = json!({"m": user.apart_from(&defaults.overridden_by(&own))});
        let mut asking = json!({"ask": {"generate": generate}});
        asking.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let planned =
            json!({"name": "b", "subsets": {}, "asking": asking, "scoring": null, "departures": departures});
        let model = json!({"id": "m", "identity": {}, "sampling": defaults.overridden_by(&user)});
        let plan =
            json!({"version": 1, "models": [model], "benchmarks": [planned], "seed": seed, "repeats": 1});
        let plan: Plan = serde_json::from_value(plan).unwrap();
        asked(&plan, &plan.models[0], &plan.benchmarks[0])
    }

    fn endpoint() -> Value {
        json!({"temperature": 0.0})
    }

    #[test]
    fn sampling_as_the_protocol_has_it_is_no_difference() {
        let protocol = json!({"max_tokens": 512, "temperature": 0.7, "seed": 5});
        let of = |defaults: Value, user: Value| asked_with(&protocol, defaults, user, 1, &json!({}));
        let own = of(endpoint(), json!({}));
        assert_eq!(own["sampling"], json!({"max_tokens": 512, "temperature": 0.7, "seed": 5}));
        let local = json!({"temperature": 0.0, "max_tokens": 2048});
        for same in
            [of(local, json!({})), of(endpoint(), json!({"temperature": 0.7, "max_tokens": 512, "seed": 5}))]
        {
            assert!(apart([&own, &same].into_iter()).is_empty());
        }
        for (name, value) in [("max_tokens", json!(5)), ("temperature", json!(0.0)), ("seed", json!(6))] {
            let other = of(endpoint(), json!({name: value}));
            assert_eq!(apart([&own, &other].into_iter()), [format!("sampling.{name}")]);
        }
    }

    #[test]
    fn a_seed_is_a_difference_where_something_is_drawn() {
        let apart = |sampling: Value, more: Value| {
            let of = |seed| asked_with(&json!({}), endpoint(), sampling.clone(), seed, &more);
            apart([&of(1), &of(2)].into_iter())
        };
        assert_eq!(apart(json!({"temperature": 0.5}), json!({})), ["seed"]);
        assert!(apart(json!({"temperature": 0.5, "seed": 3}), json!({})).is_empty());
        assert!(apart(json!({}), json!({})).is_empty());
        let random = |count: u64| json!({"shots": {"count": count, "pick": "random"}});
        assert_eq!(apart(json!({}), random(2)), ["seed"]);
        assert!(apart(json!({}), random(0)).is_empty());
        assert_eq!(apart(json!({}), json!({"shuffle": "rows"})), ["seed"]);
    }

    #[test]
    fn fields_in_which_any_differs_are_named_once() {
        let of = |shots: u64, temperature: f64| json!({"asking": {"shots": {"count": shots}}, "sampling": {"temperature": temperature}});
        let all = [of(4, 0.0), of(0, 0.0), of(0, 1.0)];
        assert_eq!(apart(all.iter()), ["asking.shots.count", "sampling.temperature"]);
        assert!(apart(all[..1].iter()).is_empty() && apart([&all[0], &all[0]].into_iter()).is_empty());
    }
}
