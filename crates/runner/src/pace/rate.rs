//! Calls and tokens per minute, spread evenly, so that no minute begins with a burst.

use std::time::Duration;
use tokio::time::Instant;

/// How fast calls follow each other, to all endpoints of a model together.
pub(super) struct Rate {
    calls_per_minute: Option<f64>,
    tokens_per_minute: Option<f64>,
    /// The next call begins then at the earliest.
    next: Instant,
    /// Mean tokens of a call.
    tokens: f64,
}

impl Rate {
    pub fn new(calls_per_minute: Option<f64>, tokens_per_minute: Option<f64>) -> Rate {
        Rate { calls_per_minute, tokens_per_minute, next: Instant::now(), tokens: 0.0 }
    }

    /// When the next call may begin, which is then taken.
    pub fn reserve(&mut self) -> Instant {
        let at = self.next.max(Instant::now());
        let for_calls = self.calls_per_minute.map_or(0.0, |limit| 60.0 / limit);
        let for_tokens = self.tokens_per_minute.map_or(0.0, |limit| self.tokens * 60.0 / limit);
        self.delay(for_calls.max(for_tokens));
        at
    }

    /// A call used so many tokens: the next one waits for what was not foreseen.
    pub fn spent(&mut self, tokens: u64) {
        let unforeseen = tokens as f64 - self.tokens;
        self.tokens += unforeseen / 16.0;
        if let Some(limit) = self.tokens_per_minute {
            self.delay(unforeseen * 60.0 / limit);
        }
    }

    fn delay(&mut self, seconds: f64) {
        let now = self.next.max(Instant::now());
        self.next = match Duration::try_from_secs_f64(seconds.abs()) {
            Ok(time) if seconds >= 0.0 => now + time,
            Ok(time) => now.checked_sub(time).unwrap_or(now),
            Err(_) => now,
        };
    }
}
