//! The state of a request for replies.

use super::backend::KeysValues;
use super::job::{DrawnToken, Finished, GenerateJob, NewText, Room, no_room};
use super::reply::Reply;
use super::score::Row;
use super::sequence::{Role, Sequence};
use crate::compute::InstructionSet;
use crate::failures::no_numbers;
use crate::sampling::Sampler;
use crate::tokenizer::{TextStream, Tokenizer};
use evalscope_core::{CallFailure, Completion};
use std::time::Instant;

/// A request for replies while they are written.
pub(super) struct Generating<K> {
    id: u64,
    job: GenerateJob,
    /// The prompt, once it is computed and as long as replies to it are to be begun.
    prompt: Option<(K, Vec<f32>)>,
    begun: usize,
    /// Replies that are written at the same time.
    at_once: usize,
    /// Tokens of a sequence whose keys and values may be kept.
    room: usize,
    completions: Vec<Option<Completion>>,
    /// The tokens of each reply that has ended.
    tokens: Vec<Vec<DrawnToken>>,
    failure: Option<CallFailure>,
    output_tokens: u64,
    first_token: Option<Instant>,
}

impl<K: KeysValues> Generating<K> {
    /// The state at the beginning and the sequence to compute first; keys and values may be kept in `room`.
    pub(super) fn begin(id: u64, job: GenerateJob, room: Room) -> (Self, Sequence<K>) {
        let sequence = Sequence::new(id, job.prompt.clone(), 0, K::default(), Role::Prompt);
        let state = Generating {
            id,
            prompt: None,
            begun: 0,
            at_once: job.at_once(room),
            room: room.tokens,
            completions: vec![None; job.replies()],
            tokens: vec![Vec::new(); job.replies()],
            failure: None,
            output_tokens: 0,
            first_token: None,
            job,
        };
        (state, sequence)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.job.answer.is_closed()
    }

    /// The prompt is computed: begins the first replies.
    pub(super) fn fork(
        &mut self,
        prompt: &Sequence<K>,
        logits: &[f32],
        tokenizer: &Tokenizer,
    ) -> Vec<Sequence<K>> {
        self.first_token = Some(Instant::now());
        let sequences = self.begin_after(&prompt.kv, logits, tokenizer);
        if self.has_more() {
            self.prompt = Some((prompt.kv.clone(), logits.to_vec()));
        }
        sequences
    }

    /// Whether replies are still to be begun.
    fn has_more(&self) -> bool {
        self.failure.is_none() && self.begun < self.completions.len()
    }

    /// Draws the first token of as many replies as there is room for.
    pub(super) fn begin_replies(&mut self, tokenizer: &Tokenizer) -> Vec<Sequence<K>> {
        let Some((kv, logits)) = self.prompt.take().filter(|_| self.has_more()) else { return Vec::new() };
        let sequences = self.begin_after(&kv, &logits, tokenizer);
        if self.has_more() {
            self.prompt = Some((kv, logits));
        }
        sequences
    }

    fn begin_after(&mut self, kv: &K, logits: &[f32], tokenizer: &Tokenizer) -> Vec<Sequence<K>> {
        let mut sequences = Vec::new();
        while self.begun < self.completions.len() && self.open() < self.at_once {
            let index = self.begun;
            self.begun += 1;
            if self.job.max_tokens() == 0 {
                self.completions[index] =
                    Some(Completion { finish: self.job.limit(), ..Completion::default() });
                continue;
            }
            let sampler = Sampler::new(&self.job.sampling, &self.job.prompt, index as u32);
            let text = if self.job.keeps_space { TextStream::default() } else { tokenizer.stream() };
            let role = Role::Reply(Box::new(Reply::new(index, sampler, text)));
            let (tokens, more) = (self.job.prompt.clone(), self.job.max_tokens());
            let mut sequence = Sequence::new(self.id, tokens, more, kv.clone(), role);
            if self.advance(&mut sequence, logits, tokenizer) {
                sequences.push(sequence);
            }
        }
        sequences
    }

    /// Replies that are being written.
    fn open(&self) -> usize {
        self.completions[..self.begun].iter().filter(|completion| completion.is_none()).count()
    }

