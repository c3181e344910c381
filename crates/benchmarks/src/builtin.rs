//! The benchmark files and our own data inside the program.

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Text of the shared layouts.
pub(crate) const LAYOUTS: &str = include_str!("../../../benchmarks/_layouts.yaml");

/// File name and text of every built-in benchmark.
pub(crate) fn benchmarks() -> impl Iterator<Item = (&'static str, &'static str)> {
    BENCHMARK_FILES.iter().copied().filter(|(name, _)| !name.starts_with('_'))
}

/// Text of an embedded data file.
pub(crate) fn data(path: &str) -> Option<&'static str> {
    DATA_FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}
