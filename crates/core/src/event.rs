//! What a run tells those who watch it: progress line, `progress.json`, later the web and Python.

use crate::money::Money;
use crate::response::{CallFailure, Usage};
use crate::sample::SampleKey;
use serde::Serialize;

/// Something that happened in a run, in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The plan stands; calls begin.
    Started {
        /// Samples planned for each model and benchmark.
        totals: Vec<Total>,
    },
    /// A call brought an outcome, and it is in the journal.
    CallDone {
        /// Position of the model in the plan.
        model: usize,
        /// For which sample.
        key: SampleKey,
        /// The judge that made it, from 0; absent for the evaluated model's own.
        judge: Option<u32>,
        /// What it took; nothing when the response cache answered.
        spent: Option<Spent>,
    },
    /// Calls of earlier sessions took this.
    SpentBefore {
        /// The judge that made them; absent for an evaluated model's own.
        judge: Option<u32>,
        /// What they took.
        spent: Spent,
    },
    /// A sample has its score.
    SampleScored {
        /// Position of the model in the plan.
        model: usize,
        /// Which sample.
        key: SampleKey,
        /// Whether its outcomes came from the journal of an earlier run.
        resumed: bool,
        /// Value of the main metric.
        main_value: Option<f64>,
    },
    /// A sample's call failed for good.
    SampleFailed {
        /// Position of the model in the plan.
        model: usize,
        /// Which sample.
        key: SampleKey,
        /// Why.
        failure: CallFailure,
    },
    /// Something that a person should know, once.
    Notice {
        /// What.
        message: String,
    },
    /// Nothing more comes.
    Finished {
        /// Whether the run was stopped early.
        interrupted: bool,
    },
}

/// Samples planned for one benchmark of one model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Position of the model in the plan.
    pub model: usize,
    /// Name with protocol.
    pub benchmark: String,
    /// Samples, repeats included.
    pub samples: u64,
    /// Of them, those of which an earlier session has the first reply.
    pub recorded: u64,
}

/// What calls took. What a failed call took is not known and not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spent {
    /// Tokens, as the server counts them.
    pub tokens: Usage,
    /// What they cost, when there is a price.
    pub cost: Option<Money>,
}
