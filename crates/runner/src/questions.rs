//! What a run asks and scores, as far as the runner has to know: a benchmark with its data, or the battles of an arena.

use evalscope_benchmarks::{Error, OpenBenchmark};
use evalscope_core::{Effect, Limit, Outcome, Sample, Score, Step};

/// The samples of a subset, in order.
pub type Samples<'a> = Box<dyn Iterator<Item = Result<Sample, Error>> + 'a>;

/// Makes samples, and steps them. Pure but for reading its data.
pub trait Questions: Send + Sync {
    /// The name under which calls and scores are filed; that of the plan.
    fn name(&self) -> &str;

    /// The subsets that can be asked, in order.
    fn subsets(&self) -> Vec<String>;

    /// Samples of a subset.
    fn count(&self, subset: &str, limit: Option<Limit>) -> Result<u64, Error>;

    /// The samples of a subset.
    fn samples<'a>(&'a self, subset: &'a str, seed: u64, limit: Option<Limit>) -> Result<Samples<'a>, Error>;

    /// What a sample needs next, or its score.
    fn step(&self, sample: &Sample, seen: &[Outcome]) -> Result<Step<Score>, Error>;

    /// Whether this only tries a judge: the score can do without what it brings, and repeats of a sample need it once.
    fn is_probe(&self, _sample: &Sample, _effect: &Effect) -> bool {
        false
    }
}

impl Questions for OpenBenchmark {
    fn name(&self) -> &str {
        self.protocol().name()
    }

    fn subsets(&self) -> Vec<String> {
        let all = OpenBenchmark::subsets(self).iter();
        all.filter(|subset| self.is_available(subset)).cloned().collect()
    }

    fn count(&self, subset: &str, limit: Option<Limit>) -> Result<u64, Error> {
        OpenBenchmark::count(self, subset, limit)
    }

    fn samples<'a>(&'a self, subset: &'a str, seed: u64, limit: Option<Limit>) -> Result<Samples<'a>, Error> {
        OpenBenchmark::samples(self, subset, seed, limit)
    }

    fn step(&self, sample: &Sample, seen: &[Outcome]) -> Result<Step<Score>, Error> {
        self.protocol().step(sample, seen)
    }

    fn is_probe(&self, sample: &Sample, effect: &Effect) -> bool {
        self.protocol().is_probe(sample, effect)
    }
}
