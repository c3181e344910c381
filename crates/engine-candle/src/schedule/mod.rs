//! Which tokens of which request are computed next.
//!
//! One thread owns the model. In each step it computes one new token for every reply that is being written, and
//! fills the pass up with guesses of further ones and pieces of prompts. Nothing here can change a result: the decoder gives the same bits in
//! any company.

mod draft;
mod engine;
mod generate;
mod job;
mod reply;
mod score;
mod sequence;
mod step;

pub(crate) use engine::{Engine, EngineLimits, EngineSender};
pub(crate) use job::{Finished, GenerateJob, Job, ScoreJob, TokenScores};
