//! Which tokens of which request are computed next.
//!
//! One thread owns the model. In each step it computes one new token for every reply that is being written, and
//! fills the pass up with guesses of further ones and pieces of prompts. Nothing here changes a result of our own decoder, which gives
//! the same bits in any company.

mod backend;
mod draft;
mod engine;
mod generate;
mod job;
#[cfg(test)]
mod order_tests;
mod reply;
mod score;
mod sequence;
mod step;
mod waiting_jobs;

pub use backend::{Backend, Computed, KeysValues, Outage, Part};
pub(crate) use engine::{Engine, EngineLimits, EngineSender};
pub(crate) use job::{AnswerSender, DrawnToken, Finished, GenerateJob, Job, NewText, ScoreJob, TokenScores};
