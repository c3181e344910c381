//! One endpoint of a model: how many calls it bears, and whether it is well.

use evalscope_core::{CallFailure, FailureKind};
use std::time::Duration;
use tokio::time::Instant;

/// The longest pause that is taken from a server's word; a longer one fails the call instead, in the client.
const MAX_PAUSE: Duration = Duration::from_secs(600);
/// The window grows when a round brought so many times the answers per second of the best one before.
const WORTH_GROWING: f64 = 1.05;
/// Rounds without gain after which one more call in flight is tried all the same: the endpoint may have changed.
const ROUNDS_TO_RETRY: u32 = 8;
/// Failures in a row after which an endpoint counts as ill. A few happen to the best.
const FAILURES_OF_THE_ILL: u32 = 3;
/// An ill endpoint is left alone for so long, and twice as long after each failed trial.
const FIRST_REST: Duration = Duration::from_secs(1);
/// The longest rest.
const MAX_REST: Duration = Duration::from_secs(30);

/// One endpoint.
pub(super) struct Lane {
    /// Its share of the calls, against the others'.
    pub weight: f64,
    pub in_flight: usize,
    window: f64,
    most: usize,
    /// The server wants no calls before.
    pub paused_until: Instant,
    /// Calls that began before it say nothing about the window of now.
    cut_at: Instant,
    round: Round,
    failures_in_a_row: u32,
    /// It is ill, and left alone until then; or it was, and has been well since then.
    pub rests_until: Instant,
}

/// Answers since the window was last looked at.
struct Round {
    began: Instant,
    answers: f64,
    best_rate: f64,
    without_gain: u32,
}

impl Lane {
    pub fn new(weight: f64, initial: usize, most: usize) -> Lane {
        let now = Instant::now();
        let most = most.max(1);
        Lane {
            weight,
            in_flight: 0,
            window: initial.clamp(1, most) as f64,
            most,
            paused_until: now,
            cut_at: now,
            round: Round { began: now, answers: 0.0, best_rate: 0.0, without_gain: 0 },
            failures_in_a_row: 0,
            rests_until: now,
        }
    }

    /// Calls in flight that are allowed now.
    pub fn window(&self) -> usize {
        self.window as usize
    }

    /// Whether the last calls failed; one at a time then finds out whether it is well again.
    pub fn is_ill(&self) -> bool {
        self.failures_in_a_row >= FAILURES_OF_THE_ILL
    }

    /// How full it would be with one call more, by its weight.
    pub fn load(&self) -> f64 {
        (self.in_flight + 1) as f64 / self.weight
    }

    /// A call that began then has ended so.
    pub fn ended(&mut self, began: Instant, result: Result<(), &CallFailure>) {
        match result {
            Ok(()) => {
                if self.is_ill() {
                    self.rests_until = Instant::now();
                }
                self.failures_in_a_row = 0;
                self.answered();
            }
            Err(failure) => {
                if is_too_much(failure) {
                    self.refused(began, failure);
                }
                if is_of_the_endpoint(failure) {
                    self.failed(began);
                }
            }
        }
    }

    /// A call that began then was answered with nothing said. A trial of one that is ill has not shown that it is well.
    pub fn silent(&mut self, began: Instant) {
        if self.is_ill() {
            self.failed(began);
        }
    }

    fn answered(&mut self) {
        self.round.answers += 1.0;
        if self.round.answers < self.window {
            return;
        }
        let now = Instant::now();
        let rate = self.round.answers / now.duration_since(self.round.began).as_secs_f64().max(1e-6);
        let round = &mut self.round;
        (round.began, round.answers) = (now, 0.0);
        if rate > WORTH_GROWING * round.best_rate {
            (round.best_rate, round.without_gain) = (rate, 0);
            self.window = (self.window * 1.5).ceil();
        } else if round.without_gain >= ROUNDS_TO_RETRY {
            round.without_gain = 0;
            self.window += 1.0;
        } else {
            round.without_gain += 1;
        }
        self.window = self.window.min(self.most as f64);
    }

    fn refused(&mut self, began: Instant, failure: &CallFailure) {
        let now = Instant::now();
        let asked = failure.retry_after_s.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        if let Some(pause) = asked {
            self.paused_until = self.paused_until.max(now + pause.min(MAX_PAUSE));
        }
        // All calls in flight are refused for the same reason: it counts once.
        if began < self.cut_at {
            return;
        }
        self.cut_at = now;
        self.window = (self.window / 2.0).max(1.0);
        self.round = Round { began: now, answers: 0.0, best_rate: 0.0, without_gain: 0 };
    }

    /// A call that began then was not answered, and another endpoint may well answer it.
    pub fn failed(&mut self, began: Instant) {
        // A call from before the rest, or before it was found well again, says nothing of how the endpoint is after it.
        if began < self.rests_until {
            return;
        }
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        if self.is_ill() {
            let doublings = (self.failures_in_a_row - FAILURES_OF_THE_ILL).min(16);
            self.rests_until = Instant::now() + FIRST_REST.saturating_mul(1 << doublings).min(MAX_REST);
        }
    }
}

/// Whether fewer calls at a time can help.
fn is_too_much(failure: &CallFailure) -> bool {
    match failure.kind {
        FailureKind::RateLimited | FailureKind::Timeout => true,
        FailureKind::Server => matches!(failure.status, Some(503 | 529)),
        _ => false,
    }
}

/// Whether another endpoint of the same model may well answer what this one did not.
fn is_of_the_endpoint(failure: &CallFailure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Network
            | FailureKind::Timeout
            | FailureKind::Server
            | FailureKind::Unauthorized
            | FailureKind::NotFound
    )
}
