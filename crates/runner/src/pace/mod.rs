//! How many calls each endpoint of a model gets at a time, and how fast one after the other.
//!
//! The window of calls in flight to an endpoint grows while more calls bring more answers, and halves when the endpoint
//! says that it is too much (429, 503) or drops connections; what it asks us to wait holds for all calls to it. Where
//! a model has several endpoints, each call goes to the one that is least loaded for its weight, and one that keeps
//! failing is left alone for a while. A reply in which nothing was said is no failure: the model may have nothing to say.
//! It becomes one when another endpoint, which is then asked, has an answer. Calls and tokens per minute count for all of them together.

mod lane;
mod rate;

use async_trait::async_trait;
use evalscope_core::CallFailure;
use evalscope_model_api::{Pace, Turn};
use lane::Lane;
use rate::Rate;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// How long a call that was answered with silence waits for another endpoint than the silent one. Others that wait go
/// first, and the other endpoint may be full for long.
const WAIT_FOR_ANOTHER: Duration = Duration::from_secs(10);

/// What the user allows a model's endpoints to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct PaceLimits {
    /// Calls in flight at the beginning, to all endpoints together.
    pub initial: usize,
    /// Calls in flight at most, to all endpoints together and to each of them.
    pub most: usize,
    /// Calls per minute.
    pub calls_per_minute: Option<f64>,
    /// Tokens per minute, of prompts and replies.
    pub tokens_per_minute: Option<f64>,
    /// How the calls are divided among the endpoints; one number each.
    pub weights: Vec<f64>,
}

/// The pace at which a model is asked.
pub struct Pacer {
    most: usize,
    state: Mutex<State>,
    freed: Notify,
    /// Wakes those who do not take just any place, all of them: one woken alone may not take what another waits for.
    changed: Notify,
}

struct State {
    lanes: Vec<Lane>,
    rate: Rate,
}

/// Where the next call goes.
enum Choice {
    /// To this endpoint, in which a place has been taken.
    Lane(usize),
    /// Nowhere before a place is free, or this moment has come.
    Wait(Option<Instant>),
}

