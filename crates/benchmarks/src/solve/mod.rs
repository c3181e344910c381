//! The pure logic of a sample's life, one file for each way of asking.

mod audit;
mod choice;
mod departed;
mod generate;
mod judged;
mod lettered;
mod program;
mod reasoning;

use crate::error::Error;
use crate::protocol::Protocol;
use evalscope_core::{Outcome, Sample, Score, Step};

impl Protocol {
    /// What the sample needs next, or its score. Pure.
    pub fn step(&self, sample: &Sample, seen: &[Outcome]) -> Result<Step<Score>, Error> {
        if let Some(departure) = self.departure {
            return departed::step(self, departure, sample, seen);
        }
        if let Some(judging) = &self.judging {
            return judged::step(self, judging, sample, seen);
        }
        match (self.loglikelihood(), self.execute()) {
            (Some(section), _) => choice::step(self, section, sample, seen),
            (None, Some(section)) => program::step(self, section, sample, seen),
            (None, None) => generate::step(self, sample, seen),
        }
    }
}
