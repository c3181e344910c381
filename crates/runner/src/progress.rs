//! How far a run is, kept from its events.

use evalscope_core::event::Spent;
use evalscope_core::{Event, Money, Usage};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The rate is taken over this long.
const RATE_WINDOW: Duration = Duration::from_secs(30);

/// How far a run is.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Benchmarks in plan order, all models together.
    pub benchmarks: Vec<BenchmarkProgress>,
    /// Tokens of all calls that the run has made, those of earlier sessions included, as servers count them.
    pub tokens: Usage,
    /// Tokens of judges' calls, likewise; they are not in `tokens`.
    pub judge_tokens: Usage,
    /// What all of them cost, by currency; empty without prices.
    pub costs: Vec<Money>,
    started: Instant,
    recent: VecDeque<Instant>,
}

/// How far one benchmark is.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct BenchmarkProgress {
    /// Name with protocol.
    pub name: String,
    /// Samples planned.
    pub total: u64,
    /// Samples scored.
    pub scored: u64,
    /// Of those, scored from an earlier run's journal.
    pub resumed: u64,
    /// Samples whose call failed.
    pub failed: u64,
    /// Sum of the main metric.
    pub main_sum: f64,
    /// Samples that an earlier session has a reply to, which are only scored anew.
    #[serde(skip)]
    pub recorded: u64,
}

impl BenchmarkProgress {
    /// Samples that are through.
    pub fn done(&self) -> u64 {
        self.scored + self.failed
    }

    /// Samples that are through, or soon will be, because an earlier session asked them.
    pub fn reached(&self) -> u64 {
        self.done().max(self.recorded.min(self.total))
    }
}

impl Progress {
    /// Nothing yet.
    pub fn new(now: Instant) -> Self {
        Progress {
            benchmarks: Vec::new(),
            tokens: Usage::default(),
            judge_tokens: Usage::default(),
            costs: Vec::new(),
            started: now,
            recent: VecDeque::new(),
        }
    }

    /// Takes an event into account.
    pub fn observe(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Started { totals } => {
                self.started = now;
                for total in totals {
                    let benchmark = self.benchmark(&total.benchmark);
                    benchmark.total += total.samples;
                    benchmark.recorded += total.recorded;
                }
            }
            Event::SampleScored { key, resumed, main_value, .. } => {
                let benchmark = self.benchmark(&key.benchmark);
                benchmark.scored += 1;
                benchmark.main_sum += main_value.unwrap_or(0.0);
                benchmark.resumed += u64::from(*resumed);
                if !resumed {
                    self.tick(now);
                }
            }
            Event::SampleFailed { key, .. } => {
                self.benchmark(&key.benchmark).failed += 1;
                self.tick(now);
            }
            Event::CallDone { spent: Some(spent), judge, .. } | Event::SpentBefore { spent, judge } => {
                self.spend(spent, judge.is_some());
            }
            Event::CallDone { .. } | Event::Notice { .. } | Event::Finished { .. } => {}
        }
    }

    fn spend(&mut self, spent: &Spent, is_judge: bool) {
        (if is_judge { &mut self.judge_tokens } else { &mut self.tokens }).add(&spent.tokens);
        let Some(cost) = &spent.cost else { return };
        match self.costs.iter_mut().find(|known| known.currency == cost.currency) {
            Some(known) => known.amount = known.amount.plus(cost.amount),
            None => self.costs.push(cost.clone()),
        }
    }

    fn benchmark(&mut self, name: &str) -> &mut BenchmarkProgress {
        let position = self.benchmarks.iter().position(|benchmark| benchmark.name == name);
        let position = position.unwrap_or_else(|| {
            self.benchmarks.push(BenchmarkProgress { name: name.to_owned(), ..Default::default() });
            self.benchmarks.len() - 1
        });
        &mut self.benchmarks[position]
    }

    fn tick(&mut self, now: Instant) {
        self.recent.push_back(now);
        while self.recent.front().is_some_and(|first| now.duration_since(*first) > RATE_WINDOW) {
            self.recent.pop_front();
        }
    }

    /// Samples planned, scored, and failed, over all benchmarks.
    pub fn totals(&self) -> (u64, u64, u64) {
        self.benchmarks.iter().fold((0, 0, 0), |(total, scored, failed), benchmark| {
            (total + benchmark.total, scored + benchmark.scored, failed + benchmark.failed)
        })
    }

    /// Samples through per second, over the last half minute; `None` before the first.
    pub fn rate(&self, now: Instant) -> Option<f64> {
        let first = self.recent.front()?;
        let from = if now.duration_since(self.started) < RATE_WINDOW { self.started } else { *first };
        let seconds = now.duration_since(from).as_secs_f64();
        (seconds > 0.0).then(|| self.recent.len() as f64 / seconds)
    }

    /// Time left at the present rate; `None` when it is not known.
    pub fn time_left(&self, now: Instant) -> Option<Duration> {
        let (total, scored, failed) = self.totals();
        let left = total.saturating_sub(scored + failed);
        let seconds = left as f64 / self.rate(now)?;
        seconds.is_finite().then(|| Duration::from_secs_f64(seconds))
    }

    /// Time since the start.
    pub fn elapsed(&self, now: Instant) -> Duration {
        now.duration_since(self.started)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::SampleKey;
    use evalscope_core::event::Total;

    fn scored(index: u64, resumed: bool) -> Event {
        let key = SampleKey { benchmark: "b".into(), subset: "s".into(), index, repeat: 0 };
        Event::SampleScored { model: 0, key, resumed, main_value: Some(1.0) }
    }

    #[test]
    fn tokens_of_judges_are_kept_apart_and_their_cost_is_not() {
        let start = Instant::now();
        let mut progress = Progress::new(start);
        let cost =
            || evalscope_core::Amount::parse("0.5").map(|amount| Money { amount, currency: "USD".into() });
        let spent = |tokens| Spent { tokens: Usage::new(tokens, 0), cost: cost() };
        progress.observe(&Event::SpentBefore { judge: None, spent: spent(1) }, start);
        progress.observe(&Event::SpentBefore { judge: Some(0), spent: spent(10) }, start);
        assert_eq!((progress.tokens.input_tokens, progress.judge_tokens.input_tokens), (1, 10));
        assert_eq!(progress.costs[0].amount.to_string(), "1");
    }

    #[test]
    fn time_left_counts_only_what_was_asked_now() {
        let start = Instant::now();
        let mut progress = Progress::new(start);
        let totals = vec![Total { model: 0, benchmark: "b".into(), samples: 100, recorded: 50 }];
        progress.observe(&Event::Started { totals }, start);
        assert_eq!((progress.benchmarks[0].done(), progress.benchmarks[0].reached()), (0, 50));
        for index in 0..50 {
            progress.observe(&scored(index, true), start);
        }
        assert_eq!(progress.time_left(start + Duration::from_secs(1)), None);
        for index in 50..60 {
            progress.observe(&scored(index, false), start + Duration::from_secs(1));
        }
        let left = progress.time_left(start + Duration::from_secs(2)).unwrap();
        assert_eq!(left, Duration::from_secs(8));
        assert_eq!((progress.totals(), progress.benchmarks[0].reached()), ((100, 60, 0), 60));
    }
}
