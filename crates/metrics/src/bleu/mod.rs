//! BLEU as sacrebleu 2.6.0 computes it, of a sentence and of a corpus; [`nltk`] has NLTK's.

pub mod nltk;
mod tokenize;

pub use tokenize::Tokenizer;

use std::collections::HashMap;

/// Words of the longest runs that are counted.
const ORDERS: usize = 4;

/// What stands for a precision of 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Smoothing {
    /// Nothing: BLEU is 0.
    None,
    /// This number of matches; sacrebleu's `floor`, which has 0.1 when nothing else is said.
    Floor(f64),
    /// This is added to matches and runs of two words and more; sacrebleu's `add-k`, by default 1.
    AddK(f64),
    /// Half of a match, then a quarter, an eighth: sacrebleu's `exp`, its default.
    Exponential,
}

/// Which runs count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orders {
    /// Only those that the answers are long enough for; for sentences.
    Effective,
    /// All up to four words; for corpora.
    All,
}

/// What BLEU needs to know of a sentence, or of many added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Runs of 1 to 4 words of the answer that a target has, each at most as often as there.
    pub correct: [u64; ORDERS],
    /// Runs of 1 to 4 words of the answer.
    pub total: [u64; ORDERS],
    /// Words of the answer.
    pub answer_words: u64,
    /// Words of the target whose length is nearest, of two the shorter.
    pub target_words: u64,
}

impl Statistics {
    /// Counts a sentence.
    pub fn of(answer: &str, targets: &[String], tokenizer: Tokenizer) -> Statistics {
        let tokenize = |text: &str| tokenizer.words(crate::python::trim_end(text));
        let answer = tokenize(answer);
        let targets: Vec<Vec<String>> = targets.iter().map(|target| tokenize(target)).collect();
        let length = answer.len() as u64;
        let nearest = targets.iter().map(|target| target.len() as u64);
        let mut statistics = Statistics {
            answer_words: length,
            target_words: nearest.min_by_key(|words| (words.abs_diff(length), *words)).unwrap_or(0),
            ..Statistics::default()
        };
        for order in 1..=ORDERS {
            let known: Vec<_> = targets.iter().map(|target| runs(target, order)).collect();
            for (run, count) in runs(&answer, order) {
                let most = known.iter().filter_map(|known| known.get(run)).max().copied().unwrap_or(0);
                statistics.total[order - 1] += count;
                statistics.correct[order - 1] += count.min(most);
            }
        }
        statistics
    }

    /// Adds those of another sentence.
    pub fn add(&mut self, other: &Statistics) {
        for order in 0..ORDERS {
            self.correct[order] += other.correct[order];
            self.total[order] += other.total[order];
        }
        self.answer_words += other.answer_words;
        self.target_words += other.target_words;
    }

    /// Takes those of another sentence out, which was added before.
    pub fn subtract(&mut self, other: &Statistics) {
        for order in 0..ORDERS {
            self.correct[order] -= other.correct[order];
            self.total[order] -= other.total[order];
        }
        self.answer_words -= other.answer_words;
        self.target_words -= other.target_words;
    }

    /// Returns BLEU: the geometric mean of the precisions of runs of 1 to 4 words, times a penalty for brevity.
    ///
    /// 0 to 100, more is better; 0 when no word is shared, and for empty texts. Source: `BLEU.compute_bleu` of
    /// sacrebleu 2.6.0.
    pub fn score(&self, smoothing: Smoothing, orders: Orders) -> f64 {
        if self.correct.iter().all(|correct| *correct == 0) {
            return 0.0;
        }
        let mut logarithms = [f64::NEG_INFINITY; ORDERS];
        let mut effective = ORDERS;
        let mut halved = 1.0;
        for (order, logarithm) in logarithms.iter_mut().enumerate() {
            let added = match smoothing {
                Smoothing::AddK(k) if order > 0 => k,
                _ => 0.0,
            };
            let (correct, total) = (self.correct[order] as f64 + added, self.total[order] as f64 + added);
            if total == 0.0 {
                break;
            }
            if orders == Orders::Effective {
                effective = order + 1;
            }
            // In percent from here on, as in sacrebleu: which of two scores is higher may be a matter of the last bit.
            let precision = match smoothing {
                _ if correct > 0.0 => 100.0 * correct / total,
                Smoothing::Exponential => {
                    halved *= 2.0;
                    100.0 / (halved * total)
                }
                Smoothing::Floor(floor) => 100.0 * floor / total,
                Smoothing::None | Smoothing::AddK(_) => 0.0,
            };
            *logarithm = precision.ln();
        }
        let mean = logarithms[..effective].iter().sum::<f64>() / effective as f64;
        self.brevity() * mean.exp()
    }

    fn brevity(&self) -> f64 {
        let (answer, target) = (self.answer_words as f64, self.target_words as f64);
        match answer {
            _ if answer >= target => 1.0,
            0.0 => 0.0,
            _ => (1.0 - target / answer).exp(),
        }
    }
}

/// Returns the BLEU of one answer, over the runs that it is long enough for; see [`Statistics::score`].
///
/// Source: `sentence_bleu` of sacrebleu 2.6.0, which has exponential smoothing unless told otherwise.
pub fn sentence(answer: &str, targets: &[String], tokenizer: Tokenizer, smoothing: Smoothing) -> f64 {
    Statistics::of(answer, targets, tokenizer).score(smoothing, Orders::Effective)
}

/// Runs of words, and how often each stands there.
fn runs(words: &[String], order: usize) -> HashMap<&[String], u64> {
    let mut counts = HashMap::new();
    words.windows(order).for_each(|run| *counts.entry(run).or_default() += 1);
    counts
}
