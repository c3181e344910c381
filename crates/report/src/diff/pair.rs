//! Which model and benchmark of one run belongs to which of the other.

use evalscope_core::Plan;
use evalscope_core::plan::{Difference, differences};
use serde_json::{Value, json};

/// A benchmark on a model, in both runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub model: (String, String),
    pub benchmark: (String, String),
}

/// What can be compared, and what has no counterpart.
pub struct Pairs {
    pub models: Vec<(String, String)>,
    pub names: Vec<(String, String)>,
    pub benchmarks: Vec<Pair>,
    pub only_in_a: Vec<String>,
    pub only_in_b: Vec<String>,
}

/// Pairs models by name, or the only one with the only one; benchmarks by name, else by the name without protocol.
pub fn pairs(a: &Plan, b: &Plan) -> Pairs {
    let ids = |plan: &Plan| plan.models.iter().map(|model| model.id.clone()).collect::<Vec<_>>();
    let models = match (ids(a).as_slice(), ids(b).as_slice()) {
        ([one], [other]) => vec![(one.clone(), other.clone())],
        (all, others) => {
            let both = all.iter().filter(|id| others.contains(id));
            both.map(|id| (id.clone(), id.clone())).collect()
        }
    };
    let mut left = names_of(a);
    let mut right = names_of(b);
    let mut names = take_equal(&mut left, &mut right, |name| name);
    names.extend(take_equal(&mut left, &mut right, bare));
    let benchmarks = models
        .iter()
        .flat_map(|model| {
            names.iter().map(|benchmark| Pair { model: model.clone(), benchmark: benchmark.clone() })
        })
        .collect();
    Pairs { models, names, benchmarks, only_in_a: left, only_in_b: right }
}

/// The plan with the first protocol of each benchmark that has several, and with the others.
pub fn protocols(plan: &Plan) -> (Plan, Plan) {
    let names = names_of(plan);
    let place = |name: &str| names.iter().position(|other| bare(other) == bare(name));
    let is_first = |name: &str| place(name).is_some_and(|place| names[place] == name);
    let has_several = |name: &str| names.iter().filter(|other| bare(other) == bare(name)).count() > 1;
    let (mut first, mut others) = (plan.clone(), plan.clone());
    first.benchmarks.retain(|benchmark| is_first(&benchmark.name) && has_several(&benchmark.name));
    let is_second = |name: &str| {
        let mut of_one = names.iter().filter(|other| bare(other) == bare(name));
        of_one.nth(1).is_some_and(|second| second == name)
    };
    others.benchmarks.retain(|benchmark| is_second(&benchmark.name));
    (first, others)
}

/// The fields of the plans that differ; models and benchmarks that were paired count as the same one, and those without
/// a counterpart are left out.
pub fn plan_differences(a: &Plan, b: &Plan, pairs: &Pairs) -> Vec<Difference> {
    let mut found = Vec::new();
    let renamed = pairs.models.iter().map(|pair| ("models", pair));
    for (list, (one, other)) in renamed.chain(pairs.names.iter().map(|pair| ("benchmarks", pair))) {
        if one != other {
            let field = format!("{list}[{one}].name");
            found.push(Difference { field, recorded: json!(one), wanted: json!(other) });
        }
    }
    let with_names = |plan: &Plan, side: fn(&(String, String)) -> &String| {
        let mut plan = plan.clone();
        plan.benchmarks.retain_mut(|benchmark| match by(&pairs.names, &benchmark.name, side) {
            Some(name) => {
                benchmark.name = name;
                benchmark.leave_out_told();
                true
            }
            None => false,
        });
        for model in &mut plan.models {
            if let Some(id) = by(&pairs.models, &model.id, side) {
                model.id = id;
            }
        }
        as_written(&plan)
    };
    found.extend(differences(&with_names(a, |pair| &pair.0), &with_names(b, |pair| &pair.1)));
    found
}

/// The name that a pair goes by.
fn by(pairs: &[(String, String)], name: &str, side: fn(&(String, String)) -> &String) -> Option<String> {
    pairs.iter().find(|pair| side(pair) == name).map(|pair| pair.0.clone())
}

fn as_written(plan: &Plan) -> Value {
    serde_json::to_value(plan).unwrap_or_default()
}

fn names_of(plan: &Plan) -> Vec<String> {
    plan.benchmarks.iter().map(|benchmark| benchmark.name.clone()).collect()
}

fn bare(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

/// Takes the pairs with an equal key out of both lists.
fn take_equal(
    left: &mut Vec<String>,
    right: &mut Vec<String>,
    key: fn(&str) -> &str,
) -> Vec<(String, String)> {
    let mut taken = Vec::new();
    left.retain(|name| match right.iter().position(|other| key(other) == key(name)) {
        Some(place) => {
            taken.push((name.clone(), right.remove(place)));
            false
        }
        None => true,
    });
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_paired_before_other_protocols() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (mut left, mut right) = (names(&["arc@a", "arc@b", "x@a"]), names(&["arc@b", "arc@c", "y@a"]));
        let mut taken = take_equal(&mut left, &mut right, |name| name);
        taken.extend(take_equal(&mut left, &mut right, bare));
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(taken, [pair("arc@b", "arc@b"), pair("arc@a", "arc@c")]);
        assert_eq!((left, right), (names(&["x@a"]), names(&["y@a"])));
    }
}
