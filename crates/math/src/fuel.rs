//! A budget of work, so that hostile input comes to an end after the same steps on every machine.

use std::cell::Cell;

/// What a comparison may spend. A unit is about a tenth of a microsecond; the hardest answers of MATH spend a
/// twentieth of it, and 5 ms are not reached.
const BUDGET: u32 = 20_000;

/// The work that may still be done.
#[derive(Debug)]
pub(crate) struct Fuel(Cell<u32>);

impl Fuel {
    pub(crate) fn full() -> Fuel {
        Fuel(Cell::new(BUDGET))
    }

    /// Takes so much, or nothing when less is left.
    pub(crate) fn spend(&self, units: u32) -> Option<()> {
        match self.0.get().checked_sub(units) {
            Some(left) => {
                self.0.set(left);
                Some(())
            }
            None => {
                self.0.set(0);
                None
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.get() == 0
    }
}
