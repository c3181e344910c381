//! Aggregates over all samples of a set, added up one by one.

use super::{Accumulate, Scored};
use crate::bleu::{self, Orders, Smoothing, Tokenizer};
use crate::likelihood::Likelihood;
use crate::matthews::Matthews;
use crate::{chrf, ifeval, ter};

impl Accumulate for Matthews<String> {
    fn add(&mut self, sample: &Scored) {
        // No answer is a class of its own, which no target is.
        let answer = sample.answer.map_or_else(String::new, |answer| answer.trim().to_owned());
        let target = sample.targets.first().map_or("", |target| target.trim());
        Matthews::add(self, answer, target.to_owned());
    }

    fn value(&self) -> Option<f64> {
        Some(Matthews::value(self))
    }
}

/// BLEU of all answers.
#[derive(Debug)]
pub struct Bleu(Tokenizer, bleu::Statistics);

impl Bleu {
    pub fn new(tokenizer: Tokenizer) -> Bleu {
        Bleu(tokenizer, bleu::Statistics::default())
    }
}

impl Accumulate for Bleu {
    fn add(&mut self, sample: &Scored) {
        self.1.add(&bleu::Statistics::of(sample.answer.unwrap_or(""), sample.targets, self.0));
    }

    fn value(&self) -> Option<f64> {
        Some(self.1.score(Smoothing::Exponential, Orders::All))
    }
}

/// chrF of all answers, with runs of so many words.
#[derive(Debug)]
pub struct Chrf(usize, chrf::Statistics);

impl Chrf {
    pub fn new(word_orders: usize) -> Chrf {
        Chrf(word_orders, chrf::Statistics::default())
    }
}

impl Accumulate for Chrf {
    fn add(&mut self, sample: &Scored) {
        self.1.add(&chrf::Statistics::of(sample.answer.unwrap_or(""), sample.targets, self.0));
    }

    fn value(&self) -> Option<f64> {
        Some(self.1.score())
    }
}

/// TER of all answers.
#[derive(Debug, Default)]
pub struct Ter(ter::Statistics);

impl Accumulate for Ter {
    fn add(&mut self, sample: &Scored) {
        self.0.add(&ter::Statistics::of(sample.answer.unwrap_or(""), sample.targets));
    }

    fn value(&self) -> Option<f64> {
        Some(self.0.score())
    }
}

/// Reads the number out of all texts and how many there are.
type Read = fn(&Likelihood, u64) -> Option<f64>;

/// Texts, the first targets, with their log-likelihoods, the values.
#[derive(Debug)]
pub struct Texts {
    all: Likelihood,
    samples: u64,
    read: Read,
}

impl Texts {
    pub fn new(read: Read) -> Texts {
        Texts { all: Likelihood::default(), samples: 0, read }
    }
}

impl Accumulate for Texts {
    fn add(&mut self, sample: &Scored) {
        let text = sample.targets.first().map_or("", String::as_str);
        self.all.add(&Likelihood::of(text, sample.value));
        self.samples += 1;
    }

    fn value(&self) -> Option<f64> {
        (self.read)(&self.all, self.samples)
    }
}

/// Values, each counting as often as its sample has targets.
#[derive(Debug, Default)]
pub struct Weighted {
    value: f64,
    targets: usize,
}

impl Accumulate for Weighted {
    fn add(&mut self, sample: &Scored) {
        self.value += sample.value * sample.targets.len() as f64;
        self.targets += sample.targets.len();
    }

    fn value(&self) -> Option<f64> {
        (self.targets > 0).then(|| self.value / self.targets as f64)
    }
}

/// Shares of instructions, each counting as often as its target has instructions.
#[derive(Debug, Default)]
pub struct Instructions {
    followed: f64,
    asked: usize,
}

impl Accumulate for Instructions {
    fn add(&mut self, sample: &Scored) {
        let asked = sample.targets.first().map_or(0, |target| ifeval::count(target));
        self.followed += sample.value * asked as f64;
        self.asked += asked;
    }

    fn value(&self) -> Option<f64> {
        (self.asked > 0).then(|| self.followed / self.asked as f64)
    }
}