impl Pacer {
    /// A pace within these limits.
    pub fn new(limits: PaceLimits) -> Arc<Pacer> {
        let all: f64 = limits.weights.iter().sum();
        let lane = |weight: &f64| {
            let share = (limits.initial as f64 * weight / all).ceil();
            Lane::new(*weight, share as usize, limits.most)
        };
        let state = State {
            lanes: limits.weights.iter().map(lane).collect(),
            rate: Rate::new(limits.calls_per_minute, limits.tokens_per_minute),
        };
        Arc::new(Pacer {
            most: limits.most.max(1),
            state: Mutex::new(state),
            freed: Notify::new(),
            changed: Notify::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls in flight that are allowed now.
    pub fn window(&self) -> usize {
        let windows: usize = self.state().lanes.iter().map(Lane::window).sum();
        windows.min(self.most)
    }

    /// A call used so many tokens.
    pub fn spent(&self, tokens: u64) {
        self.state().rate.spent(tokens);
    }

    fn choose(&self, silent: &[usize]) -> Choice {
        self.state().choose(self.most, silent)
    }

    /// Waits for a place at an endpoint, and takes it.
    async fn lane(&self, silent: &[usize]) -> usize {
        let woken = if silent.is_empty() { &self.freed } else { &self.changed };
        loop {
            let mut freed = pin!(woken.notified());
            // Registered before the look: who leaves between the look and the wait wakes us all the same.
            freed.as_mut().enable();
            match self.choose(silent) {
                Choice::Lane(lane) => return lane,
                Choice::Wait(None) => freed.await,
                Choice::Wait(Some(until)) => {
                    let _ = tokio::time::timeout_at(until, freed).await;
                }
            }
        }
    }

    /// Until when the server wants no calls, if it still does.
    fn pause(&self, lane: usize) -> Option<Instant> {
        Some(self.state().lanes[lane].paused_until).filter(|until| *until > Instant::now())
    }

    fn leave(&self, lane: usize) {
        let mut state = self.state();
        let lane = &mut state.lanes[lane];
        lane.in_flight -= 1;
        let free = lane.window().saturating_sub(lane.in_flight);
        drop(state);
        // A window that grew has room for more than the one who leaves.
        for _ in 0..free.clamp(1, 2) {
            self.freed.notify_one();
        }
        self.changed.notify_waiters();
    }
}

impl State {
    /// Takes a place at the endpoint that is least loaded, among those that are well and want calls, if there are any, and
    /// that were not silent.
    fn choose(&mut self, most: usize, silent: &[usize]) -> Choice {
        let now = Instant::now();
        if self.lanes.iter().map(|lane| lane.in_flight).sum::<usize>() >= most {
            return Choice::Wait(None);
        }
        // Who is ill is spared only while another is well; else every call would wait for a trial.
        let one_is_well = self.lanes.iter().any(|lane| !lane.is_ill());
        let is_spared = |lane: &Lane| one_is_well && lane.is_ill();
        let all_are_paused = self.lanes.iter().all(|lane| lane.paused_until > now);
        let is_open = |lane: &Lane| {
            (!is_spared(lane) || lane.rests_until <= now) && (all_are_paused || lane.paused_until <= now)
        };
        let was_silent = |index: usize| silent.contains(&index);
        let mut others = self.lanes.iter().enumerate().filter(|(index, _)| !was_silent(*index));
        let another_is_well = others.any(|(_, lane)| !lane.is_ill() && lane.paused_until <= now);
        let has_room = |lane: &Lane| lane.in_flight < if is_spared(lane) { 1 } else { lane.window() };
        let is_meant = |index: usize| !(another_is_well && was_silent(index));
        let lanes = self.lanes.iter().enumerate();
        let lanes = lanes.filter(|(index, lane)| is_meant(*index) && is_open(lane) && has_room(lane));
        let least = lanes.min_by(|(_, a), (_, b)| a.load().total_cmp(&b.load()));
        if let Some(index) = least.map(|(index, _)| index) {
            self.lanes[index].in_flight += 1;
            return Choice::Lane(index);
        }
        let opens = self.lanes.iter().filter(|lane| !is_open(lane));
        Choice::Wait(opens.map(|lane| lane.rests_until.max(lane.paused_until)).min())
    }
}

#[async_trait]
impl Pace for Pacer {
    async fn turn_besides(self: Arc<Self>, silent: &[usize]) -> Box<dyn Turn> {
        let lane = match silent {
            [] => self.lane(silent).await,
            _ => match tokio::time::timeout(WAIT_FOR_ANOTHER, self.lane(silent)).await {
                Ok(lane) => lane,
                Err(_) => self.lane(&[]).await,
            },
        };
        let mut place = Place { pacer: self, lane, began: Instant::now() };
        let at = place.pacer.state().rate.reserve();
        sleep_until(at).await;
        // What the server asks for while we wait counts too.
        while let Some(until) = place.pacer.pause(lane) {
            sleep_until(until).await;
        }
        place.began = Instant::now();
        Box::new(place)
    }

    fn was_silent(&self, endpoint: usize, began: std::time::Instant) {
        if let Some(lane) = self.state().lanes.get_mut(endpoint) {
            lane.failed(Instant::from_std(began));
        }
    }
}

/// A place among the calls in flight to one endpoint.
struct Place {
    pacer: Arc<Pacer>,
    lane: usize,
    began: Instant,
}

impl Turn for Place {
    fn endpoint(&self) -> usize {
        self.lane
    }

    fn ended(self: Box<Self>, result: Result<(), &CallFailure>) {
        self.pacer.state().lanes[self.lane].ended(self.began, result);
    }

    fn silent(self: Box<Self>) {
        self.pacer.state().lanes[self.lane].silent(self.began);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pacer.leave(self.lane);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::FailureKind;

    fn limits(most: usize) -> PaceLimits {
        PaceLimits {
            initial: most,
            most,
            calls_per_minute: None,
            tokens_per_minute: None,
            weights: vec![1.0],
        }
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

    fn fleet(most: usize, weights: &[f64]) -> Arc<Pacer> {
        Pacer::new(PaceLimits { weights: weights.to_vec(), ..limits(most) })
    }

    fn down() -> CallFailure {
        CallFailure::new(FailureKind::Network, "connection refused")
    }

    #[tokio::test(start_paused = true)]
    async fn endpoints_get_calls_by_their_weights() {
        let pacer = fleet(8, &[3.0, 1.0]);
        let mut turns = Vec::new();
        for _ in 0..8 {
            turns.push(pacer.clone().turn().await);
        }
        assert_eq!(turns.iter().filter(|turn| turn.endpoint() == 0).count(), 6);
        // And no more than all of them together may have.
        assert!(tokio::time::timeout(Duration::from_secs(1), pacer.clone().turn()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_that_keeps_failing_rests_and_is_tried_again() {
        let pacer = fleet(4, &[1.0, 1.0]);
        let begun = Instant::now();
        let mut asked_of_ill = Vec::new();
        for _ in 0..1000 {
            let turn = pacer.clone().turn().await;
            tokio::time::advance(Duration::from_millis(10)).await;
            let is_down = turn.endpoint() == 0 && begun.elapsed() < Duration::from_secs(5);
            if turn.endpoint() == 0 {
                asked_of_ill.push(begun.elapsed());
            }
            let failure = down();
            turn.ended(if is_down { Err(&failure) } else { Ok(()) });
        }
        let in_vain = asked_of_ill.iter().filter(|at| **at < Duration::from_secs(5)).count();
        assert!((3..=6).contains(&in_vain), "{in_vain} calls to an endpoint that is down");
        assert!(asked_of_ill.len() > in_vain + 10, "it is used again when it is well");
    }

    #[tokio::test(start_paused = true)]
    async fn when_no_endpoint_is_well_all_are_tried_at_once() {
        let pacer = fleet(4, &[1.0, 1.0]);
        let begun = Instant::now();
        for _ in 0..40 {
            pacer.clone().turn().await.ended(Err(&down()));
        }
        assert!(begun.elapsed() < Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_only_endpoint_is_not_spared_when_it_is_ill() {
        let pacer = Pacer::new(limits(4));
        for _ in 0..5 {
            pacer.clone().turn().await.ended(Err(&down()));
        }
        // Longer than it would rest.
        tokio::time::advance(Duration::from_secs(60)).await;
        let mut turns = Vec::new();
        for _ in 0..4 {
            turns.push(tokio::time::timeout(Duration::from_secs(1), pacer.clone().turn()).await.unwrap());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_answered_with_silence_waits_for_another_endpoint_that_is_well() {
        let pacer = fleet(4, &[1.0, 1.0]);
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(pacer.clone().turn().await);
        }
        let place = |held: &[Box<dyn Turn>], lane| held.iter().position(|turn| turn.endpoint() == lane);
        let besides = pacer.clone();
        let waiting = tokio::spawn(async move { besides.turn_besides(&[0]).await.endpoint() });
        tokio::time::sleep(Duration::from_millis(1)).await;
        // A place at the silent one is another call's, which waits too.
        let next = tokio::spawn(pacer.clone().turn());
        tokio::time::sleep(Duration::from_millis(1)).await;
        drop(held.remove(place(&held, 0).unwrap()));
        assert_eq!(next.await.unwrap().endpoint(), 0);
        assert!(!waiting.is_finished());
        held.remove(place(&held, 1).unwrap()).ended(Ok(()));
        assert_eq!(waiting.await.unwrap(), 1);
        // Where no other is well, it is asked again.
        let failure = down();
        for _ in 0..3 {
            pacer.state().lanes[1].ended(Instant::now(), Err(&failure));
        }
        drop(held);
        assert_eq!(pacer.clone().turn_besides(&[0]).await.endpoint(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn silence_that_another_endpoint_breaks_is_illness() {
        let pacer = fleet(4, &[1.0, 1.0]);
        (0..3).for_each(|_| pacer.was_silent(0, Instant::now().into_std()));
        for _ in 0..10 {
            let turn = pacer.clone().turn().await;
            assert_eq!(turn.endpoint(), 1);
            turn.ended(Ok(()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_from_before_the_rest_says_nothing_of_an_endpoint_after_it() {
        let pacer = fleet(4, &[1.0, 1.0]);
        let early = Instant::now().into_std();
        tokio::time::advance(Duration::from_millis(10)).await;
        (0..3).for_each(|_| pacer.was_silent(0, Instant::now().into_std()));
        let rests_until = pacer.state().lanes[0].rests_until;
        (0..9).for_each(|_| pacer.was_silent(0, early));
        assert_eq!(pacer.state().lanes[0].rests_until, rests_until);
        tokio::time::advance(Duration::from_secs(2)).await;
        pacer.state().lanes[0].ended(Instant::now(), Ok(()));
        (0..9).for_each(|_| pacer.was_silent(0, early));
        assert!(!pacer.state().lanes[0].is_ill());
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_that_is_answered_with_silence_has_failed() {
        let pacer = fleet(4, &[1.0, 1.0]);
        (0..3).for_each(|_| pacer.was_silent(0, Instant::now().into_std()));
        tokio::time::advance(Duration::from_millis(1500)).await;
        let trial = pacer.clone().turn().await;
        assert_eq!(trial.endpoint(), 0);
        trial.silent();
        let rest = pacer.state().lanes[0].rests_until - Instant::now();
        assert_eq!(rest, Duration::from_secs(2), "twice as long as the first");
        // Of one that is well it says nothing yet.
        for _ in 0..5 {
            let turn = pacer.clone().turn().await;
            assert_eq!(turn.endpoint(), 1);
            turn.silent();
        }
        assert!(!pacer.state().lanes[1].is_ill());
    }

    #[tokio::test(start_paused = true)]
    async fn another_endpoint_is_not_waited_for_without_end() {
        let pacer = fleet(2, &[1.0, 1.0]);
        let (one, other) = (pacer.clone().turn().await, pacer.clone().turn().await);
        let silent = one.endpoint();
        drop(one);
        // The other one is well and full.
        let begun = Instant::now();
        assert_eq!(pacer.clone().turn_besides(&[silent]).await.endpoint(), silent);
        assert_eq!(begun.elapsed(), WAIT_FOR_ANOTHER);
        drop(other);
    }

    #[tokio::test(start_paused = true)]
    async fn one_endpoints_pause_does_not_hold_up_the_others() {
        let pacer = fleet(4, &[1.0, 1.0]);
        let first = pacer.clone().turn().await;
        let paused = first.endpoint();
        first.ended(Err(&busy(Some(60.0))));
        let begun = Instant::now();
        for _ in 0..20 {
            let turn = pacer.clone().turn().await;
            assert_ne!(turn.endpoint(), paused);
            turn.ended(Ok(()));
        }
        assert!(begun.elapsed() < Duration::from_secs(1));
    }
}
