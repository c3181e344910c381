//! Mixes of benchmarks: reads their files, draws their samples.

use crate::argument::ArgumentError;
use crate::error::Error;
use evalscope_benchmarks::{DatasetArgs, OpenBenchmark};
use evalscope_core::{Limit, PlannedCollection, PlannedMember, Selection};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Groups within groups deeper than this are a slip, or meant to harm.
const MOST_LEVELS: usize = 16;

/// A mix of benchmarks, as a file says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectionFile {
    /// Its name in reports.
    pub name: String,
    /// How many samples it has; all of its benchmarks' when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<u64>,
    /// How these are shared among its benchmarks.
    #[serde(default)]
    pub sampler: Sampler,
    /// Its benchmarks, and groups of them.
    pub datasets: Vec<CollectionEntry>,
}

/// How the samples of a mix are shared among its benchmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sampler {
    /// By weight.
    #[default]
    Weighted,
    /// By how many samples each benchmark has.
    Stratified,
    /// Equally.
    Uniform,
}

/// A benchmark of a mix, or a group of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectionEntry {
    /// `name` or `name@protocol` of a benchmark; any name of a group.
    pub name: String,
    /// Its weight among those beside it.
    #[serde(default = "one")]
    pub weight: f64,
    /// What kind of task it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_type: Option<String>,
    /// Words to report it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Arguments of the benchmark, as `--dataset-args` has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<DatasetArgs>,
    /// The benchmarks of a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<CollectionEntry>,
}

fn one() -> f64 {
    1.0
}

/// A benchmark of a mix with its weight in the whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub reference: String,
    pub weight: f64,
    pub task_type: Option<String>,
    pub tags: Vec<String>,
    pub args: DatasetArgs,
}

/// Reads a mix from YAML or JSON; `shown` names where it is from.
pub fn parse_collection(shown: &str, text: &str) -> Result<CollectionFile, ArgumentError> {
    let file: CollectionFile = serde_saphyr::from_str(text).map_err(|error| {
        ArgumentError::new(format!("--collection: {shown}: not a mix of benchmarks: {error}"))
            .with_hint(Some("write `name: …` and `datasets: [{name: gsm8k, weight: 1}, …]`".into()))
    })?;
    members(&file)?;
    Ok(file)
}

/// The benchmarks of a mix, groups dissolved, weights multiplied and adding up to 1.
pub(crate) fn members(file: &CollectionFile) -> Result<Vec<Member>, ArgumentError> {
    let wrong = |message: String| ArgumentError::new(format!("--collection: {}: {message}", file.name));
    let mut found = Vec::new();
    gather(&file.datasets, (1.0, MOST_LEVELS), &Inherited::default(), &mut found).map_err(wrong)?;
    if found.is_empty() {
        return Err(wrong("it has no benchmark".into()));
    }
    let mut names = BTreeSet::new();
    if let Some(twice) = found.iter().find(|member| !names.insert(&member.reference)) {
        return Err(wrong(format!("`{}` is in it twice", twice.reference)));
    }
    Ok(found)
}

/// What a group says for all of its benchmarks.
#[derive(Default)]
struct Inherited {
    task_type: Option<String>,
    tags: Vec<String>,
}

fn gather(
    entries: &[CollectionEntry],
    (share, levels): (f64, usize),
    above: &Inherited,
    found: &mut Vec<Member>,
) -> Result<(), String> {
    if levels == 0 {
        return Err(format!("groups are nested deeper than {MOST_LEVELS}"));
    }
    if let Some(bad) = entries.iter().find(|entry| !(entry.weight > 0.0 && entry.weight.is_finite())) {
        return Err(format!("the weight of `{}` is not above 0", bad.name));
    }
    let total: f64 = entries.iter().map(|entry| entry.weight).sum();
    for entry in entries {
        let weight = share * entry.weight / total;
        let task_type = entry.task_type.clone().or_else(|| above.task_type.clone());
        let mut tags = above.tags.clone();
        tags.extend(entry.tags.iter().filter(|tag| !above.tags.contains(tag)).cloned());
        if entry.datasets.is_empty() {
            let (reference, args) = (entry.name.clone(), entry.args.clone().unwrap_or_default());
            found.push(Member { reference, weight, task_type, tags, args });
        } else if entry.args.is_some() {
            return Err(format!("the group `{}` has `args`, which only a benchmark can have", entry.name));
        } else {
            gather(&entry.datasets, (weight, levels - 1), &Inherited { task_type, tags }, found)?;
        }
    }
    Ok(())
}

