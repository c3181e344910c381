//! In which order the rows of a subset are asked, and, where they are drawn, become examples.

use crate::cpython_random::CPythonRandom;
use crate::error::Error;
use crate::numpy_random::permutation;
use crate::open::{OpenBenchmark, splits};
use crate::schema::{Order, Pick, Subsets};
use crate::source::Columns;
use crate::whole::{Place, Whole};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

impl OpenBenchmark {
    /// Whether rows are asked in another order than that of the file.
    pub fn is_reordered(&self) -> bool {
        self.protocol.section.order == Some(Order::Shuffle05) || self.protocol.arguments.shuffle == Some(true)
    }

    /// Subsets whose files are not there and without which shuffled rows, or drawn examples, of the others come in another
    /// order: they belong to one table, or one generator goes over all of them.
    pub fn shuffled_without(&self) -> Vec<String> {
        let data = &self.protocol.benchmark.file.data;
        let is_old = self.protocol.section.order == Some(Order::Shuffle05);
        if is_old {
            let last = self.subsets().iter().rposition(|subset| self.is_available(subset)).unwrap_or(0);
            let before = self.subsets().iter().take(last);
            return before.filter(|subset| !self.is_available(subset)).cloned().collect();
        }
        let (Subsets::Named(names), true) = (&data.subsets, data.one_table) else { return Vec::new() };
        let (test, shots) = splits(&self.protocol);
        let are_drawn = self.protocol.shot_count() > 0 && self.protocol.pick() == Pick::Shuffled;
        let splits: Vec<String> = [self.is_reordered().then_some(test), shots.filter(|_| are_drawn)]
            .into_iter()
            .flatten()
            .collect();
        let is_there =
            |subset: &str| splits.iter().all(|split| self.source.find(&data.files, subset, split).is_some());
        names.iter().filter(|subset| !is_there(subset)).cloned().collect()
    }

    /// Positions of the rows in the order in which they are asked; `None` when it is that of the file.
    pub(crate) fn order(&self, subset: &str, seed: u64, total: usize) -> Result<Option<Vec<usize>>, Error> {
        if !self.is_reordered() {
            return Ok(None);
        }
        if self.protocol.section.order != Some(Order::Shuffle05) {
            let (test, _) = splits(&self.protocol);
            let places = || self.rows(subset, Columns::Raw)?.map(|row| Ok(Place::of(&row?))).collect();
            return self.shuffled(&test, seed, total, places).map(Some);
        }
        let mut positions: Vec<usize> = (0..total).collect();
        // One generator goes over all subsets in turn, so this subset's order depends on those before it.
        let mut random = CPythonRandom::from_int(seed);
        for before in self.subsets().iter().filter(|name| self.is_available(name)) {
            if before == subset {
                break;
            }
            random.shuffle(&mut vec![(); self.total(before)? as usize]);
        }
        random.shuffle(&mut positions);
        Ok(Some(positions))
    }

    /// Positions of `count` rows of a subset, which stand at `places`, as EvalScope 1.14 shuffles them: rows of a hub as NumPy
    /// does, those of a user's own files as CPython does, and where the subsets are parts of one table, the table before it is
    /// parted.
    pub(crate) fn shuffled(
        &self,
        split: &str,
        seed: u64,
        count: usize,
        places: impl FnOnce() -> Result<Vec<Place>, Error>,
    ) -> Result<Vec<usize>, Error> {
        let data = &self.protocol.benchmark.file.data;
        if matches!(data.subsets, Subsets::Found(_)) {
            let mut positions: Vec<usize> = (0..count).collect();
            CPythonRandom::from_int(seed).shuffle(&mut positions);
            return Ok(positions);
        }
        if !data.one_table {
            return Ok(permutation(seed, count));
        }
        let whole = self.whole(split)?;
        let at = |(position, place)| Some((whole.position(&place)?, position));
        let own: HashMap<usize, usize> = places()?.into_iter().enumerate().filter_map(at).collect();
        let all = permutation(seed, whole.total());
        Ok(all.into_iter().filter_map(|position| own.get(&position).copied()).collect())
    }

    /// All rows of a split. Where each subset has files of its own, those are taken in the order of their names.
    fn whole(&self, split: &str) -> Result<Arc<Whole>, Error> {
        let mut wholes = self.wholes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(whole) = wholes.get(split) {
            return Ok(Arc::clone(whole));
        }
        let data = &self.protocol.benchmark.file.data;
        let mut subsets = match &data.subsets {
            Subsets::Named(names) => names.clone(),
            Subsets::Found(_) => self.subsets().to_vec(),
        };
        subsets.sort();
        let mut whole = Whole::default();
        for found in subsets.iter().filter_map(|subset| self.source.find(&data.files, subset, split)) {
            for file in found.files {
                if !whole.has(&file) {
                    let rows = self.source.rows_in(&self.protocol, &file, found.layout)?;
                    whole.add(file, rows);
                }
            }
        }
        let whole = Arc::new(whole);
        wholes.insert(split.to_owned(), Arc::clone(&whole));
        Ok(whole)
    }
}
