//! ROUGE-1, -2, -L and -Lsum as rouge-score 0.1.2 computes them, with its words, with stems, or with jieba's words.

mod porter;

use crate::python::literal;
use crate::words;
use regex::Regex;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// Words of a text that are compared at most for a common subsequence: the work grows with the product of both.
const MAX_WORDS: usize = 20_000;

/// What counts as shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Runs of so many words.
    Runs(usize),
    /// The longest common subsequence.
    Longest,
    /// The union of those of every line of the target with every line of the answer: Lsum.
    Lines,
}

/// How a text is cut into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// Runs of ASCII letters and digits, in lower case.
    Plain,
    /// The same, those of more than three characters stemmed by Porter with NLTK's extensions.
    Stemmed,
    /// The words that jieba cuts, white space left out, in lower case: for Chinese.
    Jieba,
}

/// How much is shared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rouge {
    /// Of the answer.
    pub precision: f64,
    /// Of the target.
    pub recall: f64,
    /// Their harmonic mean.
    pub f: f64,
}

impl Rouge {
    fn of(shared: usize, answer: usize, target: usize) -> Rouge {
        let (precision, recall) =
            (shared as f64 / answer.max(1) as f64, shared as f64 / target.max(1) as f64);
        let f = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        Rouge { precision, recall, f }
    }
}

/// Returns ROUGE: what answer and target share. Of several targets the one with the highest F counts.
///
/// Shares, 0 to 1, more is better; of empty texts and without targets 0. For a common subsequence, of texts of more than
/// 20,000 words the beginnings are compared. Source: `RougeScorer` of rouge-score 0.1.2, which looks for Lsum's sentences
/// at line feeds; for jieba's words with such a tokenizer given to it.
pub fn rouge(answer: &str, targets: &[String], kind: Kind, words: Words) -> Rouge {
    let mut best = Rouge::default();
    for target in targets {
        let found = one(answer, target, kind, words);
        if found.f > best.f {
            best = found;
        }
    }
    best
}

fn one(answer: &str, target: &str, kind: Kind, words: Words) -> Rouge {
    match kind {
        Kind::Runs(order) => runs(&cut(answer, words), &cut(target, words), order),
        Kind::Longest => longest(&limited(answer, words), &limited(target, words)),
        Kind::Lines => lines(answer, target, words),
    }
}

fn cut(text: &str, words: Words) -> Vec<String> {
    static WORD: LazyLock<Regex> = LazyLock::new(|| literal("[a-z0-9]+"));
    if words == Words::Jieba {
        let spoken = words::jieba(text).into_iter().filter(|word| !crate::python::trim(word).is_empty());
        return spoken.map(|word| word.to_lowercase()).collect();
    }
    let text = text.to_lowercase();
    let found = WORD.find_iter(&text).map(|word| word.as_str());
    let stem = |word: &str| {
        if words == Words::Stemmed && word.len() > 3 { porter::stem(word) } else { word.to_owned() }
    };
    found.map(stem).collect()
}

fn limited(text: &str, words: Words) -> Vec<String> {
    let mut cut = cut(text, words);
    cut.truncate(MAX_WORDS);
    cut
}

fn counts<T: Eq + std::hash::Hash>(units: impl Iterator<Item = T>) -> HashMap<T, usize> {
    let mut counts = HashMap::new();
    units.for_each(|unit| *counts.entry(unit).or_default() += 1);
    counts
}

fn runs(answer: &[String], target: &[String], order: usize) -> Rouge {
    let order = order.max(1);
    let known = counts(target.windows(order));
    let own = counts(answer.windows(order));
    let shared = own.iter().map(|(run, count)| (*count).min(known.get(run).copied().unwrap_or(0))).sum();
    Rouge::of(shared, own.values().sum(), known.values().sum())
}

fn longest(answer: &[String], target: &[String]) -> Rouge {
    Rouge::of(longest_common(answer, target), answer.len(), target.len())
}

fn lines(answer: &str, target: &str, words: Words) -> Rouge {
    let cut_lines = |text: &str| -> Vec<Vec<String>> {
        let mut left = MAX_WORDS;
        let mut lines = Vec::new();
        for line in text.split('\n').filter(|line| !line.is_empty()) {
            let mut line = cut(line, words);
            line.truncate(left);
            left -= line.len();
            lines.push(line);
        }
        lines
    };
    let (answer, target) = (cut_lines(answer), cut_lines(target));
    // A word counts at most as often as both texts have it.
    let mut left_in_answer = counts(answer.iter().flatten());
    let mut left_in_target = counts(target.iter().flatten());
    let mut shared = 0;
    for line in &target {
        let union: BTreeSet<usize> = answer.iter().flat_map(|other| shared_places(line, other)).collect();
        for word in union.into_iter().map(|place| &line[place]) {
            if let (Some(own @ 1..), Some(other @ 1..)) =
                (left_in_answer.get_mut(word), left_in_target.get_mut(word))
            {
                shared += 1;
                *own -= 1;
                *other -= 1;
            }
        }
    }
    Rouge::of(shared, answer.iter().map(Vec::len).sum(), target.iter().map(Vec::len).sum())
}

/// Returns how many words the longest common subsequence has.
pub fn longest_common(left: &[String], right: &[String]) -> usize {
    let mut above = vec![0; right.len() + 1];
    for word in left {
        let mut diagonal = 0;
        for (index, other) in right.iter().enumerate() {
            let old = above[index + 1];
            above[index + 1] = if word == other { diagonal + 1 } else { old.max(above[index]) };
            diagonal = old;
        }
    }
    above[right.len()]
}

/// The places in the target of one of the longest common subsequences: that which rouge-score reads out of its table.
fn shared_places(target: &[String], answer: &[String]) -> Vec<usize> {
    let columns = answer.len();
    // One bit for each cell: whether more is shared by leaving out the answer's word than by leaving out the target's.
    let mut is_left = vec![0_u64; (target.len() * columns).div_ceil(64)];
    let mut above = vec![0_u32; columns + 1];
    for (row, word) in target.iter().enumerate() {
        let mut current = vec![0_u32; columns + 1];
        for (column, other) in answer.iter().enumerate() {
            let cell = row * columns + column;
            is_left[cell / 64] |= u64::from(current[column] > above[column + 1]) << (cell % 64);
            current[column + 1] =
                if word == other { above[column] + 1 } else { current[column].max(above[column + 1]) };
        }
        above = current;
    }
    let (mut row, mut column) = (target.len(), columns);
    let mut places = Vec::new();
    while row > 0 && column > 0 {
        let cell = (row - 1) * columns + column - 1;
        if target[row - 1] == answer[column - 1] {
            places.push(row - 1);
            row -= 1;
            column -= 1;
        } else if is_left[cell / 64] >> (cell % 64) & 1 == 1 {
            column -= 1;
        } else {
            row -= 1;
        }
    }
    places
}
