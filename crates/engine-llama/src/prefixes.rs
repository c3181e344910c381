//! Beginnings of prompts whose keys and values are kept for later requests.
//!
//! llama.cpp's attention looks at every cell in use, whoever's it is: 512 kept tokens cost small models an eighth of their
//! speed. So two things are kept: the last prompt, because the next one may go on from it; and what several prompts begin
//! with, as long as more come that do. Conversations go on by turns, so a prompt that goes on from an earlier one is kept whole.
//!
//! Nothing is given up in the pass that computed it: whoever waited for that pass takes what it needs before the next one.

use crate::ledger::Kv;
use evalscope_engine_candle::KeysValues;
use std::collections::VecDeque;

/// Shared beginnings that are kept; also last prompts of models that cannot use parts of them.
const KEPT: usize = 8;
/// Prompts whose tokens are remembered, so that what they share with later ones is seen: as many as may come in turn.
const REMEMBERED: usize = 64;
/// A beginning is forgotten when so many prompts in a row did not share it.
const PATIENCE: u64 = 64;
/// A known beginning that is shorter is computed anew. Prompts wait for one that is being computed when they share as much
/// with it: more here would have them wait for nothing.
const WORTH_USING: usize = 8;
/// What prompts share is kept for those to come when it is so much more than what is kept of it.
const WORTH_KEEPING: usize = 32;

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
        // Of two that know as much, the shared one: what goes on from a last prompt keeps all of that.
        let known = self.kept.iter().map(|entry| (usable(entry), entry.is_shared));
        let best = known.enumerate().max_by_key(|(_, known)| *known);
        let Some((index, (common, _))) = best.filter(|(_, (common, _))| *common >= WORTH_USING) else {
            return Kv::default();
        };
        let mut entry = self.kept.remove(index);
        entry.used = self.clock;
        let kv = entry.kv.beginning(common);
        self.kept.push(entry);
        kv
    }

    /// Keeps a prompt that is computed, and what it shares with earlier ones, until they are [sifted](Self::sift).
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
            self.kept.retain(|entry| entry.is_shared || !tokens.starts_with(&entry.tokens));
            self.add(tokens, kv.clone(), false);
        }
    }

    /// Gives up what is not worth its room. To be called when all that waited have taken what they need.
    pub(crate) fn sift(&mut self) {
        for (is_shared, most) in [(false, if self.cuts { 1 } else { KEPT }), (true, KEPT)] {
            let count = self.kept.iter().filter(|entry| entry.is_shared == is_shared).count();
            let mut spare = count.saturating_sub(most);
            self.kept.retain(|entry| {
                let stays = entry.is_shared != is_shared || spare == 0;
                spare -= usize::from(!stays);
                stays
            });
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
        // What such a conversation adds is computed already, so it is kept however little it is.
        let is_earlier = |earlier: &Vec<u32>| earlier.len() == shared && shared < tokens.len();
        let goes_on = shared >= WORTH_KEEPING && self.remembered.iter().any(is_earlier);
        let known = self.kept.iter().filter(|entry| entry.is_shared);
        let known = known.map(|entry| common(&entry.tokens, tokens)).max().unwrap_or(0);
        if shared >= known + WORTH_KEEPING || (goes_on && known < tokens.len()) {
            let beginning = &tokens[..if goes_on { tokens.len() } else { shared }];
            self.kept.retain(|entry| !beginning.starts_with(&entry.tokens));
            // In a sequence of its own, so that the rest of the prompt does not stay as long as others go on from this.
            let kv = kv.beginning(beginning.len());
            let kv = kv.copy().unwrap_or(kv);
            self.add(beginning, kv, true);
        }
        self.remembered.retain(|earlier| earlier != tokens);
        self.remembered.push_back(tokens.to_vec());
        if self.remembered.len() > REMEMBERED {
            self.remembered.pop_front();
        }
    }

    fn add(&mut self, tokens: &[u32], kv: Kv, is_shared: bool) {
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

    /// A pass that computes this prompt alone from what is known, with room for a reply; what it holds then.
    fn pass(ledger: &Ledger, prefixes: &mut Prefixes, tokens: &[u32]) -> Kv {
        let mut kv = prefixes.find(tokens, tokens.len() - 1);
        prefixes.sift();
        let new = tokens.len() - kv.tokens();
        ledger.place(&mut kv, new, tokens.len() + 30).unwrap();
        prefixes.keep(tokens, &kv);
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
        let keep = |prefixes: &mut Prefixes, tokens: &[u32]| {
            prefixes.keep(tokens, &computed(&ledger, tokens.len()));
            prefixes.sift();
        };
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
        let longer = |last: u32| [prompt(1, 2)[..41].to_vec(), (0..41).collect(), vec![last]].concat();
        keep(&mut prefixes, &longer(1));
        assert_eq!(lengths(&prefixes), [(41, true), (83, false)]);
        keep(&mut prefixes, &longer(2));
        assert_eq!(lengths(&prefixes), [(82, true), (83, false)]);
        assert_eq!(prefixes.find(&[9; 50], 49).tokens(), 0);
    }

    #[test]
    fn a_beginning_is_forgotten_when_none_shares_it_any_more_and_takes_no_room_but_its_own() {
        let ledger = Ledger::new(200, 10_000);
        let mut prefixes = Prefixes::new(true, true);
        let free = |prefixes: &mut Prefixes| {
            prefixes.sift();
            let mut all = Kv::default();
            (0..10_000).rev().find(|count| ledger.place(&mut all, *count, *count).is_some()).unwrap()
        };
        for number in 0..5 {
            pass(&ledger, &mut prefixes, &prompt(1, number));
        }
        prefixes.sift();
        // The last prompt goes on from the beginning, of which the first one's end is gone.
        assert_eq!(lengths(&prefixes), [(41, true), (42, false)]);
        assert_eq!(free(&mut prefixes), 10_000 - 41 - 1);
        for group in 100..100 + PATIENCE as u32 {
            pass(&ledger, &mut prefixes, &prompt(group, 0));
        }
        prefixes.sift();
        assert_eq!(lengths(&prefixes).len(), 2);
        pass(&ledger, &mut prefixes, &prompt(999, 0));
        prefixes.sift();
        assert_eq!(lengths(&prefixes), [(42, false)]);
        assert_eq!(free(&mut prefixes), 10_000 - 42);
        for group in 0..20 {
            pass(&ledger, &mut prefixes, &prompt(group, 0));
            pass(&ledger, &mut prefixes, &prompt(group, 1));
        }
        prefixes.sift();
        assert_eq!(lengths(&prefixes).iter().filter(|(_, is_shared)| *is_shared).count(), KEPT);
    }

    #[test]
    fn what_others_waited_for_is_there_in_the_next_pass() {
        let ledger = Ledger::new(200, 10_000);
        let mut prefixes = Prefixes::new(true, true);
        for group in 0..12 {
            prefixes.keep(&prompt(group, 1), &computed(&ledger, 42));
        }
        for group in 0..12 {
            assert_eq!(prefixes.find(&prompt(group, 2), 41).tokens(), 41, "{group}");
        }
        prefixes.sift();
        assert_eq!(lengths(&prefixes), [(42, false)]);
        // Also what is shorter than what is kept for long.
        let short = |last: u32| (0..20).chain([last]).collect::<Vec<u32>>();
        prefixes.keep(&short(50), &computed(&ledger, 21));
        assert_eq!(prefixes.find(&short(51), 20).tokens(), 20);
    }

    #[test]
    fn conversations_that_go_on_by_turns_keep_their_history() {
        let ledger = Ledger::new(200, 10_000);
        let mut prefixes = Prefixes::new(true, true);
        let turns = |group: u32, count: u32| [prompt(group, 0), (0..10 * count).collect()].concat();
        for turn in 0..4 {
            for group in 0..6 {
                // Two turns show that it is a conversation.
                if turn >= 2 {
                    let known = prefixes.find(&turns(group, turn), 1000).tokens();
                    assert_eq!(known, turns(group, turn - 1).len(), "{group} {turn}");
                }
                pass(&ledger, &mut prefixes, &turns(group, turn));
            }
        }
        prefixes.sift();
        assert_eq!(prefixes.kept.len(), 6);
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
        prefixes.sift();
        assert_eq!(prefixes.kept.len(), KEPT);
        let mut none = Prefixes::new(false, true);
        none.keep(&first, &computed(&ledger, 42));
        assert_eq!(none.find(&first, 41).tokens(), 0);
    }
}
