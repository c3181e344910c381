//! Chooses what one forward pass computes.

use super::backend::{Backend, KeysValues};
use super::sequence::Sequence;

/// Rows of one pass at most: enough for full speed, few enough that replies go on while prompts are computed.
pub(super) const MAX_ROWS: usize = 256;
/// Rows of logits of one pass at most; each is as long as the vocabulary.
pub(super) const MAX_LOGIT_ROWS: usize = 128;
/// A prompt waits for another one that is being computed when they share at least so many further tokens.
const WORTH_WAITING: usize = 8;

/// Tokens of one sequence for one pass.
pub(super) struct Share {
    /// Which sequence.
    pub(super) sequence: usize,
    /// How many of its pending tokens.
    pub(super) count: usize,
}

/// Chooses tokens: replies first, then prompts, oldest first. Takes what is known already out of the work.
pub(super) fn plan<B: Backend>(sequences: &mut [Sequence<B::Kv>], backend: &mut B) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    let (mut rows, mut logit_rows) = (MAX_ROWS, MAX_LOGIT_ROWS);
    let (short, long): (Vec<usize>, Vec<usize>) = (0..sequences.len())
        .partition(|index| sequences[*index].is_reply() || sequences[*index].pending().len() == 1);
    for index in short.into_iter().chain(long) {
        if rows == 0 || logit_rows == 0 {
            break;
        }
        if sequences[index].is_prefix() {
            take_known(&mut sequences[index], backend);
            if shares.iter().any(|share| is_worth_waiting(sequences, share, index)) {
                continue;
            }
        }
        let sequence = &sequences[index];
        let done = sequence.kv.tokens();
        let most = rows.min(sequence.logits_from().saturating_sub(done) + logit_rows);
        let count = sequence.pending().len().min(most);
        rows -= count;
        logit_rows -= (done + count).saturating_sub(sequence.logits_from().max(done));
        shares.push(Share { sequence: index, count });
    }
    shares
}

/// Replaces what is computed of a prompt by what is known, when that is more. The last token is always
/// computed, because its logits are wanted.
fn take_known<B: Backend>(sequence: &mut Sequence<B::Kv>, backend: &mut B) {
    let known = backend.known(&sequence.tokens, sequence.tokens.len() - 1);
    if known.tokens() > sequence.kv.tokens() {
        sequence.kv = known;
    }
}

/// Whether a sequence of this pass computes tokens that `other` needs next too.
fn is_worth_waiting<K: KeysValues>(sequences: &[Sequence<K>], share: &Share, other: usize) -> bool {
    let (ahead, other) = (&sequences[share.sequence], &sequences[other]);
    if !ahead.is_prefix() {
        return false;
    }
    let end = ahead.kv.tokens() + share.count;
    let needed = other.kv.tokens() + WORTH_WAITING;
    let shared = end.min(other.tokens.len() - 1);
    needed <= shared && ahead.tokens[..needed] == other.tokens[..needed]
}
