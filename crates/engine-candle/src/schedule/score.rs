//! The state of a request for scores.

use super::backend::KeysValues;
use super::job::{ScoreJob, TokenScores};
use super::sequence::{Role, Sequence};
use crate::compute::{InstructionSet, log_sum_exp};
use evalscope_core::CallFailure;

/// A request for scores while they are computed.
pub(super) struct Scoring {
    job: ScoreJob,
    scores: Vec<TokenScores>,
}

impl Scoring {
    /// The state at the beginning and the sequence to compute first.
    pub(super) fn begin<K: KeysValues>(id: u64, job: ScoreJob) -> (Self, Sequence<K>) {
        let sequence = Sequence::new(id, job.context.clone(), 0, K::default(), Role::Context);
        let scores = vec![TokenScores { is_greedy: true, ..TokenScores::default() }; job.continuations.len()];
        (Scoring { job, scores }, sequence)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.job.answer.is_closed()
    }

    /// The context is computed: scores all first tokens, and gives the continuations that have more.
    pub(super) fn fork<K: KeysValues>(
        &mut self,
        context: &Sequence<K>,
        logits: &[f32],
        set: InstructionSet,
    ) -> Vec<Sequence<K>> {
        let row = Row::new(logits, set);
        let mut sequences = Vec::new();
        for (index, tokens) in self.job.continuations.iter().enumerate() {
            let [first, rest @ ..] = tokens.as_slice() else { continue };
            self.scores[index].add(&row, *first, self.job.likely);
            if !rest.is_empty() {
                let mut all = context.tokens.clone();
                let start = all.len();
                all.extend_from_slice(&tokens[..tokens.len() - 1]);
                let role = Role::Continuation { index, first: start };
                sequences.push(Sequence::new(context.job, all, 0, context.kv.clone(), role));
            }
        }
        sequences
    }

    /// Scores the next tokens of a continuation.
    pub(super) fn advance(&mut self, index: usize, logits: &[f32], set: InstructionSet) {
        let next = self.scores[index].per_token.len();
        if let Some(token) = self.job.continuations[index].get(next) {
            self.scores[index].add(&Row::new(logits, set), *token, self.job.likely);
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        let lengths = self.job.continuations.iter().map(Vec::len);
        self.scores.iter().map(|score| score.per_token.len()).eq(lengths)
    }

    /// Hands the scores over.
    pub(super) fn answer(self) {
        // A receiver that is gone has cancelled.
        let _ = self.job.answer.send(Ok(self.scores));
    }

    /// Answers that it failed.
    pub(super) fn fail(self, failure: CallFailure) {
        let _ = self.job.answer.send(Err(failure));
    }
}

/// A row of logits with its normaliser.
pub(super) struct Row<'a> {
    logits: &'a [f32],
    normaliser: f64,
    largest: f32,
}

impl<'a> Row<'a> {
    pub(super) fn new(logits: &'a [f32], set: InstructionSet) -> Self {
        let largest = logits.iter().fold(f32::NEG_INFINITY, |most, logit| most.max(*logit));
        Row { logits, normaliser: log_sum_exp(set, logits), largest }
    }

    /// The most likely tokens, the first of equals first.
    pub(super) fn most_likely(&self, count: usize) -> Vec<(u32, f64)> {
        let mut order: Vec<usize> = (0..self.logits.len()).collect();
        let rank = |a: &usize, b: &usize| self.logits[*b].total_cmp(&self.logits[*a]).then(a.cmp(b));
        if count < order.len() {
            order.select_nth_unstable_by(count, rank);
            order.truncate(count);
        }
        order.sort_unstable_by(rank);
        let scored = |token: usize| (token as u32, f64::from(self.logits[token]) - self.normaliser);
        order.into_iter().map(scored).collect()
    }

    /// The token's log-probability.
    pub(super) fn logprob(&self, token: u32) -> f64 {
        f64::from(self.logits[token as usize]) - self.normaliser
    }

    /// Whether the token is the first of the most likely ones.
    fn is_best(&self, token: u32) -> bool {
        let (before, from) = self.logits.split_at(token as usize);
        from.first() == Some(&self.largest) && !before.contains(&self.largest)
    }
}

impl TokenScores {
    fn add(&mut self, row: &Row<'_>, token: u32, likely: usize) {
        if likely > 0 {
            self.likely.push(row.most_likely(likely));
        }
        self.per_token.push(row.logprob(token));
        self.is_greedy &= row.is_best(token);
    }
}
