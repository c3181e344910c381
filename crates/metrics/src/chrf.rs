//! chrF, chrF+ and chrF++ as sacrebleu 2.6.0 computes them, of a sentence and of a corpus.

use crate::python;
use std::collections::HashMap;
use std::hash::Hash;

/// Characters of the longest runs that are counted.
const CHARACTER_ORDERS: usize = 6;
/// Words of the longest runs that chrF++ counts.
const MAX_WORD_ORDERS: usize = 2;
/// How much more recall counts than precision, squared: β is 2.
const BETA_SQUARED: f64 = 4.0;

/// Runs of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Runs {
    answer: u64,
    target: u64,
    shared: u64,
}

/// What chrF needs to know of a sentence, or of many added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    runs: [Runs; CHARACTER_ORDERS + MAX_WORD_ORDERS],
}

/// The runs of a text: of 1 to 6 characters without white space, and of 1 to `word_orders` words.
struct Counted<'a> {
    characters: Vec<char>,
    words: Vec<&'a str>,
    word_orders: usize,
}

impl<'a> Counted<'a> {
    fn of(text: &'a str, word_orders: usize) -> Counted<'a> {
        let words = if word_orders > 0 {
            python::split(text).flat_map(without_end_mark).collect()
        } else {
            Vec::new()
        };
        Counted { characters: text.chars().filter(|c| !python::is_space(*c)).collect(), words, word_orders }
    }

    fn against(&self, target: &Counted) -> Statistics {
        let mut statistics = Statistics::default();
        for order in 1..=CHARACTER_ORDERS {
            statistics.runs[order - 1] = compare(&self.characters, &target.characters, order);
        }
        for order in 1..=self.word_orders {
            statistics.runs[CHARACTER_ORDERS + order - 1] = compare(&self.words, &target.words, order);
        }
        statistics
    }
}

/// A word and the punctuation mark at its end, or else at its beginning.
fn without_end_mark(word: &str) -> Vec<&str> {
    let is_mark = |c: &char| python::PUNCTUATION.contains(*c);
    let cut = match (word.chars().next(), word.chars().next_back()) {
        _ if word.chars().nth(1).is_none() => None,
        (_, Some(last)) if is_mark(&last) => Some(word.len() - last.len_utf8()),
        (Some(first), _) if is_mark(&first) => Some(first.len_utf8()),
        _ => None,
    };
    cut.map_or_else(|| vec![word], |at| vec![&word[..at], &word[at..]])
}

fn compare<T: Eq + Hash>(answer: &[T], target: &[T], order: usize) -> Runs {
    fn counts<T: Eq + Hash>(units: &[T], order: usize) -> HashMap<&[T], u64> {
        let mut counts = HashMap::new();
        units.windows(order).for_each(|run| *counts.entry(run).or_default() += 1);
        counts
    }
    let known = counts(target, order);
    let mut runs = Runs { target: known.values().sum(), ..Runs::default() };
    for (run, count) in counts(answer, order) {
        runs.answer += count;
        runs.shared += count.min(known.get(run).copied().unwrap_or(0));
    }
    if known.is_empty() {
        // Runs that the target is too short for do not count against the answer.
        runs.answer = 0;
    }
    runs
}

impl Statistics {
    /// Counts a sentence, with runs of up to `word_orders` words: 0 for chrF, 1 for chrF+, 2 for chrF++.
    ///
    /// Of several targets the one with the highest value counts. More word orders than 2 count as 2.
    pub fn of(answer: &str, targets: &[String], word_orders: usize) -> Statistics {
        let word_orders = word_orders.min(MAX_WORD_ORDERS);
        let answer = Counted::of(answer, word_orders);
        let mut best: Option<(f64, Statistics)> = None;
        for target in targets {
            let statistics = answer.against(&Counted::of(target, word_orders));
            let score = statistics.score();
            if best.is_none_or(|(highest, _)| score > highest) {
                best = Some((score, statistics));
            }
        }
        best.map(|(_, statistics)| statistics).unwrap_or_default()
    }

    /// Adds those of another sentence.
    pub fn add(&mut self, other: &Statistics) {
        for (own, other) in self.runs.iter_mut().zip(&other.runs) {
            own.answer += other.answer;
            own.target += other.target;
            own.shared += other.shared;
        }
    }

    /// Takes those of another sentence out, which was added before.
    pub fn subtract(&mut self, other: &Statistics) {
        for (own, other) in self.runs.iter_mut().zip(&other.runs) {
            own.answer -= other.answer;
            own.target -= other.target;
            own.shared -= other.shared;
        }
    }

    /// Returns chrF: the F-score, with recall counting double, of mean precision and mean recall over all runs that both
    /// texts are long enough for.
    ///
    /// 0 to 100, more is better; 0 when an answer or its target is empty. Source: sacrebleu 2.6.0 without `eps_smoothing`.
    pub fn score(&self) -> f64 {
        let both: Vec<&Runs> = self.runs.iter().filter(|runs| runs.answer > 0 && runs.target > 0).collect();
        if both.is_empty() {
            return 0.0;
        }
        let count = both.len() as f64;
        let precision = both.iter().map(|runs| runs.shared as f64 / runs.answer as f64).sum::<f64>() / count;
        let recall = both.iter().map(|runs| runs.shared as f64 / runs.target as f64).sum::<f64>() / count;
        if precision + recall == 0.0 {
            return 0.0;
        }
        100.0 * (1.0 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall)
    }
}

/// Returns the chrF of one answer; see [`Statistics::of`] and [`Statistics::score`].
pub fn sentence(answer: &str, targets: &[String], word_orders: usize) -> f64 {
    Statistics::of(answer, targets, word_orders).score()
}
