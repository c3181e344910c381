//! Whether two runs read the same data.

use super::found::DataDiff;
use super::pair::Pair;
use evalscope_core::{DataFile, Manifest};
use std::collections::BTreeMap;

/// Compares the files that both runs read, by name and checksum; nothing when a run has no manifest.
pub fn data(a: Option<&Manifest>, b: Option<&Manifest>, pair: &Pair) -> Option<DataDiff> {
    let (mut left, mut right) = (files(a?, &pair.benchmark.0)?, files(b?, &pair.benchmark.1)?);
    let mut found = DataDiff::default();
    let names: Vec<&str> = left.keys().copied().filter(|name| right.contains_key(name)).collect();
    for name in names {
        if left.remove(name) == right.remove(name) {
            found.same += 1;
        } else {
            found.differ.push(name.to_owned());
        }
    }
    found.only_in_a = left.keys().map(|name| (*name).to_owned()).collect();
    found.only_in_b = right.keys().map(|name| (*name).to_owned()).collect();
    Some(found)
}

fn files<'a>(manifest: &'a Manifest, benchmark: &str) -> Option<BTreeMap<&'a str, &'a str>> {
    let found = manifest.benchmarks.iter().find(|found| found.name == benchmark)?;
    let pair = |file: &'a DataFile| (file.file.as_str(), file.sha256.as_str());
    Some(found.data.iter().map(pair).collect())
}
