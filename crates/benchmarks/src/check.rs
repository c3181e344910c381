//! Looks at all data before a model is asked. Samples that were made for it are kept as far as there is room, and not made
//! again.

use crate::error::Error;
use crate::kept::{Keeper, Made, size_of_fields};
use crate::open::OpenBenchmark;
use crate::samples::PlacedRow;
use crate::source::RowStream;
use evalscope_core::{Limit, Sample};
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// Rows of which samples are made side by side, and bytes in them: those with images are large.
const AT_ONCE: usize = 1 << 10;
const BYTES_AT_ONCE: usize = 4 << 20;

impl OpenBenchmark {
    /// Makes all samples once: what is wrong with the data comes to light before a model is asked. `room` is how many bytes of
    /// them may be kept, and becomes less by those that are.
    pub fn check(&self, seed: u64, limit: Option<Limit>, room: &mut usize) -> Result<(), Error> {
        let mut there = self.subsets().iter().filter(|subset| self.is_available(subset));
        there.try_for_each(|subset| self.check_subset(subset, (seed, limit), room))
    }

    fn check_subset(
        &self,
        subset: &str,
        (seed, limit): (u64, Option<Limit>),
        room: &mut usize,
    ) -> Result<(), Error> {
        let count = match limit {
            None => u64::MAX,
            Some(Limit::Count(count)) => count,
            Some(share) => share.apply(self.total(subset)?),
        };
        if self.is_reordered() {
            return self.samples(subset, seed, limit)?.try_for_each(|sample| sample.map(drop));
        }
        let shots = self.shots(subset, seed)?;
        let context = self.context(subset, seed);
        let can_keep = shots.shared().is_some();
        let mut keeper = Keeper { room, used: 0, samples: can_keep.then(Vec::new) };
        // Counts on the way, which saves another look at the data.
        let (mut rows, mut total) = (self.test_rows(subset)?, 0);
        loop {
            let read = some_rows(&mut rows);
            if read.is_empty() {
                break;
            }
            let first = total;
            total += read.len() as u64;
            let make = |(at, placed): (usize, Result<PlacedRow, Error>)| {
                let (placed, index) = (placed?, first + at as u64);
                (index < count).then(|| self.protocol.sample(&context, &placed, index)).transpose()
            };
            let made: Vec<Result<Option<Sample>, Error>> =
                read.into_par_iter().enumerate().map(make).collect();
            for sample in made {
                sample?.into_iter().for_each(|sample| keeper.add(sample));
            }
        }
        if let Some(samples) = keeper.samples {
            self.kept.put(subset, Made { seed, limit, samples });
        }
        self.know_total(subset, total)
    }
}

/// The next rows; none at the end.
fn some_rows(rows: &mut RowStream<'_>) -> Vec<Result<PlacedRow, Error>> {
    let (mut some, mut bytes) = (Vec::new(), 0);
    while some.len() < AT_ONCE
        && bytes < BYTES_AT_ONCE
        && let Some(placed) = rows.next()
    {
        bytes += placed.as_ref().map_or(0, |placed| size_of_fields(&placed.row));
        some.push(placed);
    }
    some
}
