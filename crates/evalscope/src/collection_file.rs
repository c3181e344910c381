//! The form of a mix of benchmarks, and what it comes to: its benchmarks with their weights in the whole.

use crate::argument::ArgumentError;
use evalscope_benchmarks::DatasetArgs;
use evalscope_core::Selection;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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
    /// Nothing beside it to weigh against; EvalScope's `CollectionSchema` writes it.
    #[serde(default, skip_serializing)]
    pub weight: Option<f64>,
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
    /// Its samples: by subset their positions, from 0. Drawn, or all, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<Selection>,
    /// The groups that it is in; EvalScope's `CollectionSchema` writes it, and it follows from the groups.
    #[serde(default, skip_serializing)]
    pub hierarchy: Vec<String>,
    /// What a sample is known by when another program chose it.
    #[serde(skip)]
    pub marks: Vec<Mark>,
}

/// What another program saw of a sample that it chose.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Its subset.
    pub subset: String,
    /// Its position there.
    pub index: u64,
    /// All that was asked.
    pub prompt: String,
    /// What was expected.
    pub target: String,
}

impl CollectionEntry {
    /// A benchmark of this name, and nothing more.
    pub(crate) fn named(name: String) -> CollectionEntry {
        CollectionEntry {
            name,
            weight: one(),
            task_type: None,
            tags: Vec::new(),
            args: None,
            datasets: Vec::new(),
            samples: None,
            hierarchy: Vec::new(),
            marks: Vec::new(),
        }
    }
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
    pub samples: Option<Selection>,
    pub marks: Vec<Mark>,
}

/// Reads a mix from YAML or JSON; `shown` names where it is from.
pub(crate) fn parse(shown: &str, text: &str) -> Result<CollectionFile, ArgumentError> {
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
    if file.samples.is_some() && found.iter().any(|member| member.samples.is_some()) {
        return Err(wrong("`samples` is either a number for all, or named for benchmarks".into()));
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
        let own = entry.task_type.clone().filter(|kind| !kind.is_empty());
        let task_type = own.or_else(|| above.task_type.clone());
        let mut tags = above.tags.clone();
        tags.extend(entry.tags.iter().filter(|tag| !above.tags.contains(tag)).cloned());
        if entry.datasets.is_empty() {
            let (reference, args) = (entry.name.clone(), entry.args.clone().unwrap_or_default());
            let (samples, marks) = (entry.samples.clone().map(in_order), entry.marks.clone());
            found.push(Member { reference, weight, task_type, tags, args, samples, marks });
        } else if entry.args.is_some() || entry.samples.is_some() {
            let key = if entry.args.is_some() { "args" } else { "samples" };
            return Err(format!("the group `{}` has `{key}`, which only a benchmark can have", entry.name));
        } else {
            gather(&entry.datasets, (weight, levels - 1), &Inherited { task_type, tags }, found)?;
        }
    }
    Ok(())
}

/// Positions in order, each once.
fn in_order(mut samples: Selection) -> Selection {
    for places in samples.values_mut() {
        places.sort_unstable();
        places.dedup();
    }
    samples
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
        parse("mix.yaml", MIX).unwrap()
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
    fn slips_are_named() {
        for (from, to, says) in [
            ("weight: 3", "weight: 0", "the weight of `arc` is not above 0"),
            ("name: cmath", "name: arc", "`arc` is in it twice"),
            ("weight: 1", "args: {}", "only a benchmark can have"),
            ("samples", "sampels", "sampels"),
        ] {
            let error = parse("mix.yaml", &MIX.replacen(from, to, 1)).unwrap_err();
            assert!(error.message.contains(says), "{}", error.message);
        }
    }
}
