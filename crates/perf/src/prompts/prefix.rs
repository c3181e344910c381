//! Beginnings that prompts share, or do not: what decides whether a server's cache of prompts helps it.

use crate::error::Error;
use crate::prompts::words::Words;
use crate::random::Random;

/// What beginnings made-up prompts have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prefix {
    /// Their length; 0 for none.
    pub length: usize,
    /// How many there are that prompts share.
    pub count: usize,
    /// Share of the prompts that have one of these; the others have beginnings of their own, equally long.
    pub share: f64,
}

impl Default for Prefix {
    fn default() -> Prefix {
        Prefix { length: 0, count: 1, share: 1.0 }
    }
}

/// The beginnings.
pub struct Beginnings<'a> {
    prefix: Prefix,
    words: &'a Words<'a>,
    seed: u64,
    pool: Vec<String>,
}

impl<'a> Beginnings<'a> {
    /// Makes those that are shared.
    pub fn new(prefix: Prefix, words: &'a Words<'a>, seed: u64) -> Result<Beginnings<'a>, Error> {
        let count = if prefix.length == 0 { 0 } else { prefix.count.max(1) };
        let text =
            |number| words.beginning(&mut Random::new(seed, 2 + (number as u64) * 7919), prefix.length);
        let pool = (0..count).map(text).collect::<Result<_, _>>()?;
        Ok(Beginnings { prefix, words, seed, pool })
    }

    /// The beginning of the prompt with this number.
    pub fn of(&self, number: usize) -> Result<String, Error> {
        let mut random = Random::new(self.seed, 1_000_000 + number as u64);
        if self.pool.is_empty() {
            Ok(String::new())
        } else if random.share() < self.prefix.share {
            Ok(self.pool[random.below(self.pool.len())].clone())
        } else {
            self.words.beginning(&mut random, self.prefix.length)
        }
    }
}

/// A line that no other prompt begins with, so that no cache has the prompt. Of two tests the seeds must differ.
pub fn unlike_any(seed: u64, number: usize) -> String {
    format!("[{:016x}]\n", Random::new(seed, 3_000_000 + number as u64).next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn counted(prefix: Prefix) -> BTreeMap<String, usize> {
        let words = Words::Made;
        let beginnings = Beginnings::new(prefix, &words, 1).unwrap();
        let mut counts = BTreeMap::new();
        (0..400).for_each(|number| *counts.entry(beginnings.of(number).unwrap()).or_default() += 1);
        counts
    }

    #[test]
    fn a_share_of_the_prompts_begins_like_one_of_the_pool() {
        let counts = counted(Prefix { length: 200, count: 4, share: 0.5 });
        let (shared, own): (Vec<usize>, Vec<usize>) = counts.values().partition(|count| **count > 10);
        assert_eq!(shared.len(), 4);
        assert!((160..240).contains(&own.len()), "{}", own.len());
        assert_eq!(counted(Prefix { length: 200, ..Prefix::default() }).len(), 1);
        assert_eq!(counted(Prefix::default()).keys().next().unwrap(), "");
    }

    #[test]
    fn a_line_that_no_other_has() {
        assert_ne!(unlike_any(1, 0), unlike_any(1, 1));
        assert_eq!(unlike_any(1, 5), unlike_any(1, 5));
    }
}
