//! What the aggregates over all samples of a set add up.

use super::Scored;
use super::set::{Statistic, Sums};
use crate::bleu::{self, Orders, Smoothing, Tokenizer};
use crate::likelihood::Likelihood;
use crate::python::trim;
use crate::{chrf, ifeval, matthews, ter};

/// Matthews' correlation of answers with first targets.
#[derive(Debug)]
pub struct Matthews;

impl Sums for matthews::Matthews<String> {
    fn add(&mut self, others: &Self) {
        self.add_all(others);
    }

    fn subtract(&mut self, others: &Self) {
        self.remove_all(others);
    }
}

impl Statistic for Matthews {
    type Sums = matthews::Matthews<String>;

    fn of(&self, sample: &Scored) -> Self::Sums {
        // No answer is a class of its own, which no target is.
        let answer = sample.answer.map_or_else(String::new, |answer| trim(answer).to_owned());
        let target = sample.targets.first().map_or("", |target| trim(target));
        let mut counted = matthews::Matthews::default();
        counted.add(answer, target.to_owned());
        counted
    }

    fn read(&self, sums: &Self::Sums) -> Option<f64> {
        Some(sums.value())
    }

    /// In place, as there may be as many classes as samples. A correlation that is 0 by definition has no error.
    fn without(&self, all: &Self::Sums, parts: &[Self::Sums]) -> Option<Vec<f64>> {
        let mut rest = all.clone();
        let mut value = |part| {
            rest.remove_all(part);
            let value = rest.value();
            rest.add_all(part);
            value
        };
        all.is_defined().then(|| parts.iter().map(&mut value).collect())
    }
}

/// BLEU of all answers.
#[derive(Debug)]
pub struct Bleu(pub Tokenizer);

impl Sums for bleu::Statistics {
    fn add(&mut self, others: &Self) {
        bleu::Statistics::add(self, others);
    }

    fn subtract(&mut self, others: &Self) {
        bleu::Statistics::subtract(self, others);
    }
}

impl Statistic for Bleu {
    type Sums = bleu::Statistics;

    fn of(&self, sample: &Scored) -> Self::Sums {
        bleu::Statistics::of(sample.answer.unwrap_or(""), sample.targets, self.0)
    }

    fn read(&self, sums: &Self::Sums) -> Option<f64> {
        Some(sums.score(Smoothing::Exponential, Orders::All))
    }
}

/// chrF of all answers, with runs of so many words.
#[derive(Debug)]
pub struct Chrf(pub usize);

impl Sums for chrf::Statistics {
    fn add(&mut self, others: &Self) {
        chrf::Statistics::add(self, others);
    }

    fn subtract(&mut self, others: &Self) {
        chrf::Statistics::subtract(self, others);
    }
}

impl Statistic for Chrf {
    type Sums = chrf::Statistics;

    fn of(&self, sample: &Scored) -> Self::Sums {
        chrf::Statistics::of(sample.answer.unwrap_or(""), sample.targets, self.0)
    }

    fn read(&self, sums: &Self::Sums) -> Option<f64> {
        Some(sums.score())
    }
}

/// TER of all answers.
#[derive(Debug)]
pub struct Ter;

impl Sums for ter::Statistics {
    fn add(&mut self, others: &Self) {
        ter::Statistics::add(self, others);
    }

    fn subtract(&mut self, others: &Self) {
        self.edits -= others.edits;
        self.target_words -= others.target_words;
    }
}

impl Statistic for Ter {
    type Sums = ter::Statistics;

    fn of(&self, sample: &Scored) -> Self::Sums {
        ter::Statistics::of(sample.answer.unwrap_or(""), sample.targets)
    }

    fn read(&self, sums: &Self::Sums) -> Option<f64> {
        Some(sums.score())
    }
}

/// Texts, the first targets, with their log-likelihoods, the values.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    pub all: Likelihood,
    pub samples: u64,
}

impl Sums for Texts {
    fn add(&mut self, others: &Self) {
        self.all.add(&others.all);
        self.samples += others.samples;
    }

    fn subtract(&mut self, others: &Self) {
        self.all.sum -= others.all.sum;
        self.all.words -= others.all.words;
        self.all.bytes -= others.all.bytes;
        self.samples -= others.samples;
    }
}

/// How surprising texts are, read out of all of them.
#[derive(Debug)]
pub struct Surprise(pub fn(&Texts) -> Option<f64>);

impl Statistic for Surprise {
    type Sums = Texts;

    fn of(&self, sample: &Scored) -> Self::Sums {
        let text = sample.targets.first().map_or("", String::as_str);
        Texts { all: Likelihood::of(text, sample.value), samples: 1 }
    }

    fn read(&self, sums: &Self::Sums) -> Option<f64> {
        (self.0)(sums)
    }
}

/// A mean in which a sample counts as often as it has parts.
#[derive(Debug)]
pub struct Weighted(pub fn(&Scored) -> usize);

/// Values, each as often as it counts, and how often that is.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    value: f64,
    parts: usize,
}

impl Sums for Parts {
    fn add(&mut self, others: &Self) {
        self.value += others.value;
        self.parts += others.parts;
    }

    fn subtract(&mut self, others: &Self) {
        self.value -= others.value;
        self.parts -= others.parts;
    }
}

impl Statistic for Weighted {
    type Sums = Parts;

    fn of(&self, sample: &Scored) -> Self::Sums {
        let parts = (self.0)(sample);
        Parts { value: sample.value * parts as f64, parts }
    }

    fn read(&self, sums: &Self::Sums) -> Option<f64> {
        (sums.parts > 0).then(|| sums.value / sums.parts as f64)
    }
}

/// Targets of a sample.
pub fn targets(sample: &Scored) -> usize {
    sample.targets.len()
}

/// Instructions of a sample of IFEval.
pub fn instructions(sample: &Scored) -> usize {
    sample.targets.first().map_or(0, |target| ifeval::count(target))
}
