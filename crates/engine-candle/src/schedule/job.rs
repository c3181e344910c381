//! What the engine thread is asked for.

use evalscope_core::{CallFailure, Completion, Sampling};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// Where an answer goes.
pub(crate) type AnswerSender<T> = oneshot::Sender<Result<T, CallFailure>>;

/// One request. Dropping the receiver of its answer cancels it.
pub(crate) enum Job {
    /// Write replies.
    Generate(Box<GenerateJob>),
    /// Score continuations.
    Score(ScoreJob),
}

/// Asks for replies to a prompt.
pub(crate) struct GenerateJob {
    /// At least one token, fewer than the context takes.
    pub(crate) prompt: Vec<u32>,
    /// How to draw.
    pub(crate) sampling: Sampling,
    /// Tokens of prompt and reply together at most.
    pub(crate) max_context: usize,
    /// Told the first reply's text as it grows.
    pub(crate) text: Option<mpsc::UnboundedSender<String>>,
    /// Gets the answer.
    pub(crate) answer: AnswerSender<Finished>,
}

impl GenerateJob {
    /// Tokens of one reply at most.
    pub(crate) fn max_tokens(&self) -> usize {
        let room = self.max_context.saturating_sub(self.prompt.len());
        self.sampling.max_tokens.map_or(room, |most| room.min(most as usize))
    }
}

/// The replies of one request.
pub(crate) struct Finished {
    /// In order.
    pub(crate) completions: Vec<Completion>,
    /// Tokens drawn in all replies, those that end one included.
    pub(crate) output_tokens: u64,
    /// When the first token was drawn.
    pub(crate) first_token: Option<Instant>,
}

/// Asks how likely continuations are.
pub(crate) struct ScoreJob {
    /// At least one token.
    pub(crate) context: Vec<u32>,
    /// At least one token each; all but the last token fit into the context after the prefix.
    pub(crate) continuations: Vec<Vec<u32>>,
    /// How many of the most likely tokens to give beside each token.
    pub(crate) likely: usize,
    /// Gets the scores, in order.
    pub(crate) answer: AnswerSender<Vec<TokenScores>>,
}

/// How likely the tokens of one continuation are.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TokenScores {
    /// Log-probability of each token.
    pub(crate) per_token: Vec<f64>,
    /// Whether every token was the most likely one.
    pub(crate) is_greedy: bool,
    /// For each token the most likely ones at its place, with their log-probabilities.
    pub(crate) likely: Vec<Vec<(u32, f64)>>,
}

impl Job {
    /// Whether nobody waits for the answer any more.
    pub(crate) fn is_cancelled(&self) -> bool {
        match self {
            Job::Generate(job) => job.answer.is_closed(),
            Job::Score(job) => job.answer.is_closed(),
        }
    }

    /// Answers that it failed.
    pub(crate) fn fail(self, failure: CallFailure) {
        // A receiver that is gone has cancelled.
        match self {
            Job::Generate(job) => drop(job.answer.send(Err(failure))),
            Job::Score(job) => drop(job.answer.send(Err(failure))),
        }
    }

    /// Tokens whose keys and values the job may keep at the same time.
    pub(crate) fn most_tokens(&self) -> usize {
        match self {
            Job::Generate(job) => {
                let replies = job.sampling.n.unwrap_or(1) as usize;
                job.prompt.len() + job.max_tokens().saturating_mul(replies)
            }
            Job::Score(job) => job.context.len() + job.continuations.iter().map(Vec::len).sum::<usize>(),
        }
    }
}
