//! Adds up the calls in a journal: how they ended, what they took.

use crate::measures::{ModelUsage, Usage};
use crate::meter::Meter;
use evalscope_core::{Isolation, Price, Prices};
use evalscope_runs::{Brought, Error, Taken};
use indexmap::IndexMap;

/// Calls so far.
#[derive(Debug, Default)]
pub struct Calls {
    /// What they took.
    pub meter: Meter,
    /// What calls to judges took, by judge.
    pub judges: IndexMap<String, Meter>,
    /// Calls that brought a text.
    pub replies: u64,
    /// Of these, cut at the token limit.
    pub cut: u64,
    /// What stood between programs and the host, at its weakest.
    pub isolation: Option<Isolation>,
    /// Samples, repeats counted, all of whose calls so far brought something.
    pub answered: u64,
    /// The last sample seen, and whether a call of it failed.
    last: Option<((u64, u32), bool)>,
}

impl Calls {
    /// Adds a journal's calls.
    pub fn add_all(&mut self, journal: impl Iterator<Item = Result<Taken, Error>>) -> Result<(), Error> {
        self.last = None;
        self.meter.begin_subset();
        self.judges.values_mut().for_each(Meter::begin_subset);
        for call in journal {
            let call = call?;
            self.count_sample(&call);
            if let Brought::Execution(isolation) = call.brought {
                self.isolation = self.isolation.max(Some(isolation));
            }
            if call.judge.is_some() {
                self.judges.entry(call.model.clone()).or_default().add(&call);
                continue;
            }
            // A program costs nothing and is no call to a model.
            if !call.is_program {
                self.meter.add(&call);
                self.count_reply(&call);
            }
        }
        Ok(())
    }

    /// Calls come in the order of samples.
    fn count_sample(&mut self, call: &Taken) {
        let sample = (call.key.index, call.key.repeat);
        let failed = call.brought == Brought::Failure;
        match &mut self.last {
            Some((last, has_failed)) if *last == sample => {
                self.answered -= u64::from(failed && !*has_failed);
                *has_failed |= failed;
            }
            _ => {
                self.answered += u64::from(!failed);
                self.last = Some((sample, failed));
            }
        }
    }

    fn count_reply(&mut self, call: &Taken) {
        let Brought::Reply { is_cut, .. } = call.brought else { return };
        self.replies += 1;
        self.cut += u64::from(is_cut);
    }

    /// What calls to each judge took.
    pub fn of_judges(&self, prices: &Prices) -> Vec<ModelUsage> {
        let of = |(judge, meter): (&String, &Meter)| ModelUsage {
            model: judge.clone(),
            usage: meter.usage(prices.0.get(judge), None),
            probe: None,
        };
        self.judges.iter().map(of).collect()
    }

    /// What the calls took, at this price, for so many right answers.
    pub fn usage(&self, price: Option<&Price>, correct: Option<u64>) -> Usage {
        self.meter.usage(price, correct)
    }
}
