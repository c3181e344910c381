//! Mixes of benchmarks: draws their samples.

use crate::argument::ArgumentError;
use crate::collection_file::{CollectionFile, Mark, Sampler, members};
use crate::error::Error;
use evalscope_benchmarks::OpenBenchmark;
use evalscope_core::{Limit, PlannedCollection, PlannedMember, Selection};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many samples each benchmark of a mix gives, of so many that it has; never more than it has. As the samplers of
/// EvalScope 1.14.1's collections share them: rounded down, the rest to the last one.
fn shares(file: &CollectionFile, weights: &[f64], totals: &[u64]) -> Vec<u64> {
    let Some(count) = file.samples else { return totals.to_vec() };
    let all: u64 = totals.iter().sum();
    let wanted = |place: usize| match file.sampler {
        Sampler::Weighted => (weights[place] * count as f64) as u64,
        Sampler::Stratified => (totals[place] as f64 / all.max(1) as f64 * count as f64) as u64,
        Sampler::Uniform => count / totals.len().max(1) as u64,
    };
    let mut shares: Vec<u64> = (0..totals.len()).map(wanted).collect();
    if let Some(last) = shares.len().checked_sub(1) {
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
        let samples = match &member.samples {
            Some(_) if limit.is_some() => return Err(limited(file).into()),
            Some(samples) => Some(chosen(file, benchmark, samples, &member.marks, seed)?),
            None => file.samples.map(|_| benchmark.draw(share, seed, limit)).transpose()?,
        };
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

fn limited(file: &CollectionFile) -> ArgumentError {
    ArgumentError::new(format!("--limit: the samples of the mix {} are chosen already", file.name))
        .with_hint(Some("take `--limit` out, or shorten the file".into()))
}

/// The samples that a file names, when the data set has them and they are those that its writer saw.
fn chosen(
    file: &CollectionFile,
    benchmark: &OpenBenchmark,
    samples: &Selection,
    marks: &[Mark],
    seed: u64,
) -> Result<Selection, Error> {
    let name = benchmark.protocol().name();
    let wrong =
        |message: String| ArgumentError::new(format!("--collection: {}: {name}: {message}", file.name));
    for (subset, places) in samples {
        if !benchmark.subsets().contains(subset) || !benchmark.is_available(subset) {
            return Err(wrong(format!("there is no subset `{subset}`")).into());
        }
        let total = benchmark.total(subset)?;
        if let Some(place) = places.last().filter(|place| **place >= total) {
            return Err(wrong(format!("`{subset}` has {total} samples, and none at {place} from 0")).into());
        }
        if let Some(index) = stranger(benchmark, subset, marks, seed)? {
            let hint = "the file was made of another version of the data set";
            let error = wrong(format!("sample {index} of `{subset}` is another one than in the file"));
            return Err(error.with_hint(Some(hint.into())).into());
        }
    }
    Ok(samples.clone())
}

/// The first sample of a subset whose mark has neither its question nor its target.
fn stranger(
    benchmark: &OpenBenchmark,
    subset: &str,
    marks: &[Mark],
    seed: u64,
) -> Result<Option<u64>, Error> {
    let of_subset = marks.iter().filter(|mark| mark.subset == subset);
    let marks: BTreeMap<u64, &Mark> = of_subset.map(|mark| (mark.index, mark)).collect();
    if marks.is_empty() {
        return Ok(None);
    }
    for sample in benchmark.samples(subset, seed, None)? {
        let sample = sample?;
        let Some(mark) = marks.get(&sample.index) else { continue };
        let question = sample.question.trim();
        let is_asked = !question.is_empty() && mark.prompt.contains(question);
        if !is_asked && !sample.targets.iter().any(|target| target.trim() == mark.target.trim()) {
            return Ok(Some(sample.index));
        }
    }
    Ok(None)
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
    use crate::collection_file::parse;

    #[test]
    fn samplers_share_as_they_say() {
        let file = parse("mix.yaml", "{name: mix, datasets: [{name: arc}]}").unwrap();
        let (weights, totals) = ([0.75, 0.125, 0.125], [100, 20, 5]);
        let of = |sampler, samples| {
            shares(&CollectionFile { sampler, samples, ..file.clone() }, &weights, &totals)
        };
        assert_eq!(of(Sampler::Weighted, Some(10)), [7, 1, 2]);
        assert_eq!(of(Sampler::Stratified, Some(25)), [20, 4, 1]);
        assert_eq!(of(Sampler::Uniform, Some(10)), [3, 3, 4]);
        assert_eq!(of(Sampler::Uniform, Some(30)), [10, 10, 5], "it has no more");
        assert_eq!(of(Sampler::Weighted, None), totals);
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
