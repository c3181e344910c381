//! Effects: what pure logic asks for and one place carries out.

use crate::execution::{ExecuteRequest, Execution};
use crate::request::{Addressee, GenerateRequest, LoglikelihoodRequest};
use crate::response::{ContinuationScore, Generation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something dear and impure that a sample needs. Carried out once, journaled before it is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Text from the model.
    Generate(GenerateRequest),
    /// Log-likelihoods of continuations from the model.
    Loglikelihood(LoglikelihoodRequest),
    /// A program, run apart from the host.
    Execute(ExecuteRequest),
}

/// What carrying out an [`Effect`] brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The reply to `Generate`.
    Generation(Generation),
    /// One score for each continuation of `Loglikelihood`, in order.
    Loglikelihoods(Vec<ContinuationScore>),
    /// What became of the program of `Execute`.
    Execution(Execution),
}

impl Effect {
    /// The judge who is asked, when it is one.
    pub fn judge(&self) -> Option<u32> {
        match self {
            Effect::Generate(GenerateRequest { to: Addressee::Judge(judge), .. }) => Some(*judge),
            _ => None,
        }
    }
}

impl Outcome {
    /// The generation, when this is one.
    pub fn as_generation(&self) -> Option<&Generation> {
        match self {
            Outcome::Generation(generation) => Some(generation),
            Outcome::Loglikelihoods(_) | Outcome::Execution(_) => None,
        }
    }

    /// The scores of the continuations, when this is a log-likelihood.
    pub fn as_loglikelihoods(&self) -> Option<&[ContinuationScore]> {
        match self {
            Outcome::Loglikelihoods(scores) => Some(scores),
            Outcome::Generation(_) | Outcome::Execution(_) => None,
        }
    }

    /// What became of the program, when this is an execution.
    pub fn as_execution(&self) -> Option<&Execution> {
        match self {
            Outcome::Execution(execution) => Some(execution),
            Outcome::Generation(_) | Outcome::Loglikelihoods(_) => None,
        }
    }
}

/// What pure logic answers when it is shown a sample and the outcomes so far.
///
/// A step function is called with all outcomes in the order of the effects that it asked for. It must ask for
/// the same effects again when it is called with the same outcomes: that is what makes resume, re-scoring and
/// replay free.
#[derive(Debug, Clone, PartialEq)]
pub enum Step<T> {
    /// These effects first; then call again with their outcomes added.
    Need(Vec<Effect>),
    /// Finished.
    Done(T),
}
