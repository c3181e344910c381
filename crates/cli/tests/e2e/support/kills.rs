//! A run that is killed again and again, and then ends.

use super::Ran;
use super::server::Server;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How a run is killed.
pub struct Kills<'a> {
    /// Whose calls are counted.
    pub server: &'a Server,
    /// How often.
    pub times: u32,
    /// After how many calls at most, beside those of a moment.
    pub most_calls: u64,
}

impl Kills<'_> {
    /// Kills `run`, each fourth time at a random moment from its start, which may be before its first call, else a
    /// moment after some calls. After each kill `look` sees what it left. In the end the run goes on undisturbed.
    pub fn carry_out(&self, run: impl Fn() -> Command, mut look: impl FnMut()) {
        let mut random = Numbers(12_345);
        for kill in 0..self.times {
            let calls = self.server.calls() + 1 + random.below(self.most_calls);
            let mut child =
                run().stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
            let moment = match kill % 4 {
                0 => 5 + random.below(120),
                _ => {
                    wait_while(&mut child, || self.server.calls() < calls);
                    random.below(20)
                }
            };
            let until = Instant::now() + Duration::from_millis(moment);
            wait_while(&mut child, || Instant::now() < until);
            let ended = status(&mut child);
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
            look();
            if let Some(status) = ended {
                // Only where the test gets so little of the machine that many calls are made between two of its looks.
                let is_late = status.success() && kill > self.times / 4;
                assert!(is_late, "it ended by itself after {kill} kills: {status}");
                return;
            }
        }
        self.server.delay(Duration::ZERO);
        Ran::from(run().output().expect("the binary starts")).expect(0);
    }
}

/// Numbers that look random, the same ones each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % end
    }
}

/// How the process has ended, if it has.
fn status(child: &mut Child) -> Option<ExitStatus> {
    child.try_wait().expect("it can be looked at")
}

/// Waits while this holds, or until the process has ended.
fn wait_while(child: &mut Child, holds: impl Fn() -> bool) {
    while holds() && status(child).is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
}
