//! Translation edit rate as sacrebleu 2.6.0 computes it, after Tercom: edits and moves of words, over the words of the
//! target. Without Tercom's normalisation of punctuation, which is off there too unless asked for.

mod distance;
mod shift;

use crate::python;
use std::collections::HashMap;

/// Words of a text that are compared at most: the work grows with the square.
const MAX_WORDS: usize = 10_000;

/// What TER needs to know of a sentence, or of many added up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Statistics {
    /// Fewest edits and moves to any target.
    pub edits: f64,
    /// Mean number of words of the targets.
    pub target_words: f64,
}

impl Statistics {
    /// Counts a sentence, without regard to case. Of texts of more than 10,000 words the beginnings are compared.
    pub fn of(answer: &str, targets: &[String]) -> Statistics {
        let mut known = HashMap::new();
        let mut number = |text: &str| -> Vec<usize> {
            let text = text.to_lowercase();
            let words = python::split(&text).take(MAX_WORDS);
            words
                .map(|word| {
                    let next = known.len();
                    *known.entry(word.to_owned()).or_insert(next)
                })
                .collect()
        };
        let answer = number(answer);
        let mut fewest: Option<usize> = None;
        let mut words = 0;
        for target in targets {
            let target = number(target);
            let edits = shift::edits(&answer, &target);
            fewest = Some(fewest.map_or(edits, |fewest| fewest.min(edits)));
            words += target.len();
        }
        let count = targets.len().max(1) as f64;
        Statistics { edits: fewest.unwrap_or(answer.len()) as f64, target_words: words as f64 / count }
    }

    /// Adds those of another sentence.
    pub fn add(&mut self, other: &Statistics) {
        self.edits += other.edits;
        self.target_words += other.target_words;
    }

    /// Returns TER: edits and moves per 100 words of the target.
    ///
    /// 0 upwards, less is better; 100 for any answer to empty targets, 0 when the answer is empty too. Source: sacrebleu
    /// 2.6.0.
    pub fn score(&self) -> f64 {
        match self.target_words {
            words if words > 0.0 => 100.0 * self.edits / words,
            _ if self.edits > 0.0 => 100.0,
            _ => 0.0,
        }
    }
}

/// Returns the TER of one answer; see [`Statistics::score`].
pub fn sentence(answer: &str, targets: &[String]) -> f64 {
    Statistics::of(answer, targets).score()
}
