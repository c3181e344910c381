//! How many calls an endpoint gets at a time, and how fast one after the other.
//!
//! The window of calls in flight grows while more calls bring more answers, and halves when the endpoint says that
//! it is too much (429, 503) or drops connections; what it asks us to wait holds for all calls. Calls and tokens
//! per minute are spread evenly, so that no minute begins with a burst.

use async_trait::async_trait;
use evalscope_core::{CallFailure, FailureKind};
use evalscope_model_api::{Pace, Turn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The longest pause that is taken from a server's word; a longer one fails the call instead, in the client.
const MAX_PAUSE: Duration = Duration::from_secs(600);
/// The window grows when a round brought so many times the answers per second of the best one before.
const WORTH_GROWING: f64 = 1.05;
/// Rounds without gain after which one more call in flight is tried all the same: the endpoint may have changed.
const ROUNDS_TO_RETRY: u32 = 8;

/// What the user allows an endpoint to be asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PaceLimits {
    /// Calls in flight at the beginning.
    pub initial: usize,
    /// Calls in flight at most.
    pub most: usize,
    /// Calls per minute.
    pub calls_per_minute: Option<f64>,
    /// Tokens per minute, of prompts and replies.
    pub tokens_per_minute: Option<f64>,
}

/// The pace of one endpoint.
pub struct Pacer {
    limits: PaceLimits,
    state: Mutex<State>,
    freed: Notify,
}

struct State {
    window: f64,
    in_flight: usize,
    /// The next call begins then at the earliest.
    next: Instant,
    /// The server wants none before.
    paused_until: Instant,
    /// Calls that began before it say nothing about the window of now.
    cut_at: Instant,
    /// Mean tokens of a call.
    tokens: f64,
    round: Round,
}

/// Answers since the window was last looked at.
struct Round {
    began: Instant,
    answers: f64,
    best_rate: f64,
    without_gain: u32,
}

