//! The state of a request for replies.

use super::backend::KeysValues;
use super::job::{Finished, GenerateJob};
use super::reply::Reply;
use super::sequence::{Role, Sequence};
use crate::failures::no_numbers;
use crate::sampling::Sampler;
use crate::tokenizer::Tokenizer;
use evalscope_core::{CallFailure, Completion, FinishReason};
use std::time::Instant;

/// A request for replies while they are written.
pub(super) struct Generating {
    job: GenerateJob,
    completions: Vec<Option<Completion>>,
    output_tokens: u64,
    first_token: Option<Instant>,
    /// Whether logits were none.
    is_broken: bool,
}

impl Generating {
    /// The state at the beginning and the sequence to compute first.
    pub(super) fn begin<K: KeysValues>(id: u64, job: GenerateJob) -> (Self, Sequence<K>) {
        let replies = job.sampling.n.unwrap_or(1).max(1) as usize;
        let sequence = Sequence::new(id, job.prompt.clone(), 0, K::default(), Role::Prompt);
        let state = Generating {
            job,
            completions: vec![None; replies],
            output_tokens: 0,
            first_token: None,
            is_broken: false,
        };
        (state, sequence)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.job.answer.is_closed()
    }

    /// The prompt is computed: draws the first token of each reply.
    pub(super) fn fork<K: KeysValues>(
        &mut self,
        prompt: &Sequence<K>,
        logits: &[f32],
        tokenizer: &Tokenizer,
    ) -> Vec<Sequence<K>> {
        self.first_token = Some(Instant::now());
        let mut sequences = Vec::new();
        for index in 0..self.completions.len() {
            if self.job.max_tokens() == 0 {
                self.completions[index] =
                    Some(Completion { finish: FinishReason::Length, ..Completion::default() });
                continue;
            }
            let sampler = Sampler::new(&self.job.sampling, &self.job.prompt, index as u32);
            let role = Role::Reply(Box::new(Reply::new(index, sampler, tokenizer)));
            let mut sequence = Sequence::new(
                prompt.job,
                prompt.tokens.clone(),
                self.job.max_tokens(),
                prompt.kv.clone(),
                role,
            );
            if self.advance(&mut sequence, logits, tokenizer) {
                sequences.push(sequence);
            }
        }
        sequences
    }

    /// Guesses up to `most` next tokens of a reply, no more than may be drawn before its last one.
    pub(super) fn guess<K: KeysValues>(&self, sequence: &mut Sequence<K>, most: usize) {
        sequence.take_guesses();
        let Role::Reply(reply) = &mut sequence.role else { return };
        let room = self.job.max_tokens().saturating_sub(reply.drawn() + 1);
        let guesses = reply.draft.guess(&sequence.tokens, most.min(room));
        sequence.guessed = guesses.len();
        sequence.tokens.extend(guesses);
    }

    /// Draws the next token of a reply, and those after its guesses as long as they are right; `false` when the
    /// reply has ended.
    pub(super) fn advance_all<K: KeysValues>(
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
    pub(super) fn advance<K: KeysValues>(
        &mut self,
        sequence: &mut Sequence<K>,
        logits: &[f32],
        tokenizer: &Tokenizer,
    ) -> bool {
        let Role::Reply(reply) = &mut sequence.role else { return false };
        if !are_numbers(logits) {
            self.is_broken = true;
            return false;
        }
        let token = reply.sampler.draw(logits);
        self.output_tokens += 1;
        let stops = &self.job.sampling.stop;
        let ended = reply.accept(token, tokenizer, stops, self.job.max_tokens());
        let shown = match &ended {
            Some(completion) => Some(reply.rest(completion).to_owned()).filter(|rest| !rest.is_empty()),
            None => reply.take_shown(stops),
        };
        if let (Some(listener), Some(text), 0) = (&self.job.text, shown, reply.index) {
            // Nobody listening is no reason to stop: the answer decides.
            let _ = listener.send(text);
        }
        match ended {
            Some(completion) => {
                self.completions[reply.index] = Some(completion);
                false
            }
            None => {
                sequence.tokens.push(token);
                true
            }
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.is_broken || self.completions.iter().all(Option::is_some)
    }

    /// Hands the replies over.
    pub(super) fn answer(self) {
        if self.is_broken {
            return self.fail(no_numbers());
        }
        let finished = Finished {
            completions: self.completions.into_iter().flatten().collect(),
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
