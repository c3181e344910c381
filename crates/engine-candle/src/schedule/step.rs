//! Chooses what one forward pass computes.

use super::sequence::Sequence;
use crate::prefix_cache::PrefixCache;

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

/// Chooses tokens: replies first, then prompts, oldest first. Takes what the cache knows out of the work.
pub(super) fn plan(sequences: &mut [Sequence], mut cache: Option<&mut PrefixCache>) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    let (mut rows, mut logit_rows) = (MAX_ROWS, MAX_LOGIT_ROWS);
    let (short, long): (Vec<usize>, Vec<usize>) = (0..sequences.len())
        .partition(|index| sequences[*index].is_reply() || sequences[*index].pending().len() == 1);
    for index in short.into_iter().chain(long) {
        if rows == 0 || logit_rows == 0 {
            break;
        }
        if sequences[index].is_prefix() {
            if let Some(cache) = cache.as_deref_mut() {
                take_known(&mut sequences[index], cache);
            }
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

/// Replaces what is computed of a prompt by what the cache knows, when that is more. The last token is always
/// computed, because its logits are wanted.
fn take_known(sequence: &mut Sequence, cache: &mut PrefixCache) {
    let known = cache.find(&sequence.tokens, sequence.tokens.len() - 1);
    if known.tokens() > sequence.kv.tokens() {
        sequence.kv = known;
    }
}

/// Whether a sequence of this pass computes tokens that `other` needs next too.
fn is_worth_waiting(sequences: &[Sequence], share: &Share, other: usize) -> bool {
    let (ahead, other) = (&sequences[share.sequence], &sequences[other]);
    if !ahead.is_prefix() {
        return false;
    }
    let end = ahead.kv.tokens() + share.count;
    let needed = other.kv.tokens() + WORTH_WAITING;
    let shared = end.min(other.tokens.len() - 1);
    needed <= shared && ahead.tokens[..needed] == other.tokens[..needed]
}
