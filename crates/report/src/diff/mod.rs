//! Says what differs between two runs: plan, data, prompts, responses, extractions, scores.
//!
//! Both runs are read side by side, sample by sample; only ids, counts, one number for each question and a few examples
//! are kept.

mod align;
mod compare;
mod excerpt;
mod found;
mod pair;
mod scores;
mod sources;
mod text;

pub use found::{
    BenchmarkDiff, DataDiff, Example, Part, RunDiff, RunSide, SampleCounts, ScoreDiff, SubsetCounts, Test,
};
pub use text::text;

use crate::error::Error;
use evalscope_core::Plan;
use evalscope_core::plan::Difference;
use evalscope_runs::RunFolder;
use found::DIFF_VERSION;

/// What differs between the plans of two runs: what is asked, of which models, and how it is scored.
pub fn plans(a: &Plan, b: &Plan) -> Vec<Difference> {
    pair::plan_differences(a, b, &pair::pairs(a, b))
}

/// Compares two runs; keeps at most `limit` examples of each kind of difference for each benchmark.
pub fn diff(a: &RunFolder, b: &RunFolder, limit: usize) -> Result<RunDiff, Error> {
    compared((a, b), (a.plan(), b.plan()), limit)
}

/// The same for the protocols of one run: the first one that a benchmark was asked in, and the second.
pub fn protocols(run: &RunFolder, limit: usize) -> Result<RunDiff, Error> {
    let (first, second) = pair::protocols(run.plan());
    if first.benchmarks.is_empty() {
        return Err(Error::OneProtocol { path: run.path().to_owned() });
    }
    compared((run, run), (&first, &second), limit)
}

fn compared((a, b): (&RunFolder, &RunFolder), plans: (&Plan, &Plan), limit: usize) -> Result<RunDiff, Error> {
    let pairs = pair::pairs(plans.0, plans.1);
    let (manifest_a, manifest_b) = (a.manifest()?, b.manifest()?);
    let mut benchmarks = Vec::new();
    for pair in &pairs.benchmarks {
        let mut found = compare::benchmark(a, b, pair, limit)?;
        found.data = sources::data(manifest_a.as_ref(), manifest_b.as_ref(), pair);
        benchmarks.push(found);
    }
    let mut found = RunDiff {
        version: DIFF_VERSION,
        equal: false,
        a: RunSide::of(a, manifest_a),
        b: RunSide::of(b, manifest_b),
        plan: pair::plan_differences(plans.0, plans.1, &pairs),
        only_in_a: pairs.only_in_a,
        only_in_b: pairs.only_in_b,
        benchmarks,
    };
    found.equal = found.is_equal();
    Ok(found)
}
