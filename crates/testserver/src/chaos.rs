//! A server in a bad week: every kind of fault, mixed, the same ones for the same seed.

use crate::fault::Fault;

/// Which share of calls meets which fault, in thousandths.
const SHARES: [(u32, fn() -> Fault); 12] = [
    (50, || Fault::status(500)),
    (50, || Fault::busy("0.05")),
    // Resets: before the status line, and before the first byte of the body.
    (10, || Fault::Reset),
    (10, || Fault::Cut(0)),
    // Truncated: the connection breaks, and the body ends as if it were whole.
    (10, || Fault::Cut(60)),
    (10, || Fault::Unfinished),
    (10, malformed_events),
    (10, || Fault::Silence),
    (10, || Fault::json(OVERLOADED)),
    (10, || Fault::ErrorInside(OVERLOADED)),
    // Empty answers: a body of no bytes, and a reply in good order in which nothing is said.
    (10, || Fault::json("")),
    (10, || Fault::EmptyReply),
];

const OVERLOADED: &str = r#"{"error": {"message": "upstream is overloaded", "code": 503}}"#;

fn malformed_events() -> Fault {
    Fault::events(vec![b"data: {\"choices\": [{\"delta\": {\"con\n\ndata: oops\n\n".to_vec()])
}

/// Draws faults.
#[derive(Debug)]
pub struct Chaos {
    state: u64,
    /// Whether some calls are never answered.
    stalls: bool,
    /// Faults so far.
    pub faults: u64,
}

impl Chaos {
    pub fn new(seed: u64) -> Chaos {
        Chaos { state: seed, stalls: true, faults: 0 }
    }

    /// Every kind of fault but calls that are never answered.
    pub fn without_stalls(seed: u64) -> Chaos {
        Chaos { stalls: false, ..Chaos::new(seed) }
    }

    /// What the next call meets.
    pub fn draw(&mut self) -> Option<Fault> {
        let mut number = self.next() % 1000;
        for (share, fault) in SHARES {
            if number < u64::from(share) {
                let fault = Some(fault()).filter(|fault| self.stalls || !matches!(fault, Fault::Silence));
                self.faults += u64::from(fault.is_some());
                return fault;
            }
            number -= u64::from(share);
        }
        None
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_a_fifth_of_all_calls_fails() {
        let mut chaos = Chaos::new(1);
        let faults = (0..10_000).filter(|_| chaos.draw().is_some()).count();
        assert!((1_800..2_200).contains(&faults), "{faults}");
        assert_eq!(chaos.faults, faults as u64);
        let mut chaos = Chaos::without_stalls(1);
        let met: Vec<Fault> = (0..10_000).filter_map(|_| chaos.draw()).collect();
        assert!(!met.iter().any(|fault| matches!(fault, Fault::Silence)));
        assert!(met.len() < faults && chaos.faults == met.len() as u64);
    }
}
