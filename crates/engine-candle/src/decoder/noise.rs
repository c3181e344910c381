//! What fewer bits for weights do to log-probabilities.

use super::forward::Logits;
use crate::compute::{InstructionSet, log_sum_exp};

/// The text on which it is looked at: prose of two languages, numbers, and code.
pub(crate) const NOISE_TEXT: &str = "The harbour was quiet when the last ferry came in. Anna counted the crates twice, \
wrote 37 in her book, and closed the gate; \"Tomorrow we load the other ship,\" she said, \"if the wind allows it.\" \
Water boils at 100 degrees Celsius at sea level, and at about 93 degrees on a mountain of 2,000 metres, because the air \
presses less. A train that leaves at 9:15 and needs 2 hours and 50 minutes arrives at 12:05.\n\n\
def area(width, height):\n    if width < 0 or height < 0:\n        raise ValueError(\"a length cannot be negative\")\n    \
return width * height\n\n图书馆每天早上八点开门，晚上九点关门。学生可以借五本书，一个月以内还回来。\n\n\
Question: Which of these is a metal? A. oxygen B. copper C. sulphur D. helium\nAnswer: B";

/// How far log-probabilities of the tokens of a text lie from those with 32-bit weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    /// How many were looked at.
    pub(crate) tokens: usize,
    /// The mean distance.
    pub(crate) mean: f64,
    /// The largest.
    pub(crate) largest: f64,
}

impl Noise {
    /// From the logits after each token of the text.
    pub(crate) fn between(set: InstructionSet, expected: &Logits, got: &Logits, text: &[u32]) -> Noise {
        let likelihood = |row: &[f32], token: u32| f64::from(row[token as usize]) - log_sum_exp(set, row);
        let rows = expected.rows().zip(got.rows());
        // The last row is about what comes after the text.
        let distances = rows
            .zip(&text[1.min(text.len())..])
            .map(|((expected, got), next)| (likelihood(expected, *next) - likelihood(got, *next)).abs());
        let mut noise = Noise { tokens: 0, mean: 0.0, largest: 0.0 };
        for distance in distances {
            noise.tokens += 1;
            noise.mean += distance;
            noise.largest = noise.largest.max(distance);
        }
        noise.mean /= noise.tokens.max(1) as f64;
        noise
    }
}

impl std::fmt::Display for Noise {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Noise { tokens, mean, largest } = self;
        write!(out, "{mean:.4} in the mean, {largest:.4} at most, of {tokens} log-probabilities")
    }
}
