//! Beginnings of prompts whose keys and values are kept for later requests.
//!
//! llama.cpp's attention looks at every cell in use, whoever's it is: 512 kept tokens cost small models an eighth of their
//! speed. So two things are kept: the last prompt, because the next one may go on from it; and what several prompts begin
//! with, as long as more come that do.

use crate::ledger::Kv;
use evalscope_engine_candle::KeysValues;
use std::collections::VecDeque;

/// Shared beginnings that are kept; also last prompts of models that cannot use parts of them.
const KEPT: usize = 8;
/// Prompts whose tokens are remembered, so that what they share with later ones is seen: as many as may come in turn.
const REMEMBERED: usize = 64;
/// A beginning is forgotten when so many prompts in a row did not share it.
const PATIENCE: u64 = 64;
/// A shared beginning that is shorter is computed anew.
const WORTH_SHARING: usize = 32;

/// What is kept.
pub(crate) struct Prefixes {
    /// The one used longest ago first.
    kept: Vec<Entry>,
    remembered: VecDeque<Vec<u32>>,
    /// Prompts so far.
    clock: u64,
    keeps: bool,
    /// Whether a part of a prompt can be used.
    cuts: bool,
}

struct Entry {
    tokens: Vec<u32>,
    kv: Kv,
    /// Whether several prompts begin so; else it is a last prompt.
    is_shared: bool,
    used: u64,
}

impl Prefixes {
    pub(crate) fn new(keeps: bool, cuts: bool) -> Self {
        Prefixes { kept: Vec::new(), remembered: VecDeque::new(), clock: 0, keeps, cuts }
    }

    /// The longest known beginning of `tokens`, at most `limit` tokens of it.
    pub(crate) fn find(&mut self, tokens: &[u32], limit: usize) -> Kv {
        let usable = |entry: &Entry| {
            let common = common(&entry.tokens, &tokens[..limit.min(tokens.len())]);
            if self.cuts || common == entry.tokens.len() { common } else { 0 }
        };
        let best = self.kept.iter().map(usable).enumerate().max_by_key(|(_, common)| *common);
        let Some((index, common)) = best.filter(|(_, common)| *common >= WORTH_SHARING) else {
            return Kv::default();
        };
        let mut entry = self.kept.remove(index);
        entry.used = self.clock;
        let kv = entry.kv.beginning(common);
        self.kept.push(entry);
        kv
    }

    /// Keeps a prompt that is computed, and what it shares with earlier ones.
    pub(crate) fn keep(&mut self, tokens: &[u32], kv: &Kv) {
        if !self.keeps || kv.tokens() != tokens.len() {
            return;
        }
        self.clock += 1;
        for entry in self.kept.iter_mut().filter(|entry| tokens.starts_with(&entry.tokens)) {
            entry.used = self.clock;
        }
        if self.cuts {
            self.keep_shared(tokens, kv);
        }
        if !self.kept.iter().any(|entry| entry.tokens.starts_with(tokens)) {
            let most = if self.cuts { 1 } else { KEPT };
            self.kept.retain(|entry| entry.is_shared || !tokens.starts_with(&entry.tokens));
            self.add(tokens, kv.clone(), false, most);
        }
        let now = self.clock;
        self.kept.retain(|entry| !entry.is_shared || now - entry.used <= PATIENCE);
        if self.cuts {
            self.kept.iter_mut().for_each(|entry| entry.kv.give_back());
        }
    }

    /// Keeps what a prompt shares with earlier ones, when it is more than what is kept of that.
    fn keep_shared(&mut self, tokens: &[u32], kv: &Kv) {
        let shared = self.remembered.iter().map(|earlier| common(earlier, tokens)).max().unwrap_or(0);
        let known = self.kept.iter().filter(|entry| entry.is_shared);
        let known = known.map(|entry| common(&entry.tokens, tokens)).max().unwrap_or(0);
        if shared >= known + WORTH_SHARING {
            let beginning = &tokens[..shared];
            self.kept.retain(|entry| !entry.is_shared || !beginning.starts_with(&entry.tokens));
            self.add(beginning, kv.beginning(shared), true, KEPT);
        }
        self.remembered.retain(|earlier| earlier != tokens);
        self.remembered.push_back(tokens.to_vec());
        if self.remembered.len() > REMEMBERED {
            self.remembered.pop_front();
        }
    }

    /// Adds one; of its sort there may be so many.
    fn add(&mut self, tokens: &[u32], kv: Kv, is_shared: bool, most: usize) {
        let sort = |entry: &Entry| entry.is_shared == is_shared;
        if self.kept.iter().filter(|entry| sort(entry)).count() >= most
            && let Some(oldest) = self.kept.iter().position(sort)
        {
            self.kept.remove(oldest);
        }
        self.kept.push(Entry { tokens: tokens.to_vec(), kv, is_shared, used: self.clock });
    }

