//! How far the judges of a benchmark can be trusted, as the summary has it.

use evalscope_arena::meter::Meter;
use schemars::JsonSchema;
use serde::Serialize;

/// How far a judge can be trusted, by its verdicts on one model's replies to one benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JudgeMeter {
    /// The judge.
    pub judge: String,
    /// What was measured.
    #[serde(flatten)]
    pub meter: Meter,
}

/// By how much the judges' errors can shift the main metric. An error that cannot be told from 0 is 0.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, JsonSchema)]
pub struct JudgeShift {
    /// What the score owes to the replies' being longer than the answers beside them, or shorter.
    pub length: f64,
    /// What judges give their own answers above what the others give them.
    pub own: f64,
    /// What an answer without content is given above the lowest score.
    pub null_model: f64,
}

impl JudgeShift {
    /// All of them together, as errors that have nothing to do with each other.
    pub fn total(&self) -> f64 {
        [self.length, self.own, self.null_model].iter().map(|one| one * one).sum::<f64>().sqrt()
    }
}
