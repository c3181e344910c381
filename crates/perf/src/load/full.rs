//! Since when a stage is at full load: all slots are in use, and with measured requests only.

use crate::clock::Stamp;
use crate::load::stage::{Phase, Shape};
use std::cell::Cell;

/// How far a stage has come to its full load.
pub struct Full {
    slots: u32,
    /// Slots that have begun; of an open loop, whether a measured request is over.
    begun: Cell<u32>,
    /// Requests in flight that came before the measured ones.
    warming: Cell<u32>,
    /// The phase that sending has come to.
    phase: Cell<Phase>,
    since: Cell<Option<Stamp>>,
    /// When an open loop has come to its rate.
    reached: Cell<Stamp>,
}

impl Full {
    /// Of a stage of which nothing was sent.
    pub fn new(shape: Shape) -> Full {
        let slots = match shape {
            Shape::Closed { parallel, .. } => parallel,
            Shape::Open { .. } | Shape::Replay { .. } => 1,
        };
        let (begun, warming, phase) = (Cell::new(0), Cell::new(0), Cell::new(Phase::WarmUp));
        Full { slots, begun, warming, phase, since: Cell::default(), reached: Cell::default() }
    }

    /// The rate of an open loop is reached then.
    pub fn reaches(&self, at: Stamp) {
        self.reached.set(at);
    }

    /// A slot begins.
    pub fn slot_begins(&self) {
        self.begun.set(self.begun.get() + 1);
    }

    /// A request is about to be sent.
    pub fn sends(&self, phase: Phase, now: impl FnOnce() -> Stamp) {
        self.warming.set(self.warming.get() + u32::from(phase == Phase::WarmUp));
        self.phase.set(self.phase.get().max(phase));
        let is_full = phase == Phase::Measured && self.warming.get() == 0 && self.begun.get() >= self.slots;
        if is_full && self.since.get().is_none() {
            self.since.set(Some(now()));
        }
    }

    /// A request is over.
    pub fn ends(&self, phase: Phase) {
        self.warming.set(self.warming.get() - u32::from(phase == Phase::WarmUp));
    }

    /// A request of an open loop, or a conversation, is over that was due then. When it is a measured one, due at the full
    /// rate, and none of those before them are left, there is as much in flight as the rate comes to.
    pub fn one_is_over(&self, phase: Phase, due: Stamp) {
        if phase == Phase::Measured && due >= self.reached.get() && self.warming.get() == 0 {
            self.begun.set(1);
        }
    }

    /// Since when it is.
    pub fn since(&self) -> Option<Stamp> {
        self.since.get()
    }

    /// The phase that sending has come to.
    pub fn phase(&self) -> Phase {
        self.phase.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::schedule::{Process, Rate};
    use crate::load::stage::Start;

    #[test]
    fn a_closed_loop_is_full_when_its_last_slot_sends_a_measured_request() {
        let full = Full::new(Shape::Closed { parallel: 2, start: Start::Apart });
        let sends = |phase, at| full.sends(phase, || Stamp(at));
        full.slot_begins();
        sends(Phase::WarmUp, 1);
        full.slot_begins();
        sends(Phase::WarmUp, 2);
        full.ends(Phase::WarmUp);
        // The other slot still waits for an answer that is not measured.
        sends(Phase::Measured, 3);
        assert_eq!(full.since(), None);
        full.ends(Phase::WarmUp);
        sends(Phase::Measured, 4);
        full.ends(Phase::Measured);
        sends(Phase::Measured, 5);
        assert_eq!(full.since(), Some(Stamp(4)));
    }

    #[test]
    fn an_open_loop_is_full_when_a_measured_request_is_over() {
        let shape = Shape::Open { rate: Rate::constant(1.0), process: Process::Poisson, cap: None };
        let full = Full::new(shape);
        full.reaches(Stamp(2));
        let over = |due| {
            full.ends(Phase::Measured);
            full.one_is_over(Phase::Measured, Stamp(due));
        };
        full.sends(Phase::Measured, || Stamp(1));
        // That was due in the ramp.
        over(1);
        full.sends(Phase::Measured, || Stamp(2));
        assert_eq!(full.since(), None);
        over(2);
        full.sends(Phase::Measured, || Stamp(3));
        full.sends(Phase::CoolDown, || Stamp(4));
        assert_eq!((full.since(), full.phase()), (Some(Stamp(3)), Phase::CoolDown));
    }
}
