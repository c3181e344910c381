//! A part of a benchmark's samples, where not all are asked: those that a mix of benchmarks draws.

use crate::cpython_random::CPythonRandom;
use crate::error::Error;
use crate::open::OpenBenchmark;
use crate::protocol::Protocol;
use evalscope_core::{ChoiceMode, Limit, Selection};
use serde_json::Value;
use std::sync::Arc;

impl OpenBenchmark {
    /// Asks these samples only from now on.
    pub fn select(&mut self, selection: Selection) {
        self.selection = Some(selection);
    }

    /// The samples that are asked when they are not all.
    pub fn selection(&self) -> Option<&Selection> {
        self.selection.as_ref()
    }

    /// Samples of a subset that are asked.
    pub fn count(&self, subset: &str, limit: Option<Limit>) -> Result<u64, Error> {
        let total = self.total(subset)?;
        let kept = limit.map_or(total, |limit| limit.apply(total));
        Ok(match &self.selection {
            None => kept,
            Some(selection) => selection
                .get(subset)
                .map_or(0, |places| places.iter().filter(|place| **place < kept).count() as u64),
        })
    }

    pub(crate) fn is_selected(&self, subset: &str, index: u64) -> bool {
        let Some(selection) = &self.selection else { return true };
        selection.get(subset).is_some_and(|places| places.binary_search(&index).is_ok())
    }

    /// So many samples out of all subsets that are there, or all when there are no more; the same ones for the same seed,
    /// whatever else is in the run.
    pub fn draw(&self, count: u64, seed: u64, limit: Option<Limit>) -> Result<Selection, Error> {
        let mut all: Vec<(&String, u64)> = Vec::new();
        for subset in self.subsets().iter().filter(|subset| self.is_available(subset)) {
            let total = self.total(subset)?;
            all.extend((0..limit.map_or(total, |limit| limit.apply(total))).map(|index| (subset, index)));
        }
        let mut drawn = Selection::new();
        let mut random = CPythonRandom::from_digest_of(&format!("{seed}\0{}", self.protocol().name()));
        let mut places = match usize::try_from(count) {
            Ok(count) if count < all.len() => random.sample(all.len(), count),
            _ => (0..all.len()).collect(),
        };
        places.sort_unstable();
        for place in places {
            let (subset, index) = all[place];
            drawn.entry(subset.clone()).or_default().push(index);
        }
        Ok(drawn)
    }

    /// Asks in this mode of multiple choice from now on, as a conversation or as raw text.
    pub fn depart(&mut self, mode: ChoiceMode, is_chat: bool) -> Result<(), Error> {
        self.unshared().depart(mode, is_chat)
    }

    /// Asks as a plan says that it was asked: `asking.choice_mode`.
    pub fn depart_as_planned(&mut self, planned: &Value) -> Result<(), Error> {
        self.unshared().depart_as_planned(planned)
    }

    fn unshared(&mut self) -> &mut Protocol {
        Arc::get_mut(&mut self.protocol)
            .expect("a protocol is shared with samples only, and none has been made yet")
    }
}
