//! Our own decoder, as the schedule sees it.

use crate::decoder::{BLOCK_TOKENS, Decoder, KvTable, Segment};
use crate::error::{Error, Result};
use crate::memory::available_memory;
use crate::prefix_cache::PrefixCache;
use crate::schedule::{Backend, Computed, KeysValues, Outage, Part};

/// Bytes of keys and values that requests in progress may need together, where nobody knows what the machine has.
const UNKNOWN_LIVE_BYTES: usize = 4 << 30;
/// Bytes of keys and values that are kept for later requests, where the machine has them.
const MAX_CACHE_BYTES: usize = 1 << 30;
/// Bytes that are taken in any case: with less, nothing can be asked.
const MIN_BYTES: usize = 64 << 20;

/// Bytes of a MiB.
const MIB: f64 = (1u64 << 20) as f64;

/// A decoder, and the prefixes that it computed.
pub(crate) struct OwnBackend {
    decoder: Decoder,
    /// Tokens whose keys and values requests in progress may need together.
    room: usize,
    cache: Option<PrefixCache>,
    /// What sets the room.
    limit: &'static str,
}

/// Bytes of keys and values for requests in progress, and for later ones, of what the machine has left: half of it, and an
/// eighth.
fn shares(left: Option<usize>) -> (usize, usize) {
    match left {
        Some(left) => ((left / 2).max(MIN_BYTES), (left / 8).clamp(MIN_BYTES, MAX_CACHE_BYTES)),
        None => (UNKNOWN_LIVE_BYTES, MAX_CACHE_BYTES),
    }
}

impl OwnBackend {
    /// A backend that takes so many bytes at most for requests in progress; where nobody says, half of what the machine
    /// has, and an eighth of it for later requests.
    pub(crate) fn new(decoder: Decoder, keeps_prefixes: bool, live_bytes: Option<usize>) -> Self {
        let left = available_memory();
        let (of_machine, for_later) = shares(left);
        let limit = match (live_bytes, left) {
            (Some(_), _) => "`kv_gib` has room for",
            (None, Some(_)) => "half of the memory that was left has room for",
            (None, None) => "this machine does not say what memory it has, and 4 GiB have room for",
        };
        let room = live_bytes.unwrap_or(of_machine) / decoder.block_bytes() * BLOCK_TOKENS;
        let capacity = for_later / decoder.block_bytes();
        OwnBackend { decoder, room, cache: keeps_prefixes.then(|| PrefixCache::new(capacity)), limit }
    }

    /// Refuses memory in which nothing can be asked.
    pub(crate) fn check_room(&self) -> Result<()> {
        if self.room > 0 {
            return Ok(());
        }
        let reason = format!(
            "it has room for no token; a block of {BLOCK_TOKENS} takes {:.2} MiB",
            self.decoder.block_bytes() as f64 / MIB
        );
        Err(Error::Option { name: "kv_gib", reason })
    }

    /// Says that the context is longer than what there is memory for.
    pub(crate) fn few_keys(&self, max_context: usize) -> Option<String> {
        let OwnBackend { room, limit, .. } = self;
        (*room < max_context).then(|| {
            format!(
                "{limit} keys and values of {room} tokens, and the model takes {max_context}: prompt and reply together get no more; \
                 `kv_gib` of `--model-args` sets how many GiB there are for them"
            )
        })
    }
}

impl KeysValues for KvTable {
    fn tokens(&self) -> usize {
        KvTable::tokens(self)
    }

    fn truncate(&mut self, count: usize) {
        KvTable::truncate(self, count);
    }
}

impl Backend for OwnBackend {
    type Kv = KvTable;

    fn room(&self) -> usize {
        self.room
    }

    fn block(&self) -> usize {
        BLOCK_TOKENS
    }

    fn known_tokens(&mut self, tokens: &[u32], limit: usize) -> usize {
        self.cache.as_ref().map_or(0, |cache| cache.peek(tokens, limit))
    }

    fn known(&mut self, tokens: &[u32], limit: usize) -> KvTable {
        self.cache.as_mut().map(|cache| cache.find(tokens, limit)).unwrap_or_default()
    }

    fn keep(&mut self, tokens: &[u32], kv: &KvTable, added: usize) {
        let done = kv.tokens();
        // Only blocks that became full, and whole prompts, are worth a look-up.
        let is_worth_it = done / BLOCK_TOKENS > (done - added) / BLOCK_TOKENS || done == tokens.len();
        if let Some(cache) = self.cache.as_mut().filter(|_| is_worth_it) {
            cache.insert(tokens, kv);
        }
    }

    fn compute(&mut self, parts: &mut [Part<'_, KvTable>]) -> Result<Computed, Outage> {
        let done = vec![true; parts.len()];
        let mut segments: Vec<Segment<'_>> = parts
            .iter_mut()
            .map(|part| Segment { kv: part.kv, tokens: part.tokens, logits_from: part.logits_from })
            .collect();
        Ok(Computed { logits: self.decoder.forward(&mut segments), done })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_follow_what_is_left() {
        const MIB: usize = 1 << 20;
        assert_eq!(shares(None), (4096 * MIB, 1024 * MIB));
        assert_eq!(shares(Some(0)), (64 * MIB, 64 * MIB));
        assert_eq!(shares(Some(1024 * MIB)), (512 * MIB, 128 * MIB));
        assert_eq!(shares(Some(65_536 * MIB)), (32_768 * MIB, 1024 * MIB));
    }
}
