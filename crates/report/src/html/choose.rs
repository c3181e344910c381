//! Chooses the samples that the page holds: a stable choice, failed and wrong ones first, in bounded memory.

use super::record::record;
use crate::error::Error;
use crate::summary::{BenchmarkSummary, Summary};
use crate::verdict::{Kind, kind};
use evalscope_core::digest;
use evalscope_runs::RunFolder;
use std::collections::{BTreeMap, BinaryHeap};

/// Samples in the page at most: more makes a browser slow and helps nobody to look.
const MAX_SAMPLES: usize = 2_000;
/// Of these for right ones, when there are as many: what a right answer looks like is worth seeing too.
const RIGHT_SAMPLES: usize = 500;
/// Bytes of samples in the page at most, so that it can be sent by mail.
const MAX_BYTES: usize = 20 * 1024 * 1024;

/// Where a sample is: benchmark in the summary, subset in the benchmark, index, repeat.
type Place = (usize, usize, u64, u32);
/// Lower ranks are taken first: failed before others, then by digest, which spreads the choice evenly.
type Rank = (bool, String);

/// Keeps the lowest ranks.
struct Lowest {
    most: usize,
    heap: BinaryHeap<(Rank, Place)>,
}

impl Lowest {
    fn new(most: usize) -> Lowest {
        Lowest { most, heap: BinaryHeap::new() }
    }

    fn add(&mut self, rank: Rank, place: Place) {
        self.heap.push((rank, place));
        if self.heap.len() > self.most {
            self.heap.pop();
        }
    }
}

/// The chosen samples as JSON in the order of the run, and how many others came to an end.
pub fn samples(folder: &RunFolder, summary: &Summary) -> Result<(Vec<String>, u64), Error> {
    let (chosen, total) = choose(folder, summary)?;
    let records = read(folder, summary, chosen)?;
    let left_out = total - records.len() as u64;
    Ok((records, left_out))
}

fn choose(folder: &RunFolder, summary: &Summary) -> Result<(Vec<(Rank, Place)>, u64), Error> {
    let mut others = Lowest::new(MAX_SAMPLES);
    let mut right = Lowest::new(MAX_SAMPLES);
    let mut total = 0;
    for (benchmark_place, benchmark) in summary.benchmarks.iter().enumerate() {
        let name = benchmark.name();
        for (subset_place, subset) in benchmark.subsets.iter().enumerate() {
            for review in folder.read_reviews(&benchmark.model, &name, &subset.name)? {
                let review = review?;
                total += 1;
                let kind = kind(&review, benchmark.metrics.first());
                let key = (&benchmark.model, &name, &subset.name, review.index, review.repeat);
                let rank = (kind != Kind::Failed, digest(&key));
                let place = (benchmark_place, subset_place, review.index, review.repeat);
                let kept = if kind == Kind::Right { &mut right } else { &mut others };
                kept.add(rank, place);
            }
        }
    }
    let right_share = right.heap.len().min(RIGHT_SAMPLES.max(MAX_SAMPLES.saturating_sub(others.heap.len())));
    let mut chosen = others.heap.into_sorted_vec();
    chosen.truncate(MAX_SAMPLES - right_share);
    chosen.extend(right.heap.into_sorted_vec().into_iter().take(right_share));
    Ok((chosen, total))
}

/// The samples read so far; those of the highest ranks give way when there are too many bytes.
#[derive(Default)]
struct Kept {
    heap: BinaryHeap<(Rank, Place, String)>,
    bytes: usize,
}

impl Kept {
    fn add(&mut self, rank: Rank, place: Place, json: String) {
        self.bytes += json.len();
        self.heap.push((rank, place, json));
        while self.bytes > MAX_BYTES {
            let Some((_, _, json)) = self.heap.pop() else { break };
            self.bytes -= json.len();
        }
    }

    fn in_order(self) -> Vec<String> {
        let mut records: Vec<(Place, String)> =
            self.heap.into_iter().map(|(_, place, json)| (place, json)).collect();
        records.sort_unstable_by_key(|(place, _)| *place);
        records.into_iter().map(|(_, json)| json).collect()
    }
}

fn read(folder: &RunFolder, summary: &Summary, chosen: Vec<(Rank, Place)>) -> Result<Vec<String>, Error> {
    let mut by_subset: BTreeMap<(usize, usize), Vec<(Rank, Place)>> = BTreeMap::new();
    for (rank, place) in chosen {
        by_subset.entry((place.0, place.1)).or_default().push((rank, place));
    }
    let mut kept = Kept::default();
    for ((benchmark, subset), samples) in by_subset {
        let benchmark = &summary.benchmarks[benchmark];
        read_subset(folder, benchmark, &benchmark.subsets[subset].name, samples, &mut kept)?;
    }
    Ok(kept.in_order())
}

fn read_subset(
    folder: &RunFolder,
    benchmark: &BenchmarkSummary,
    subset: &str,
    mut samples: Vec<(Rank, Place)>,
    kept: &mut Kept,
) -> Result<(), Error> {
    // The lines of the files come nearly in this order: read onwards, a block of a file is read once.
    samples.sort_unstable_by_key(|(_, place)| *place);
    let name = benchmark.name();
    let mut reviews = folder.read_reviews(&benchmark.model, &name, subset)?;
    let mut journal = folder.read_journal(&benchmark.model, &name, subset)?;
    for (rank, place) in samples {
        let (_, _, index, repeat) = place;
        let Some(review) = reviews.find(index, repeat)? else { continue };
        let kind = kind(&review, benchmark.metrics.first());
        let calls = journal.calls(index, repeat)?;
        kept.add(rank, place, record(place.0, &review, kind, &calls).to_string());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_limited_and_the_lowest_ranks_stay() {
        let mut kept = Kept::default();
        let large = "x".repeat(MAX_BYTES / 4);
        for n in (0..9_u64).rev() {
            kept.add((true, n.to_string()), (0, 0, n, 0), format!("{n}{large}"));
        }
        assert!(kept.bytes <= MAX_BYTES);
        let firsts: Vec<String> = kept.in_order().iter().map(|json| json[..1].to_owned()).collect();
        assert_eq!(firsts, ["0", "1", "2"]);
    }
}
