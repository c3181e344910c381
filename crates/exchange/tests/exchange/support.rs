//! What the tests share: places, imports, summaries without times.

use evalscope_exchange::{Error, Imported, detect, import};
use evalscope_report::{Summary, summarize};
use evalscope_runs::RunFolder;
use std::path::{Path, PathBuf};

/// A folder of its own for one test.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.0.path().join(relative)
    }

    pub fn write(&self, relative: &str, text: &str) -> PathBuf {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Imports into `NAME`, in the form that is found out.
    pub fn import(&self, from: &Path, name: &str) -> Result<Imported, Error> {
        import(from, None, &self.path(name))
    }

    /// The error of an import, which must leave nothing behind.
    pub fn refused(&self, from: &Path) -> String {
        let error = self.import(from, "refused").unwrap_err();
        assert!(!self.path("refused").exists(), "{error}");
        error.to_string()
    }
}

/// The name of the form that is found out.
pub fn form(path: &Path) -> Option<&'static str> {
    detect(path).map(|format| format.name)
}

/// The summary of the run in `path`.
pub fn summary(path: &Path) -> Summary {
    summarize(&RunFolder::open(path).unwrap()).unwrap()
}

/// Name and mean of each metric of each benchmark.
pub fn scores(summary: &Summary) -> Vec<(String, String, Option<f64>, u64)> {
    let of_benchmark = |benchmark: &evalscope_report::BenchmarkSummary| {
        let name = benchmark.name();
        let one = |metric: &evalscope_report::MetricSummary| {
            (name.clone(), metric.name.clone(), metric.score, metric.n)
        };
        benchmark.metrics.iter().map(one).collect::<Vec<_>>()
    };
    summary.benchmarks.iter().flat_map(of_benchmark).collect()
}
