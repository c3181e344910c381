//! One number of a whole set: what its samples are added up to, and how sure the number is.

use super::{Accumulate, Scored};
use crate::stats::jackknife_standard_error;
use std::fmt::Debug;

/// Sums over samples, from which some can be taken out again.
pub trait Sums: Debug + Clone + Default {
    /// Adds others.
    fn add(&mut self, others: &Self);
    /// Takes others out, which are a part of these.
    fn subtract(&mut self, others: &Self);
}

/// What is added up of a sample, and the number that it comes to.
pub trait Statistic: Debug {
    type Sums: Sums;
    /// What a sample adds.
    fn of(&self, sample: &Scored) -> Self::Sums;
    /// The number; nothing when there is none.
    fn read(&self, sums: &Self::Sums) -> Option<f64>;
    /// The number without each of these parts in turn; nothing when one of them is missing.
    fn without(&self, all: &Self::Sums, parts: &[Self::Sums]) -> Option<Vec<f64>> {
        let rest = |part| {
            let mut rest = all.clone();
            rest.subtract(part);
            self.read(&rest)
        };
        parts.iter().map(rest).collect()
    }
}

/// A set while it is added up.
#[derive(Debug)]
pub struct Set<S: Statistic> {
    statistic: S,
    all: S::Sums,
    /// Those of each question: the error comes from how much they differ.
    questions: Vec<S::Sums>,
}

impl<S: Statistic> Set<S> {
    /// Nothing yet.
    pub fn new(statistic: S) -> Set<S> {
        Set { statistic, all: S::Sums::default(), questions: Vec::new() }
    }
}

impl<S: Statistic> Accumulate for Set<S> {
    fn add(&mut self, samples: &[Scored]) {
        let mut question = S::Sums::default();
        samples.iter().for_each(|sample| question.add(&self.statistic.of(sample)));
        self.all.add(&question);
        self.questions.push(question);
    }

    fn value(&self) -> Option<f64> {
        self.statistic.read(&self.all)
    }

    fn standard_error(&self, clusters: Option<&[usize]>) -> Option<f64> {
        self.value()?;
        let without = match clusters {
            None => self.statistic.without(&self.all, &self.questions),
            Some(clusters) if clusters.len() == self.questions.len() => {
                let mut together: Vec<S::Sums> = Vec::new();
                for (cluster, question) in clusters.iter().zip(&self.questions) {
                    together.resize_with(together.len().max(cluster + 1), S::Sums::default);
                    together[*cluster].add(question);
                }
                self.statistic.without(&self.all, &together)
            }
            Some(_) => None,
        };
        jackknife_standard_error(&without?)
    }
}
