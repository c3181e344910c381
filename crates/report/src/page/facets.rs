//! What there is to choose from among the samples of a run, and how many samples each has.

use crate::verdict::Kind;
use serde::Serialize;

/// The words for verdicts, what went wrong first. The last is for samples with recorded replies and without a score.
pub const VERDICTS: [&str; 6] = ["failed", "none", "wrong", "partly", "right", "unscored"];

/// The word for what became of a sample; `None` for one without a review.
pub fn verdict_word(kind: Option<Kind>) -> &'static str {
    kind.map_or("unscored", Kind::word)
}

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facets {
    /// Samples in all.
    pub samples: usize,
    /// The words for verdicts, in the order of the counts.
    pub verdicts: [&'static str; VERDICTS.len()],
    /// The parts of the run.
    pub parts: Vec<PartCounts>,
    /// The kinds of errors.
    pub errors: Vec<ErrorCount>,
    /// Characters of the longest reply.
    pub longest: Option<u32>,
}

/// The samples of a part of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartCounts {
    /// The model.
    pub model: String,
    /// The benchmark with protocol.
    pub benchmark: String,
    /// The subset.
    pub subset: String,
    /// How many there are of each verdict.
    pub counts: [u64; VERDICTS.len()],
}

/// The samples with a kind of error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorCount {
    /// The kind.
    pub kind: String,
    /// How many there are.
    pub count: u64,
}
