//! Prompts whose keys and values are kept for later requests.

use crate::ledger::Kv;
use evalscope_engine_candle::KeysValues;

/// Prompts that are kept. Attention looks at every cell in use, so more of them make everything slower.
const KEPT: usize = 8;
/// A shared beginning that is shorter is computed anew.
const WORTH_SHARING: usize = 8;

/// Prompts that are kept, the one used longest ago first.
pub(crate) struct Prefixes {
    kept: Vec<(Vec<u32>, Kv)>,
    most: usize,
    /// Whether a part of a prompt can be used.
    cuts: bool,
}

impl Prefixes {
    pub(crate) fn new(keeps: bool, cuts: bool) -> Self {
        Prefixes { kept: Vec::new(), most: if keeps { KEPT } else { 0 }, cuts }
    }

    /// The longest known beginning of `tokens`, at most `limit` tokens of it.
    pub(crate) fn find(&mut self, tokens: &[u32], limit: usize) -> Kv {
        let usable = |(known, _): &(Vec<u32>, Kv)| {
            let common = common(known, &tokens[..limit.min(tokens.len())]);
            if self.cuts || common == known.len() { common } else { 0 }
        };
        let best = self.kept.iter().map(usable).enumerate().max_by_key(|(_, common)| *common);
        let Some((index, common)) = best.filter(|(_, common)| *common >= WORTH_SHARING) else {
            return Kv::default();
        };
        let entry = self.kept.remove(index);
        let kv = entry.1.beginning(common);
        self.kept.push(entry);
        kv
    }

    /// Keeps a prompt that is computed, in place of its own beginnings.
    pub(crate) fn keep(&mut self, tokens: &[u32], kv: &Kv) {
        if kv.tokens() != tokens.len() || self.kept.iter().any(|(known, _)| known.starts_with(tokens)) {
            return;
        }
        self.kept.retain(|(known, _)| !tokens.starts_with(known));
        self.kept.push((tokens.to_vec(), kv.clone()));
        if self.kept.len() > self.most {
            self.forget_oldest();
        }
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

    #[test]
    fn the_longest_beginning_is_found_and_the_oldest_forgotten() {
        let ledger = Ledger::new(50, 10_000);
        let mut prefixes = Prefixes::new(true, true);
        let prompt = |last: u32| (0..20).chain([last]).collect::<Vec<u32>>();
        for last in 100..110 {
            prefixes.keep(&prompt(last), &computed(&ledger, 21));
        }
        assert_eq!(prefixes.kept.len(), KEPT);
        assert_eq!(prefixes.find(&prompt(109), 20).tokens(), 20);
        assert_eq!(prefixes.find(&prompt(109), 21).tokens(), 21);
        assert_eq!(prefixes.find(&prompt(100), 21).tokens(), 20);
        assert_eq!(prefixes.find(&[0, 1, 2, 9], 4).tokens(), 0);
        // A longer one takes the place of its beginning.
        let longer = [prompt(109), vec![7]].concat();
        prefixes.keep(&longer, &computed(&ledger, 22));
        assert_eq!(prefixes.kept.len(), KEPT);
        prefixes.keep(&prompt(109), &computed(&ledger, 21));
        assert_eq!(prefixes.kept.len(), KEPT);
    }

    #[test]
    fn what_cannot_be_cut_is_used_as_a_whole_or_not() {
        let ledger = Ledger::new(50, 10_000);
        let mut prefixes = Prefixes::new(true, false);
        let prompt: Vec<u32> = (0..20).collect();
        prefixes.keep(&prompt, &computed(&ledger, 20));
        assert_eq!(prefixes.find(&prompt, 19).tokens(), 0);
        assert_eq!(prefixes.find(&[prompt.clone(), vec![5]].concat(), 20).tokens(), 20);
        let mut none = Prefixes::new(false, true);
        none.keep(&prompt, &computed(&ledger, 20));
        assert_eq!(none.find(&prompt, 20).tokens(), 0);
    }
}
