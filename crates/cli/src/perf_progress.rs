//! Shows how a load test goes: a block on a terminal that is redrawn, plain lines elsewhere.

use crate::output::{note, printable, thousands};
use evalscope::perf::{Snapshot, number};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::RefCell;
use std::io::IsTerminal;

/// Without a terminal a line each so many seconds.
const LINE_EVERY: u64 = 5;
/// Seconds of the past that are drawn.
const PAST: usize = 60;
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Shows stages as they go.
pub struct Live {
    bar: Option<ProgressBar>,
    past: RefCell<Vec<f64>>,
}

impl Live {
    /// For this process's standard error.
    pub fn new() -> Live {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            // A template of nothing but the message cannot be wrong.
            bar.set_style(
                ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        Live { bar, past: RefCell::default() }
    }

    /// A second has passed.
    pub fn show(&self, snapshot: &Snapshot) {
        self.past.borrow_mut().push(snapshot.tokens_per_s.max(snapshot.requests_per_s));
        match &self.bar {
            Some(bar) => bar.set_message(block(snapshot, &self.past.borrow())),
            None if (snapshot.seconds as u64).is_multiple_of(LINE_EVERY) => note(&line(snapshot)),
            None => {}
        }
    }

    /// A stage begins.
    pub fn begin(&self, text: &str) {
        self.past.borrow_mut().clear();
        self.say(|| note(text));
    }

    /// Prints above the block.
    pub fn say(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Nothing more comes.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn of(snapshot: &Snapshot) -> String {
    snapshot.planned.map(|planned| format!(" of {}", thousands(planned))).unwrap_or_default()
}

/// A plain line.
fn line(snapshot: &Snapshot) -> String {
    let failed =
        if snapshot.failed > 0 { format!(", {} failed", thousands(snapshot.failed)) } else { String::new() };
    let ttft = snapshot.ttft_p50_ms.map(|ttft| format!(", TTFT p50 {ttft:.1} ms")).unwrap_or_default();
    format!(
        "  {:.0} s: {}{} requests{failed}, {} in flight, {:.1} requests/s, {:.0} tokens/s{ttft}",
        snapshot.seconds,
        thousands(snapshot.finished),
        of(snapshot),
        thousands(snapshot.in_flight),
        snapshot.requests_per_s,
        snapshot.tokens_per_s,
    )
}

/// The block of a terminal.
fn block(snapshot: &Snapshot, past: &[f64]) -> String {
    let time = |time: Option<f64>| time.map_or_else(|| "–".to_owned(), number);
    let lines = [
        format!(
            "  {:>6.0} s   {}{} requests   {} failed   {} in flight",
            snapshot.seconds,
            thousands(snapshot.finished),
            of(snapshot),
            thousands(snapshot.failed),
            thousands(snapshot.in_flight)
        ),
        format!(
            "  {:>8} requests/s   {:>10} tokens/s   {}",
            number(snapshot.requests_per_s),
            number(snapshot.tokens_per_s),
            drawn(past)
        ),
        format!(
            "  TTFT p50 {} ms, p99 {} ms   TPOT p50 {} ms   E2E p50 {} ms",
            time(snapshot.ttft_p50_ms),
            time(snapshot.ttft_p99_ms),
            time(snapshot.tpot_p50_ms),
            time(snapshot.e2e_p50_ms)
        ),
    ];
    printable(&lines.join("\n"))
}

/// The last minute, a letter for each second.
fn drawn(past: &[f64]) -> String {
    let last = &past[past.len().saturating_sub(PAST)..];
    let most = last.iter().copied().fold(0.0, f64::max);
    let height = |value: &f64| {
        let share = if most > 0.0 { value / most } else { 0.0 };
        HEIGHTS[((share * HEIGHTS.len() as f64) as usize).min(HEIGHTS.len() - 1)]
    };
    last.iter().map(height).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_says_what_matters() {
        let snapshot = Snapshot {
            seconds: 12.0,
            finished: 1200,
            failed: 3,
            planned: Some(5000),
            in_flight: 64,
            requests_per_s: 98.5,
            tokens_per_s: 6300.0,
            ttft_p50_ms: Some(51.23),
            tpot_p50_ms: Some(10.0),
            ..Snapshot::default()
        };
        let block = block(&snapshot, &[0.0, 50.0, 100.0]);
        for part in [
            "1,200 of 5,000",
            "3 failed",
            "64 in flight",
            "98.5 requests/s",
            "6,300 tokens/s",
            "▁▅█",
            "51.2 ms, p99 –",
        ] {
            assert!(block.contains(part), "{part}: {block}");
        }
        assert_eq!(block.lines().count(), 3);
        assert!(line(&snapshot).contains("1,200 of 5,000 requests, 3 failed, 64 in flight"));
        assert_eq!(drawn(&[]), "");
    }
}
