//! A worker, as the schedule of the embedded engine sees it.

use crate::ledger::{Kv, Ledger};
use crate::prefixes::Prefixes;
use crate::protocol::{Facts, NewTokens, Pass, Request};
use crate::supervised::Supervised;
use evalscope_engine_candle::{Backend, Computed, Logits, Outage, Part};

/// A worker and what it keeps.
pub(crate) struct LlamaBackend {
    worker: Supervised,
    facts: Facts,
    keeps_prefixes: bool,
    ledger: Ledger,
    prefixes: Prefixes,
}

impl LlamaBackend {
    pub(crate) fn new(worker: Supervised, facts: Facts, keeps_prefixes: bool) -> Self {
        let (ledger, prefixes) = empty(&facts, keeps_prefixes);
        LlamaBackend { worker, facts, keeps_prefixes, ledger, prefixes }
    }

    /// Makes room for the new tokens of a part. Kept prompts make way, the one used longest ago first.
    fn place(&mut self, part: &mut Part<'_, Kv>) -> Option<NewTokens> {
        let placed = loop {
            match self.ledger.place(part.kv, part.tokens.len(), part.reach) {
                Some(placed) => break placed,
                None if self.prefixes.forget_oldest() => {}
                None => return None,
            }
        };
        Some(NewTokens {
            sequence: placed.sequence,
            position: placed.position,
            tokens: part.tokens.to_vec(),
            logits_from: part.logits_from,
        })
    }
}

fn empty(facts: &Facts, keeps_prefixes: bool) -> (Ledger, Prefixes) {
    (Ledger::new(facts.sequences, facts.cells), Prefixes::new(keeps_prefixes, facts.cuts))
}

impl Backend for LlamaBackend {
    type Kv = Kv;

    fn room(&self) -> usize {
        self.facts.cells
    }

    fn known(&mut self, tokens: &[u32], limit: usize) -> Kv {
        self.prefixes.find(tokens, limit)
    }

    fn keep(&mut self, tokens: &[u32], kv: &Kv, _: usize) {
        self.prefixes.keep(tokens, kv);
    }

    fn compute(&mut self, parts: &mut [Part<'_, Kv>]) -> Result<Computed, Outage> {
        // Whoever takes part in this pass has asked what is known.
        self.prefixes.sift();
        let placed: Vec<Option<NewTokens>> = parts.iter_mut().map(|part| self.place(part)).collect();
        let done: Vec<bool> = placed.iter().map(Option::is_some).collect();
        if !done.contains(&true) {
            // What they begin with fills all the room: they begin anew, and at least one fits then.
            parts.iter_mut().for_each(|part| *part.kv = Kv::default());
        }
        let new = placed.into_iter().flatten().collect();
        let pass = Pass { steps: self.ledger.take_steps(), parts: new };
        let rows = pass.rows();
        match self.worker.ask(&Request::Compute(pass), (rows, self.facts.vocabulary)) {
            Ok((_, numbers)) => Ok(Computed { logits: Logits::new(numbers, self.facts.vocabulary), done }),
            Err(fallen) => {
                (self.ledger, self.prefixes) = empty(&self.facts, self.keeps_prefixes);
                Err(Outage { message: fallen.message, is_over: !fallen.is_replaced })
            }
        }
    }
}
