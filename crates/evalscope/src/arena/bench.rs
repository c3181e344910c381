//! Makes verdicts: all that are wanted, or those that narrow the ranking most.

use super::calls::{Calls, Count, Say};
use super::judging::Wanted;
use crate::argument::ArgumentError;
use crate::error::Error;
use evalscope_arena::Battle;
use evalscope_arena::active::{Active, Saved};
use evalscope_core::Outcome;
use evalscope_runner::RunModel;
use serde_json::Value;
use std::sync::Arc;
use std::time::SystemTime;

/// Batches in which a budget is spent: after each the ratings are found again.
const BATCHES: u64 = 12;

/// Where verdicts are made.
pub(super) struct Bench<'a> {
    pub calls: &'a Calls,
    pub judge: &'a RunModel,
    pub wanted: &'a [Wanted<'a>],
    pub say: &'a Say,
}

impl Bench<'_> {
    /// Judges those at these places.
    pub fn judge(&self, places: Vec<usize>, reviews: &mut [Option<Value>]) -> Result<(), Error> {
        let asks = places.iter().flat_map(|place| &self.wanted[*place].asks).cloned();
        let steps: Vec<_> =
            asks.map(|ask| move |seen: &[Outcome]| evalscope_judge::step(&ask, seen)).collect();
        let (all, say, judge) = (steps.len() as u64, Arc::clone(self.say), self.judge.id.clone());
        let progress: Count = Arc::new(move |count| {
            if count == all || count.is_multiple_of(100) {
                say(format!("{judge}: {count} of {all} verdicts"));
            }
        });
        let mut judged = self.calls.drive(self.judge, steps, progress)?.into_iter();
        let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        for (place, number) in places.into_iter().zip(0_u32..) {
            let own: Vec<_> = judged.by_ref().take(self.wanted[place].asks.len()).collect();
            // Elo goes by time: no two of them have the same.
            reviews[place] = self.wanted[place].review(&self.judge.id, &own, at + f64::from(number) * 1e-3);
        }
        Ok(())
    }

    /// Judges so many verdicts, those first that narrow the ranking most.
    pub fn judge_chosen(&self, budget: u64, reviews: &mut [Option<Value>]) -> Result<Option<Saved>, Error> {
        let mut models: Vec<String> = Vec::new();
        for (a, b) in self.wanted.iter().filter_map(Wanted::pair) {
            for name in [a, b] {
                if !models.contains(&name) {
                    models.push(name);
                }
            }
        }
        let orders = self.wanted.first().map_or(1, |wanted| wanted.asks.len() as u64).max(1);
        let mut left: Vec<usize> = (0..self.wanted.len()).collect();
        let mut battles_left = budget / orders;
        let batch = (battles_left / BATCHES).max(models.len() as u64);
        loop {
            let battles = battles_of(reviews)?;
            let Some(mut active) = Active::new(&models, &battles) else { return Ok(None) };
            if battles_left == 0 || left.is_empty() {
                let verdicts = battles.iter().map(|battle| battle.rounds().len() as u64).sum();
                return Ok(Some(active.saved(verdicts)));
            }
            let pairs: Vec<(String, String)> =
                left.iter().filter_map(|place| self.wanted[*place].pair()).collect();
            let chosen = active.choose(&pairs, battles_left.min(batch) as usize);
            battles_left -= (chosen.len() as u64).min(battles_left);
            let places: Vec<usize> = chosen.iter().map(|at| left[*at]).collect();
            left.retain(|place| !places.contains(place));
            self.judge(places, reviews)?;
        }
    }
}

/// The battles that reviews tell of.
fn battles_of(reviews: &[Option<Value>]) -> Result<Vec<Battle>, Error> {
    let read = |review: &Value| {
        serde_json::from_value(review.clone())
            .map_err(|error| ArgumentError::new(format!("a review is no battle: {error}")).into())
    };
    reviews.iter().flatten().map(read).collect()
}