    /// Guesses up to `most` next tokens of a reply, no more than may be drawn before its last one.
    pub(super) fn guess(&self, sequence: &mut Sequence<K>, most: usize) {
        sequence.take_guesses();
        let Role::Reply(reply) = &mut sequence.role else { return };
        let room = self.job.max_tokens().saturating_sub(reply.drawn() + 1);
        let guesses = reply.draft.guess(&sequence.tokens, most.min(room));
        sequence.guessed = guesses.len();
        sequence.tokens.extend(guesses);
    }

    /// Draws the next token of a reply, and those after its guesses as long as they are right; `false` when the
    /// reply has ended.
    pub(super) fn advance_all(
        &mut self,
        sequence: &mut Sequence<K>,
        rows: &[&[f32]],
        tokenizer: &Tokenizer,
    ) -> bool {
        let guesses = sequence.take_guesses();
        let mut right = 0;
        for row in rows {
            if !self.advance(sequence, row, tokenizer) {
                return false;
            }
            if guesses.get(right) != sequence.tokens.last() {
                break;
            }
            right += 1;
        }
        // The token drawn last is not computed, unless it was guessed; then its logits are drawn from.
        sequence.kv.truncate(sequence.tokens.len() - 1);
        if let Role::Reply(reply) = &mut sequence.role {
            reply.draft.learn(guesses.len(), right);
        }
        true
    }

    /// Draws the next token of a reply; `false` when the reply has ended.
    fn advance(&mut self, sequence: &mut Sequence<K>, logits: &[f32], tokenizer: &Tokenizer) -> bool {
        let Role::Reply(reply) = &mut sequence.role else { return false };
        if !are_numbers(logits) {
            self.failure = Some(no_numbers());
            return false;
        }
        let token = reply.sampler.draw(logits);
        self.output_tokens += 1;
        if let Some(likely) = self.job.likely {
            let row = Row::new(logits, InstructionSet::detect());
            let likely = row.most_likely(likely);
            reply.note(DrawnToken { id: token, logprob: row.logprob(token), likely });
        }
        let stops = &self.job.sampling.stop;
        let limit = (self.job.max_tokens(), self.job.limit());
        let ended = reply.accept(token, tokenizer, (stops, &self.job.ends), limit);
        if let Some(listener) = &self.job.pieces {
            let (text, tokens) = match &ended {
                Some(completion) => reply.rest(completion),
                None => reply.take_shown(stops),
            };
            if !text.is_empty() || !tokens.is_empty() {
                // Nobody listening is no reason to stop: the answer decides.
                let _ = listener.send(NewText { reply: reply.index, text, tokens });
            }
        }
        match ended {
            Some(completion) => {
                self.tokens[reply.index] = reply.take_tokens(&completion);
                self.completions[reply.index] = Some(completion);
                false
            }
            None => {
                sequence.tokens.push(token);
                if sequence.tokens.len() > self.room {
                    self.failure = Some(no_room(sequence.tokens.len(), self.room));
                }
                self.failure.is_none()
            }
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.failure.is_some() || self.completions.iter().all(Option::is_some)
    }

    /// Hands the replies over, or says that there was no room for them.
    pub(super) fn answer(mut self) {
        if let Some(failure) = self.failure.take() {
            return self.fail(failure);
        }
        let finished = Finished {
            completions: self.completions.into_iter().flatten().collect(),
            tokens: self.tokens,
            output_tokens: self.output_tokens,
            first_token: self.first_token,
        };
        // A receiver that is gone has cancelled.
        let _ = self.job.answer.send(Ok(finished));
    }

    /// Answers that it failed.
    pub(super) fn fail(self, failure: CallFailure) {
        let _ = self.job.answer.send(Err(failure));
    }
}

/// Whether tokens can be drawn from them.
fn are_numbers(logits: &[f32]) -> bool {
    // Looked at to the end: that is faster than to stop at the first.
    !logits.iter().fold(false, |is_any, logit| is_any | logit.is_nan() | (*logit == f32::INFINITY))
}