    /// Forgets the one used longest ago; `false` when there is none.
    pub(crate) fn forget_oldest(&mut self) -> bool {
        let is_any = !self.kept.is_empty();
        self.kept.drain(..usize::from(is_any));
        is_any
    }
}

fn common(known: &[u32], tokens: &[u32]) -> usize {
    known.iter().zip(tokens).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;

    fn computed(ledger: &Ledger, count: usize) -> Kv {
        let mut kv = Kv::default();
        ledger.place(&mut kv, count, count).unwrap();
        kv
    }

    /// A prompt of group and number: 40 tokens of the group, then two of its own.
    fn prompt(group: u32, number: u32) -> Vec<u32> {
        (0..40).map(|token| 1000 * group + token).chain([7, number]).collect()
    }

    fn lengths(prefixes: &Prefixes) -> Vec<(usize, bool)> {
        prefixes.kept.iter().map(|entry| (entry.tokens.len(), entry.is_shared)).collect()
    }

    #[test]
    fn the_last_prompt_is_kept_and_what_several_begin_with() {
        let ledger = Ledger::new(200, 100_000);
        let mut prefixes = Prefixes::new(true, true);
        let keep =
            |prefixes: &mut Prefixes, tokens: &[u32]| prefixes.keep(tokens, &computed(&ledger, tokens.len()));
        keep(&mut prefixes, &prompt(1, 1));
        keep(&mut prefixes, &prompt(2, 1));
        assert_eq!(lengths(&prefixes), [(42, false)]);
        assert_eq!(prefixes.find(&prompt(2, 1), 41).tokens(), 41);
        assert_eq!(prefixes.find(&prompt(1, 1), 41).tokens(), 0);
        // The second of the first group shows that there is one; it differs in its last token only.
        keep(&mut prefixes, &prompt(1, 2));
        assert_eq!(lengths(&prefixes), [(41, true), (42, false)]);
        keep(&mut prefixes, &prompt(1, 3));
        keep(&mut prefixes, &prompt(3, 1));
        assert_eq!(lengths(&prefixes), [(41, true), (42, false)]);
        assert_eq!(prefixes.find(&prompt(1, 9), 41).tokens(), 41);
        // What goes on from a beginning is one more only when it is shared too, and takes the place of it then.
        let longer = |last: u32| [prompt(1, 2), (0..40).collect(), vec![last]].concat();
        keep(&mut prefixes, &longer(1));
        keep(&mut prefixes, &longer(2));
        assert_eq!(lengths(&prefixes), [(82, true), (83, false)]);
        assert_eq!(prefixes.find(&[9; 50], 49).tokens(), 0);
    }

    #[test]
    fn a_beginning_is_forgotten_when_none_shares_it_any_more_and_takes_no_room_but_its_own() {
        let ledger = Ledger::new(200, 10_000);
        let mut prefixes = Prefixes::new(true, true);
        let keep =
            |prefixes: &mut Prefixes, tokens: &[u32]| prefixes.keep(tokens, &computed(&ledger, tokens.len()));
        let free = || {
            let mut all = Kv::default();
            (0..10_000).rev().find(|count| ledger.place(&mut all, *count, *count).is_some()).unwrap()
        };
        for number in 0..5 {
            keep(&mut prefixes, &prompt(1, number));
        }
        assert_eq!(free(), 10_000 - 41 - 42);
        for group in 100..100 + PATIENCE as u32 {
            keep(&mut prefixes, &prompt(group, 0));
        }
        assert_eq!(lengths(&prefixes).len(), 2);
        keep(&mut prefixes, &prompt(999, 0));
        assert_eq!(lengths(&prefixes), [(42, false)]);
        for group in 0..20 {
            keep(&mut prefixes, &prompt(group, 0));
            keep(&mut prefixes, &prompt(group, 1));
        }
        assert_eq!(lengths(&prefixes).iter().filter(|(_, is_shared)| *is_shared).count(), KEPT);
    }

    #[test]
    fn what_cannot_be_cut_is_used_as_a_whole_or_not() {
        let ledger = Ledger::new(50, 10_000);
        let mut prefixes = Prefixes::new(true, false);
        let (first, second) = (prompt(1, 1), prompt(1, 2));
        prefixes.keep(&first, &computed(&ledger, 42));
        prefixes.keep(&second, &computed(&ledger, 42));
        assert_eq!(lengths(&prefixes), [(42, false), (42, false)]);
        assert_eq!(prefixes.find(&first, 41).tokens(), 0);
        assert_eq!(prefixes.find(&[first.clone(), vec![5]].concat(), 42).tokens(), 42);
        for group in 2..20 {
            prefixes.keep(&prompt(group, 1), &computed(&ledger, 42));
        }
        assert_eq!(prefixes.kept.len(), KEPT);
        let mut none = Prefixes::new(false, true);
        none.keep(&first, &computed(&ledger, 42));
        assert_eq!(none.find(&first, 41).tokens(), 0);
    }
}