impl Pacer {
    /// A pace within these limits.
    pub fn new(limits: PaceLimits) -> Arc<Pacer> {
        let now = Instant::now();
        let round = Round { began: now, answers: 0.0, best_rate: 0.0, without_gain: 0 };
        let window = limits.initial.clamp(1, limits.most.max(1)) as f64;
        let state =
            State { window, in_flight: 0, next: now, paused_until: now, cut_at: now, tokens: 0.0, round };
        Arc::new(Pacer { limits, state: Mutex::new(state), freed: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls in flight that are allowed now.
    pub fn window(&self) -> usize {
        self.state().window as usize
    }

    /// A call used so many tokens: the next one waits for what was not foreseen.
    pub fn spent(&self, tokens: u64) {
        let mut state = self.state();
        let unforeseen = tokens as f64 - state.tokens;
        state.tokens += unforeseen / 16.0;
        if let Some(limit) = self.limits.tokens_per_minute {
            state.delay(unforeseen * 60.0 / limit);
        }
    }

    /// Takes a place in the window, when there is one.
    fn enter(&self) -> bool {
        let mut state = self.state();
        let is_free = state.in_flight < state.window as usize;
        state.in_flight += usize::from(is_free);
        is_free
    }

    /// When the next call may begin.
    fn reserve(&self) -> Instant {
        let mut state = self.state();
        let at = state.next.max(Instant::now());
        let for_calls = self.limits.calls_per_minute.map_or(0.0, |limit| 60.0 / limit);
        let for_tokens = self.limits.tokens_per_minute.map_or(0.0, |limit| state.tokens * 60.0 / limit);
        state.delay(for_calls.max(for_tokens));
        at
    }

    /// Until when the server wants no calls, if it still does.
    fn pause(&self) -> Option<Instant> {
        Some(self.state().paused_until).filter(|until| *until > Instant::now())
    }

    fn ended(&self, began: Instant, result: Result<(), &CallFailure>) {
        let mut state = self.state();
        match result {
            Ok(()) => state.answered(self.limits.most),
            Err(failure) if is_too_much(failure) => state.refused(began, failure),
            Err(_) => {}
        }
    }

    fn leave(&self) {
        let mut state = self.state();
        state.in_flight -= 1;
        let free = (state.window as usize).saturating_sub(state.in_flight);
        drop(state);
        // A window that grew has room for more than the one who leaves.
        for _ in 0..free.min(2) {
            self.freed.notify_one();
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

impl State {
    fn delay(&mut self, seconds: f64) {
        let now = self.next.max(Instant::now());
        self.next = match Duration::try_from_secs_f64(seconds.abs()) {
            Ok(time) if seconds >= 0.0 => now + time,
            Ok(time) => now.checked_sub(time).unwrap_or(now),
            Err(_) => now,
        };
    }

    fn answered(&mut self, most: usize) {
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
        self.window = self.window.min(most.max(1) as f64);
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
}

#[async_trait]
impl Pace for Pacer {
    async fn turn(self: Arc<Self>) -> Box<dyn Turn> {
        while !self.enter() {
            let freed = self.freed.notified();
            // Somebody may have left between the look and the wait.
            if self.enter() {
                break;
            }
            freed.await;
        }
        let mut place = Place { pacer: self, began: Instant::now() };
        sleep_until(place.pacer.reserve()).await;
        // What the server asks for while we wait counts too.
        while let Some(until) = place.pacer.pause() {
            sleep_until(until).await;
        }
        place.began = Instant::now();
        Box::new(place)
    }
}

/// A place among the calls in flight.
struct Place {
    pacer: Arc<Pacer>,
    began: Instant,
}

impl Turn for Place {
    fn ended(self: Box<Self>, result: Result<(), &CallFailure>) {
        self.pacer.ended(self.began, result);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pacer.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(most: usize) -> PaceLimits {
        PaceLimits { initial: most, most, calls_per_minute: None, tokens_per_minute: None }
    }

    fn busy(retry_after_s: Option<f64>) -> CallFailure {
        CallFailure { retry_after_s, ..CallFailure::new(FailureKind::RateLimited, "slow down") }
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_calls_than_the_window_are_in_flight() {
        let pacer = Pacer::new(limits(2));
        let first = pacer.clone().turn().await;
        let second = pacer.clone().turn().await;
        let third = tokio::spawn(pacer.clone().turn());
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!third.is_finished());
        drop(first);
        third.await.unwrap().ended(Ok(()));
        second.ended(Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_of_one_moment_halve_the_window_once() {
        let pacer = Pacer::new(limits(8));
        let mut turns = Vec::new();
        for _ in 0..8 {
            turns.push(pacer.clone().turn().await);
        }
        tokio::time::advance(Duration::from_millis(10)).await;
        turns.into_iter().for_each(|turn| turn.ended(Err(&busy(None))));
        assert_eq!(pacer.window(), 4);
        for _ in 0..10 {
            tokio::time::advance(Duration::from_millis(10)).await;
            pacer.clone().turn().await.ended(Err(&busy(None)));
        }
        assert_eq!(pacer.window(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_window_grows_while_it_brings_answers() {
        let pacer = Pacer::new(PaceLimits { initial: 2, most: 16, ..limits(2) });
        for _ in 0..40 {
            let turns: Vec<_> =
                futures::future::join_all((0..pacer.window()).map(|_| pacer.clone().turn())).await;
            tokio::time::advance(Duration::from_millis(100)).await;
            turns.into_iter().for_each(|turn| turn.ended(Ok(())));
        }
        assert_eq!(pacer.window(), 16);
    }

    #[tokio::test(start_paused = true)]
    async fn a_servers_word_holds_for_all() {
        let pacer = Pacer::new(limits(4));
        let begun = Instant::now();
        let waiting = pacer.clone().turn().await;
        pacer.clone().turn().await.ended(Err(&busy(Some(3.0))));
        pacer.clone().turn().await.ended(Ok(()));
        assert!(begun.elapsed() >= Duration::from_secs(3));
        waiting.ended(Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn calls_and_tokens_are_spread_over_the_minute() {
        let by_calls = Pacer::new(PaceLimits { calls_per_minute: Some(60.0), ..limits(100) });
        let begun = Instant::now();
        for _ in 0..11 {
            by_calls.clone().turn().await.ended(Ok(()));
        }
        assert_eq!(begun.elapsed().as_secs(), 10);
        let by_tokens = Pacer::new(PaceLimits { tokens_per_minute: Some(6_000.0), ..limits(100) });
        let begun = Instant::now();
        for _ in 0..11 {
            by_tokens.clone().turn().await.ended(Ok(()));
            by_tokens.spent(100);
        }
        assert!((9..=11).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    }
}
