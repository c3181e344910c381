//! Which sample of one run is which of the other: the one with the same id and repeat, wherever it stands.

use crate::paired::Rows;
use evalscope_runs::SampleRef;
use std::collections::HashMap;

/// A sample in both runs, or in A only.
pub struct Aligned {
    pub a: SampleRef,
    /// Its place in B.
    pub b: Option<u64>,
}

/// Aligns the samples of a subset in A's order; also says how many are in B only. Rows with the same id are told apart
/// by their order.
pub fn align(a: Vec<SampleRef>, b: Vec<SampleRef>) -> (Vec<Aligned>, u64) {
    let mut places: HashMap<(String, u32, u32), u64> = HashMap::with_capacity(b.len());
    let mut rows = Rows::default();
    for sample in b {
        let occurrence = rows.occurrence(&sample.id, sample.index);
        places.insert((sample.id, sample.repeat, occurrence), sample.index);
    }
    let mut rows = Rows::default();
    let aligned = a
        .into_iter()
        .map(|sample| {
            let occurrence = rows.occurrence(&sample.id, sample.index);
            let b = places.remove(&(sample.id.clone(), sample.repeat, occurrence));
            Aligned { a: sample, b }
        })
        .collect();
    (aligned, places.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(ids: &[&str]) -> Vec<SampleRef> {
        let sample =
            |(index, id): (usize, &&str)| SampleRef { index: index as u64, repeat: 0, id: (*id).to_owned() };
        ids.iter().enumerate().map(sample).collect()
    }

    #[test]
    fn shuffled_samples_find_each_other_and_twins_keep_their_order() {
        let (aligned, only_in_b) = align(samples(&["x", "y", "x", "z"]), samples(&["y", "x", "w", "x"]));
        let places: Vec<Option<u64>> = aligned.iter().map(|sample| sample.b).collect();
        assert_eq!(places, [Some(1), Some(0), Some(3), None]);
        assert_eq!(only_in_b, 1);
    }
}