/// How many samples each benchmark of a mix gives, of so many that it has; never more than it has. As EvalScope's samplers
/// of collections share them: rounded down, the rest to the last one; a uniform share is rounded down for all.
fn shares(file: &CollectionFile, weights: &[f64], totals: &[u64]) -> Vec<u64> {
    let Some(count) = file.samples else { return totals.to_vec() };
    let all: u64 = totals.iter().sum();
    let wanted = |place: usize| match file.sampler {
        Sampler::Weighted => (weights[place] * count as f64) as u64,
        Sampler::Stratified => (count as f64 * totals[place] as f64 / all.max(1) as f64) as u64,
        Sampler::Uniform => count / totals.len().max(1) as u64,
    };
    let mut shares: Vec<u64> = (0..totals.len()).map(wanted).collect();
    if let (Some(last), Sampler::Weighted | Sampler::Stratified) = (shares.len().checked_sub(1), file.sampler)
    {
        shares[last] = count.saturating_sub(shares[..last].iter().sum());
    }
    shares.iter().zip(totals).map(|(share, total)| *share.min(total)).collect()
}

/// Draws the samples of a mix. `find` gives the open benchmark of a reference.
pub(crate) fn plan<'a>(
    file: &CollectionFile,
    find: impl Fn(&str) -> Option<&'a Arc<OpenBenchmark>>,
    (seed, limit): (u64, Option<Limit>),
) -> Result<PlannedCollection, Error> {
    let members = members(file)?;
    let mut open = Vec::new();
    for member in &members {
        let benchmark = find(&member.reference).ok_or_else(|| {
            ArgumentError::new(format!("--collection: {}: `{}` is not open", file.name, member.reference))
        })?;
        check_is_share(file, benchmark)?;
        open.push(benchmark);
    }
    let mut totals = Vec::new();
    for benchmark in &open {
        let there = benchmark.subsets().iter().filter(|subset| benchmark.is_available(subset));
        let mut total = 0;
        for subset in there {
            let of_subset = benchmark.total(subset)?;
            total += limit.map_or(of_subset, |limit| limit.apply(of_subset));
        }
        totals.push(total);
    }
    let weights: Vec<f64> = members.iter().map(|member| member.weight).collect();
    let shares = shares(file, &weights, &totals);
    let mut planned = Vec::new();
    for ((member, benchmark), share) in members.into_iter().zip(open).zip(shares) {
        let samples = file.samples.map(|_| benchmark.draw(share, seed, limit)).transpose()?;
        planned.push(PlannedMember {
            benchmark: benchmark.protocol().name().to_owned(),
            weight: member.weight,
            task_type: member.task_type,
            tags: member.tags,
            samples,
        });
    }
    Ok(PlannedCollection { name: file.name.clone(), members: planned })
}

/// Refuses a benchmark whose score is no share of 1: it has no mean with others.
fn check_is_share(file: &CollectionFile, benchmark: &OpenBenchmark) -> Result<(), ArgumentError> {
    let scoring = benchmark.protocol().scoring();
    let main = &scoring["metrics"][0];
    let is_share = main["range"] == serde_json::json!([0.0, 1.0]) && main["higher_is_better"] == true;
    if is_share {
        return Ok(());
    }
    let message = format!(
        "--collection: {}: the score of {} ({}) does not lie between 0 and 1, so that it has no mean with others",
        file.name,
        benchmark.protocol().name(),
        main["name"].as_str().unwrap_or("no metric"),
    );
    Err(ArgumentError::new(message)
        .with_hint(Some("take it out of the mix, and name it in `--datasets`".into())))
}

