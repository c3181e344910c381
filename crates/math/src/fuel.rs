//! A budget of work, so that hostile input comes to an end after the same steps on every machine.

use std::cell::Cell;

/// What a comparison may spend. A unit is about a tenth of a microsecond, so that 5 ms are not reached; hard
/// answers, such as the square of `(x-1)^6` or `16^x` of complex numbers, spend half of it.
const BUDGET: u32 = 24_000;

/// The work that may still be done, and whether a question was left open on the way.
#[derive(Debug)]
pub(crate) struct Fuel {
    left: Cell<u32>,
    has_doubt: Cell<bool>,
}

impl Fuel {
    pub(crate) fn full() -> Fuel {
        Fuel { left: Cell::new(BUDGET), has_doubt: Cell::new(false) }
    }

    /// Takes so much, or nothing when less is left.
    pub(crate) fn spend(&self, units: u32) -> Option<()> {
        match self.left.get().checked_sub(units) {
            Some(left) => {
                self.left.set(left);
                Some(())
            }
            None => {
                self.left.set(0);
                None
            }
        }
    }

    /// Notes that a comparison could not be decided, so that `false` does not mean that its sides differ.
    pub(crate) fn doubt(&self) {
        self.has_doubt.set(true);
    }

    pub(crate) fn has_doubt(&self) -> bool {
        self.has_doubt.get()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left.get() == 0
    }
}
