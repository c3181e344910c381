//! Which sequences a worker keeps, and how much room is left.
//!
//! A sequence is shared until one of its users goes on in another way; then it is copied, which in llama.cpp copies no keys and
//! values. A copy keeps what it was copied from, so that room is counted once. Changes are noted as steps that the next pass
//! begins with.

use crate::protocol::Step;
use evalscope_engine_candle::KeysValues;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a worker keeps, as its parent knows it.
#[derive(Clone)]
pub(crate) struct Ledger(Arc<Mutex<State>>);

struct State {
    free_ids: Vec<u32>,
    free_cells: usize,
    /// Not sent yet.
    steps: Vec<Step>,
}

/// Keys and values of the beginning of a sequence.
#[derive(Clone, Default)]
pub(crate) struct Kv {
    held: Option<Arc<Held>>,
    tokens: usize,
}

/// A sequence that the worker keeps. Dropping it ends it.
struct Held {
    ledger: Ledger,
    id: u32,
    /// Tokens that it has.
    length: usize,
    /// What it was copied from, and how many tokens are of that.
    base: Option<Arc<Held>>,
    shared: usize,
    /// Cells that it may fill.
    cells: usize,
}

/// Where new tokens go.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) sequence: u32,
    pub(crate) position: usize,
}

impl Ledger {
    pub(crate) fn new(sequences: usize, cells: usize) -> Self {
        let free_ids = (0..sequences as u32).rev().collect();
        Ledger(Arc::new(Mutex::new(State { free_ids, free_cells: cells, steps: Vec::new() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The steps that the next pass begins with.
    pub(crate) fn take_steps(&self) -> Vec<Step> {
        std::mem::take(&mut self.state().steps)
    }

    /// Makes room for `count` more tokens of a sequence that may reach a length; `None` when there is none.
    pub(crate) fn place(&self, kv: &mut Kv, count: usize, reach: usize) -> Option<Placed> {
        if let Some(placed) = self.extend(kv, count, reach) {
            return Some(placed);
        }
        let tokens = kv.tokens;
        // Whoever uses little of a sequence is not to keep all of it: the tokens count twice then.
        let base = kv.held.as_ref().filter(|held| held.length <= tokens.saturating_mul(2)).cloned();
        let shared = if base.is_some() { tokens } else { 0 };
        let cells = reach.checked_sub(tokens)? + tokens - shared;
        let id = {
            let mut state = self.state();
            let left = state.free_cells.checked_sub(cells)?;
            let id = state.free_ids.pop()?;
            state.free_cells = left;
            if let Some(held) = kv.held.as_ref().filter(|_| tokens > 0) {
                state.steps.push(Step::Copy { from: held.id, to: id, tokens });
            }
            id
        };
        let held = Held { ledger: self.clone(), id, length: tokens + count, shared, base, cells };
        *kv = Kv { held: Some(Arc::new(held)), tokens: tokens + count };
        Some(Placed { sequence: id, position: tokens })
    }

    /// Goes on in place, where nobody else uses the sequence and it has room.
    fn extend(&self, kv: &mut Kv, count: usize, reach: usize) -> Option<Placed> {
        let tokens = kv.tokens;
        let held = kv.held.as_mut().and_then(Arc::get_mut)?;
        let more = (reach - held.shared).saturating_sub(held.cells);
        let mut state = self.state();
        state.free_cells = state.free_cells.checked_sub(more)?;
        held.cells += more;
        if held.length > tokens {
            state.steps.push(Step::Cut { sequence: held.id, tokens });
        }
        held.length = tokens + count;
        kv.tokens += count;
        Some(Placed { sequence: held.id, position: tokens })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.ledger.state();
        state.steps.push(Step::Cut { sequence: self.id, tokens: 0 });
        state.free_ids.push(self.id);
        state.free_cells += self.cells;
    }
}

impl Kv {
    /// The first `count` tokens of it.
    pub(crate) fn beginning(&self, count: usize) -> Kv {
        let mut kv = self.clone();
        kv.truncate(count);
        kv
    }

    /// The same in a sequence of its own that keeps nothing else; `None` when there is no room to count it twice.
    pub(crate) fn copy(&self) -> Option<Kv> {
        let (source, tokens) = (self.held.as_ref()?, self.tokens);
        let mut state = source.ledger.state();
        let left = state.free_cells.checked_sub(tokens)?;
        let id = state.free_ids.pop()?;
        state.free_cells = left;
        state.steps.push(Step::Copy { from: source.id, to: id, tokens });
        let ledger = source.ledger.clone();
        let held = Held { ledger, id, length: tokens, base: None, shared: 0, cells: tokens };
        Some(Kv { held: Some(Arc::new(held)), tokens })
    }

    /// Gives back what the sequence has beyond them, where nobody else uses it.
    pub(crate) fn give_back(&mut self) {
        let tokens = self.tokens;
        let Some(held) = self.held.as_mut().and_then(Arc::get_mut) else { return };
        let mut state = held.ledger.state();
        if held.length > tokens {
            state.steps.push(Step::Cut { sequence: held.id, tokens });
            held.length = tokens;
        }
        let spare = held.cells.saturating_sub(tokens.saturating_sub(held.shared));
        held.cells -= spare;
        state.free_cells += spare;
    }
}

impl KeysValues for Kv {
    fn tokens(&self) -> usize {
        self.tokens
    }

    fn truncate(&mut self, count: usize) {
        self.tokens = self.tokens.min(count);
        if self.tokens == 0 {
            self.held = None;
        }
        // What it was copied from has them too, and is not to wait for this one's end.
        while let Some(base) =
            self.held.as_ref().filter(|held| self.tokens <= held.shared).and_then(|held| held.base.clone())
        {
            self.held = Some(base);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(sequence: u32, position: usize) -> Option<Placed> {
        Some(Placed { sequence, position })
    }

    #[test]
    fn users_share_until_they_part_and_the_last_goes_on_in_place() {
        let ledger = Ledger::new(4, 100);
        let mut prompt = Kv::default();
        assert_eq!(ledger.place(&mut prompt, 10, 10), placed(0, 0));
        let (mut one, mut two) = (prompt.clone(), prompt);
        assert_eq!(ledger.place(&mut one, 1, 15), placed(1, 10));
        assert_eq!(ledger.take_steps(), [Step::Copy { from: 0, to: 1, tokens: 10 }]);
        // The first still keeps what it was copied from.
        assert_eq!(ledger.place(&mut two, 1, 15), placed(2, 10));
        assert_eq!(ledger.take_steps(), [Step::Copy { from: 0, to: 2, tokens: 10 }]);
        assert_eq!(ledger.place(&mut one, 2, 15), placed(1, 11));
        assert_eq!(one.tokens(), 13);
        assert_eq!(ledger.state().free_cells, 100 - 10 - 5 - 5);
        drop((one, two));
        assert_eq!(ledger.state().free_cells, 100);
        let mut ended = ledger.take_steps();
        ended.sort_by_key(|step| format!("{step:?}"));
        assert_eq!(ended, [0, 1, 2].map(|sequence| Step::Cut { sequence, tokens: 0 }));
    }

    #[test]
    fn what_is_cut_is_forgotten_before_it_goes_on() {
        let ledger = Ledger::new(2, 100);
        let mut kv = Kv::default();
        ledger.place(&mut kv, 10, 20).unwrap();
        kv.truncate(6);
        assert_eq!(ledger.place(&mut kv, 1, 20), placed(0, 6));
        assert_eq!(ledger.take_steps(), [Step::Cut { sequence: 0, tokens: 6 }]);
    }

    #[test]
    fn a_beginning_that_is_all_copied_comes_from_where_it_was_copied() {
        let ledger = Ledger::new(4, 100);
        let mut first = Kv::default();
        ledger.place(&mut first, 10, 10).unwrap();
        let mut second = first.beginning(8);
        ledger.place(&mut second, 5, 13).unwrap();
        let mut third = second.beginning(8);
        drop(second);
        ledger.take_steps();
        assert_eq!(ledger.place(&mut third, 1, 9), placed(1, 8));
        assert_eq!(ledger.take_steps(), [Step::Copy { from: 0, to: 1, tokens: 8 }]);
    }

    #[test]
    fn who_uses_little_of_a_sequence_does_not_keep_the_rest() {
        let ledger = Ledger::new(4, 100);
        let mut long = Kv::default();
        ledger.place(&mut long, 40, 40).unwrap();
        let mut short = long.beginning(10);
        assert_eq!(ledger.place(&mut short, 5, 20), placed(1, 10));
        assert_eq!(ledger.take_steps(), [Step::Copy { from: 0, to: 1, tokens: 10 }]);
        drop(long);
        assert_eq!(ledger.state().free_cells, 100 - 20);
        drop(short);
        assert_eq!(ledger.state().free_cells, 100);
    }

    #[test]
    fn what_a_beginning_does_not_need_is_given_back_when_nobody_else_uses_it() {
        let ledger = Ledger::new(4, 100);
        let mut prompt = Kv::default();
        ledger.place(&mut prompt, 20, 50).unwrap();
        let mut kept = prompt.beginning(12);
        kept.give_back();
        assert_eq!(ledger.state().free_cells, 50);
        assert_eq!(ledger.take_steps(), []);
        drop(prompt);
        kept.give_back();
        assert_eq!(ledger.take_steps(), [Step::Cut { sequence: 0, tokens: 12 }]);
        assert_eq!(ledger.state().free_cells, 88);
        // It goes on where it was cut.
        assert_eq!(ledger.place(&mut kept, 1, 13), placed(0, 12));
        assert_eq!(ledger.state().free_cells, 87);
        assert_eq!(ledger.take_steps(), []);
    }

    #[test]
    fn a_copy_outlives_what_it_was_copied_from() {
        let ledger = Ledger::new(2, 100);
        let mut prompt = Kv::default();
        ledger.place(&mut prompt, 20, 50).unwrap();
        let copy = prompt.beginning(12).copy().unwrap();
        assert_eq!(ledger.state().free_cells, 38);
        assert!(copy.copy().is_none(), "there are two sequences");
        drop(prompt);
        assert_eq!(ledger.state().free_cells, 88);
        let steps = [Step::Copy { from: 0, to: 1, tokens: 12 }, Step::Cut { sequence: 0, tokens: 0 }];
        assert_eq!(ledger.take_steps(), steps);
    }

    #[test]
    fn there_is_no_more_room_than_there_is() {
        let ledger = Ledger::new(2, 30);
        let (mut one, mut two, mut three) = (Kv::default(), Kv::default(), Kv::default());
        assert!(ledger.place(&mut one, 5, 20).is_some());
        assert!(ledger.place(&mut two, 5, 20).is_none());
        assert!(ledger.place(&mut two, 5, 10).is_some());
        assert!(ledger.place(&mut three, 1, 0).is_none());
        drop(one);
        // The length that it may reach has grown: there is room for that now.
        assert!(ledger.place(&mut two, 1, 30).is_some());
        assert!(ledger.place(&mut three, 1, 1).is_none());
    }
}
