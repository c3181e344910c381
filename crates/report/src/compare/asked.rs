//! In which fields of their plans the models of a comparison were asked, or scored, differently.

use evalscope_core::plan::differences;
use evalscope_core::{Plan, PlannedBenchmark, PlannedModel};
use serde_json::{Value, json};

/// All that decides what a model was asked in a benchmark and how its replies were scored. How many of the samples were asked is
/// no part of it: only common ones are compared.
pub fn asked(plan: &Plan, model: &PlannedModel, planned: &PlannedBenchmark) -> Value {
    let mut asking = planned.asking.clone();
    if let Some(fields) = asking.as_object_mut() {
        // What a mix takes of them.
        fields.remove("selection");
    }
    // Nothing is drawn where likelihoods are compared.
    let draws = asking["ask"]["loglikelihood"].is_null() || asking["choice_mode"].is_object();
    json!({
        "asking": asking,
        "scoring": planned.scoring,
        "sampling": if draws { json!(model.sampling) } else { Value::Null },
        "seed": plan.seed,
        "repeats": plan.repeats,
    })
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

    #[test]
    fn fields_in_which_any_differs_are_named_once() {
        let of = |shots: u64, temperature: f64| json!({"asking": {"shots": {"count": shots}}, "sampling": {"temperature": temperature}});
        let all = [of(4, 0.0), of(0, 0.0), of(0, 1.0)];
        assert_eq!(apart(all.iter()), ["asking.shots.count", "sampling.temperature"]);
        assert!(apart(all[..1].iter()).is_empty() && apart([&all[0], &all[0]].into_iter()).is_empty());
    }
}
