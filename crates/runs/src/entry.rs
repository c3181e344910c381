//! What a run writes down: outcomes of calls and verdicts on samples.

use evalscope_core::{CallFailure, Effect, Isolation, Outcome, Score, Timing, Usage};

/// Which call of a subset: stable over resumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey {
    /// Position of the sample in the subset, from 0.
    pub index: u64,
    /// Which repetition, from 0.
    pub repeat: u32,
    /// Which call of the sample, from 0.
    pub call: u32,
}

/// One call and what it brought.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// Which call.
    pub key: CallKey,
    /// The data set's own id of the row.
    pub sample_id: String,
    /// Digest of everything that decides the outcome.
    pub digest: String,
    /// The model that was asked.
    pub model: String,
    /// What was asked.
    pub effect: Effect,
    /// What came of it.
    pub outcome: Result<Outcome, CallFailure>,
    /// When it was written down, in seconds since 1970.
    pub at: f64,
    /// The outcome came from the response cache; its times and tokens are those of the call that was made once.
    pub cached: bool,
}

/// What came of a call that was written down before.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Digest of everything that decides the outcome.
    pub digest: String,
    /// What came of it.
    pub outcome: Result<Outcome, CallFailure>,
}

/// One call without its texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// Which call.
    pub key: CallKey,
    /// The model that was asked.
    pub model: String,
    /// Which of the run's judges was asked, from 0.
    pub judge: Option<u32>,
    /// Whether a program was run and no model asked.
    pub is_program: bool,
    /// What came of it.
    pub brought: Brought,
    /// When it was written down, in seconds since 1970.
    pub at: f64,
    /// The outcome came from the response cache; its times and tokens are those of the call that was made once.
    pub cached: bool,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Brought {
    /// A reply.
    Reply {
        /// Tokens used, as the server counts them.
        usage: Option<Usage>,
        /// How long it took.
        timing: Timing,
        /// Whether the token limit cut it.
        is_cut: bool,
    },
    /// How likely continuations are.
    Loglikelihoods,
    /// What became of a program, and what stood between it and the host.
    Execution(Isolation),
    /// Nothing: it failed.
    Failure,
}

/// A sample at its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// Position of the sample in the subset, from 0.
    pub index: u64,
    /// Which repetition, from 0.
    pub repeat: u32,
    /// The data set's own id of the row.
    pub sample_id: String,
    /// The subset.
    pub subset: String,
    /// The group that the subset belongs to.
    pub category: Option<String>,
    /// Names what the sample shares with others.
    pub cluster: Option<String>,
    /// The accepted answers.
    pub targets: Vec<String>,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of a sample.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It has its score.
    Scored(Score),
    /// A call failed for good. Never a wrong answer.
    Failed(CallFailure),
}
