//! What a run finds out about itself while it runs, for its manifest: digests of prompts, sampling as it was sent, the
//! names under which models answered.

use crate::subset::SubsetRun;
use evalscope_core::manifest::{PromptSum, prompt_digest};
use evalscope_core::{Effect, Outcome, PlannedBenchmark, Sampling, Score, Step, digest};
use evalscope_runs::RunFolder;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a run found out so far.
#[derive(Default)]
pub(crate) struct Evidence(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// The samples' first prompts, by benchmark and subset.
    prompts: HashMap<String, HashMap<String, PromptSum>>,
    /// Distinct samplings of a benchmark, nearly always one.
    sampling: HashMap<String, Vec<Sampling>>,
    /// Names under which a model answered.
    reported: HashMap<String, BTreeSet<String>>,
}

impl Evidence {
    /// Notes what a sample shows before any reply. Later prompts may hold replies, and so depend on the model.
    /// Every model is shown the same; the first one's samples are noted.
    pub fn note_prompts(&self, subset: &SubsetRun, index: u64, step: &Step<Score>) {
        if subset.model != 0 {
            return;
        }
        let digest = match step {
            Step::Need(effects) => prompt_digest(effects),
            Step::Done(_) => prompt_digest(&[]),
        };
        let mut seen = self.lock();
        let subsets = entry(&mut seen.prompts, subset.questions.name());
        entry(subsets, &subset.subset).add(index, &digest);
    }

    /// Notes how tokens are drawn.
    pub fn note_sampling(&self, benchmark: &str, effect: &Effect) {
        let Effect::Generate(request) = effect else { return };
        let mut seen = self.lock();
        let known = entry(&mut seen.sampling, benchmark);
        if !known.contains(&request.sampling) {
            known.push(request.sampling.clone());
        }
    }

    /// Notes under which name a model answered.
    pub fn note_reported(&self, model: &str, outcome: &Outcome) {
        let Some(name) = outcome.as_generation().and_then(|generation| generation.served_model.as_ref())
        else {
            return;
        };
        let mut seen = self.lock();
        let names = entry(&mut seen.reported, model);
        if !names.contains(name) {
            names.insert(name.clone());
        }
    }

    /// Adds what was found out to the manifest, when the folder has one.
    pub fn complete(&self, folder: &RunFolder) -> Result<(), evalscope_runs::Error> {
        let Some(mut manifest) = folder.manifest()? else { return Ok(()) };
        let seen = self.lock();
        for model in &mut manifest.models {
            model.reported = seen.reported.get(&model.id).into_iter().flatten().cloned().collect();
        }
        for planned in &folder.plan().benchmarks {
            let benchmarks = manifest.benchmarks.iter_mut();
            for benchmark in benchmarks.filter(|benchmark| benchmark.name == planned.name) {
                benchmark.sampling = seen.sampling.get(&planned.name).cloned().unwrap_or_default();
                // Calls come in any order.
                benchmark.sampling.sort_by_cached_key(digest);
                benchmark.prompts =
                    seen.prompts.get(&planned.name).and_then(|subsets| prompts(planned, subsets));
            }
        }
        folder.write_manifest(&manifest)
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Digest of all prompts, in the order of subsets; nothing while a sample has not been looked at.
fn prompts(planned: &PlannedBenchmark, seen: &HashMap<String, PromptSum>) -> Option<String> {
    let mut all: Vec<(&String, String)> = Vec::new();
    for (subset, count) in &planned.subsets {
        let sum = seen.get(subset).copied().unwrap_or_default();
        if sum.samples != *count {
            return None;
        }
        all.push((subset, sum.digits()));
    }
    Some(digest(&all))
}

/// The value of `name`, made when it is new.
fn entry<'a, V: Default>(map: &'a mut HashMap<String, V>, name: &str) -> &'a mut V {
    map.entry(name.to_owned()).or_default()
}
