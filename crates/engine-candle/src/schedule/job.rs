//! What the engine thread is asked for.

use evalscope_core::{CallFailure, Completion, FailureKind, FinishReason, Sampling};
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
    /// At least one token, and no more than the context takes.
    pub(crate) prompt: Vec<u32>,
    /// How to draw.
    pub(crate) sampling: Sampling,
    /// Tokens that end a reply, beside those that always do.
    pub(crate) ends: Vec<u32>,
    /// Tokens of prompt and reply together at most.
    pub(crate) max_context: usize,
    /// Wants the log-probability of each token, with so many of the most likely ones beside it.
    pub(crate) likely: Option<usize>,
    /// Whether a reply's first space is text, where the tokenizer writes one before a text that has none.
    pub(crate) keeps_space: bool,
    /// Told the replies' texts as they grow.
    pub(crate) pieces: Option<mpsc::UnboundedSender<NewText>>,
    /// Gets the answer.
    pub(crate) answer: AnswerSender<Finished>,
}

impl GenerateJob {
    /// Tokens that the context has left.
    fn left(&self) -> usize {
        self.max_context.saturating_sub(self.prompt.len())
    }

    /// Tokens of one reply at most.
    pub(crate) fn max_tokens(&self) -> usize {
        self.sampling.max_tokens.map_or(self.left(), |most| self.left().min(most as usize))
    }

    /// Why a reply of so many tokens ends.
    pub(crate) fn limit(&self) -> FinishReason {
        match self.sampling.max_tokens {
            Some(most) if most as usize <= self.left() => FinishReason::Length,
            _ => FinishReason::Context,
        }
    }

    /// Replies to be written.
    pub(crate) fn replies(&self) -> usize {
        self.sampling.n.unwrap_or(1).max(1) as usize
    }

    /// Replies that are written at the same time, where keys and values of so many tokens may be kept.
    pub(crate) fn at_once(&self, room: Room) -> usize {
        let left = room.tokens.saturating_sub(self.prompt.len());
        (left / room.taken(self.max_tokens()).max(1)).clamp(1, self.replies())
    }
}

/// Tokens whose keys and values may be kept, and how many of them are kept together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) tokens: usize,
    pub(crate) block: usize,
}

impl Room {
    /// What so many tokens after others take: whole blocks, and one more for the last of the others, which is shared and copied.
    fn taken(self, tokens: usize) -> usize {
        let copied = if self.block > 1 { self.block } else { 0 };
        if tokens == 0 { 0 } else { tokens.saturating_add(copied).next_multiple_of(self.block) }
    }
}

/// What is new of a reply.
pub(crate) struct NewText {
    /// Which reply.
    pub(crate) reply: usize,
    /// Its text goes on so.
    pub(crate) text: String,
    /// Tokens that have begun since the last piece, when they are wanted.
    pub(crate) tokens: Vec<DrawnToken>,
}

/// A token of a reply, and how likely it was before penalties and temperature.
#[derive(Debug, Clone)]
pub(crate) struct DrawnToken {
    /// The token.
    pub(crate) id: u32,
    /// Its log-probability.
    pub(crate) logprob: f64,
    /// The most likely tokens at its place, with their log-probabilities.
    pub(crate) likely: Vec<(u32, f64)>,
}

/// The replies of one request.
pub(crate) struct Finished {
    /// In order.
    pub(crate) completions: Vec<Completion>,
    /// The tokens of each reply, when they are wanted.
    pub(crate) tokens: Vec<Vec<DrawnToken>>,
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

impl ScoreJob {
    /// Tokens of each continuation that are computed: all but the last.
    fn computed(&self) -> impl Iterator<Item = usize> {
        self.continuations.iter().map(|tokens| tokens.len().saturating_sub(1))
    }
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

    /// The tokens that are computed first.
    pub(crate) fn prefix(&self) -> &[u32] {
        match self {
            Job::Generate(job) => &job.prompt,
            Job::Score(job) => &job.context,
        }
    }

    /// Tokens whose keys and values it needs in any case.
    pub(crate) fn least_tokens(&self) -> usize {
        match self {
            Job::Generate(job) => job.prompt.len() + job.max_tokens().min(1),
            // The last token of a continuation is not computed.
            Job::Score(job) => job.context.len() + job.computed().max().unwrap_or(0),
        }
    }

    /// Tokens whose keys and values the job may keep at the same time, where so many may be kept.
    pub(crate) fn most_tokens(&self, room: Room) -> usize {
        let more = match self {
            Job::Generate(job) => room.taken(job.max_tokens()).saturating_mul(job.at_once(room)),
            // Continuations are computed one after the other where they do not fit together.
            Job::Score(job) => job.computed().map(|tokens| room.taken(tokens)).sum(),
        };
        self.prefix().len().saturating_add(more).min(room.tokens)
    }
}

/// Says that keys and values of a sequence need more memory than there is.
pub(super) fn no_room(tokens: usize, room: usize) -> CallFailure {
    let message = format!(
        "keys and values of {tokens} tokens are needed, and there is room for {room}: ask for fewer, or give the own engine more (`kv_gib` of `--model-args`)"
    );
    CallFailure::new(FailureKind::ContextTooLong, message)
}