/// The samples that any of the mixes wants of a benchmark; nothing when one wants all, or none names it.
pub(crate) fn wanted(collections: &[PlannedCollection], benchmark: &str) -> Option<Selection> {
    let members = collections.iter().flat_map(|collection| &collection.members);
    let mut all: Option<Selection> = None;
    for member in members.filter(|member| member.benchmark == benchmark) {
        let union = all.get_or_insert_default();
        for (subset, places) in member.samples.as_ref()? {
            let known = union.entry(subset.clone()).or_default();
            known.extend(places);
            known.sort_unstable();
            known.dedup();
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIX: &str = "
name: mix
samples: 10
datasets:
  - {name: arc, weight: 3, task_type: knowledge, tags: [en]}
  - name: sums
    weight: 1
    task_type: math
    tags: [numbers]
    datasets:
      - {name: gsm8k, tags: [en], args: {few_shot_num: 0}}
      - {name: cmath, tags: [zh]}
";

    fn file() -> CollectionFile {
        parse_collection("mix.yaml", MIX).unwrap()
    }

    #[test]
    fn groups_dissolve_and_weights_multiply() {
        let found = members(&file()).unwrap();
        let seen: Vec<(&str, f64, &str, String)> = found
            .iter()
            .map(|member| {
                (
                    member.reference.as_str(),
                    member.weight,
                    member.task_type.as_deref().unwrap(),
                    member.tags.join(" "),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("arc", 0.75, "knowledge", "en".to_owned()),
                ("gsm8k", 0.125, "math", "numbers en".to_owned()),
                ("cmath", 0.125, "math", "numbers zh".to_owned())
            ]
        );
        assert_eq!(found[1].args.few_shot_num, Some(0));
    }

    #[test]
    fn samplers_share_as_they_say() {
        let (weights, totals) = ([0.75, 0.125, 0.125], [100, 20, 5]);
        let of = |sampler, samples| shares(&CollectionFile { sampler, samples, ..file() }, &weights, &totals);
        assert_eq!(of(Sampler::Weighted, Some(10)), [7, 1, 2]);
        assert_eq!(of(Sampler::Stratified, Some(25)), [20, 4, 1]);
        assert_eq!(of(Sampler::Uniform, Some(10)), [3, 3, 3]);
        assert_eq!(of(Sampler::Uniform, Some(30)), [10, 10, 5], "it has no more");
        assert_eq!(of(Sampler::Weighted, None), totals);
    }

    #[test]
    fn slips_are_named() {
        for (from, to, says) in [
            ("weight: 3", "weight: 0", "the weight of `arc` is not above 0"),
            ("name: cmath", "name: arc", "`arc` is in it twice"),
            ("weight: 1", "args: {}", "only a benchmark can have"),
            ("samples", "sampels", "sampels"),
        ] {
            let error = parse_collection("mix.yaml", &MIX.replacen(from, to, 1)).unwrap_err();
            assert!(error.message.contains(says), "{}", error.message);
        }
    }

    #[test]
    fn a_benchmark_of_two_mixes_is_asked_for_both() {
        let member = |samples: Option<&[u64]>| PlannedMember {
            benchmark: "arc@x".into(),
            weight: 1.0,
            task_type: None,
            tags: Vec::new(),
            samples: samples.map(|places| Selection::from([("s".to_owned(), places.to_vec())])),
        };
        let mix = |samples| PlannedCollection { name: "m".into(), members: vec![member(samples)] };
        let both = [mix(Some(&[1, 5])), mix(Some(&[0, 5]))];
        assert_eq!(wanted(&both, "arc@x").unwrap()["s"], [0, 1, 5]);
        assert_eq!(wanted(&[mix(Some(&[1])), mix(None)], "arc@x"), None);
        assert_eq!(wanted(&both, "gsm8k@x"), None);
    }
}
