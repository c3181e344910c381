//! Shows how far a run is: a live block on a terminal, calm plain lines elsewhere.

use crate::output::{duration, note, printable, short, thousands};
use evalscope::core::Event;
use evalscope::{BenchmarkProgress, Observer, Progress};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Without a terminal a line is printed this often.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// The live block is redrawn this often at most.
const REDRAW_EVERY: Duration = Duration::from_millis(100);

/// What time changes, such as the rate, is shown this often when nothing else happens.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Watches a run and shows it.
pub struct Display {
    state: Mutex<State>,
    /// Apart from the state: a signal handler must not wait for a lock that the interrupted thread holds.
    started: AtomicBool,
}

struct State {
    progress: Progress,
    live: Option<Live>,
    last_shown: Instant,
    finished: bool,
}

/// Bars on a terminal: one for each benchmark, one for all.
struct Live {
    bars: MultiProgress,
    benchmarks: Vec<ProgressBar>,
    overall: ProgressBar,
}

impl Display {
    /// A display for this process's standard error.
    pub fn new(plain: bool) -> Arc<Display> {
        let now = Instant::now();
        let live = (!plain && std::io::stderr().is_terminal()).then(Live::new);
        let state = State { progress: Progress::new(now), live, last_shown: now, finished: false };
        let display = Arc::new(Display { state: Mutex::new(state), started: AtomicBool::new(false) });
        let watched = Arc::downgrade(&display);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(LOOK_EVERY);
                let Some(display) = watched.upgrade() else { return };
                let mut state = display.state.lock().unwrap_or_else(PoisonError::into_inner);
                if state.finished {
                    return;
                }
                if display.has_started() {
                    state.show(false, Instant::now());
                }
            }
        });
        display
    }

    /// The observer that feeds this display.
    pub fn observer(self: &Arc<Self>) -> Observer {
        let display = Arc::clone(self);
        Arc::new(move |event| display.observe(&event))
    }

    /// Whether the run has begun.
    pub fn has_started(&self) -> bool {
        self.started.load(Ordering::SeqCst)
    }

    /// Prints a line above the bars.
    pub fn say(&self, text: &str) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &state.live {
            Some(live) => live.bars.suspend(|| note(text)),
            None => note(text),
        }
    }

    fn observe(&self, event: &Event) {
        let now = Instant::now();
        if let Event::Started { .. } = event {
            self.started.store(true, Ordering::SeqCst);
        }
        if let Event::Notice { message } = event {
            self.say(&format!("note: {}", printable(message)));
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let first_failure = matches!(event, Event::SampleFailed { .. }) && state.progress.totals().2 == 0;
        state.progress.observe(event, now);
        if let (true, Event::SampleFailed { key, failure, .. }) = (first_failure, event) {
            let text = format!(
                "warning: {}, {}, sample {}: {}",
                key.benchmark,
                printable(&key.subset),
                key.index,
                printable(&failure.message)
            );
            match &state.live {
                Some(live) => live.bars.suspend(|| note(&text)),
                None => note(&text),
            }
        }
        state.finished |= matches!(event, Event::Finished { .. });
        state.show(matches!(event, Event::Started { .. } | Event::Finished { .. }), now);
    }
}

impl State {
    /// Shows how far the run is: at an edge, and else when the last time is long enough ago.
    fn show(&mut self, is_edge: bool, now: Instant) {
        let pause = if self.live.is_some() { REDRAW_EVERY } else { LINE_EVERY };
        if !is_edge && now.duration_since(self.last_shown) < pause {
            return;
        }
        self.last_shown = now;
        let finished = self.finished;
        match &mut self.live {
            Some(live) => live.draw(&self.progress, now, finished),
            None => note(&line(&self.progress, now)),
        }
    }
}

/// `120 of 1,319 samples · 12.3/s · 2 failed · 1.2M tokens · $0.42 · 1 min 37 s left`
fn line(progress: &Progress, now: Instant) -> String {
    let (total, scored, failed) = progress.totals();
    let reached = progress.benchmarks.iter().map(BenchmarkProgress::reached).sum();
    let mut parts = vec![format!("{} of {} samples", thousands(reached), thousands(total))];
    if let Some(rate) = progress.rate(now) {
        parts.push(format!("{rate:.1}/s"));
    }
    if failed > 0 {
        parts.push(format!("{} failed", thousands(failed)));
    }
    let tokens = progress.tokens.input_tokens.saturating_add(progress.tokens.output_tokens);
    if tokens > 0 {
        parts.push(format!("{} tokens", short(tokens)));
    }
    let judged = progress.judge_tokens.input_tokens.saturating_add(progress.judge_tokens.output_tokens);
    if judged > 0 {
        parts.push(format!("{} of judges", short(judged)));
    }
    parts.extend(progress.costs.iter().map(ToString::to_string));
    match progress.time_left(now) {
        Some(left) if scored + failed < total => parts.push(format!("{} left", duration(left))),
        _ if total > 0 && scored + failed >= total => {
            parts.push(format!("took {}", duration(progress.elapsed(now))));
        }
        _ => {}
    }
    if let Some(current) = progress.benchmarks.iter().find(|b| b.reached() < b.total) {
        parts.push(format!("now {}", current.name));
    }
    parts.join(" · ")
}

impl Live {
    fn new() -> Live {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        let overall = bars.add(ProgressBar::new(0));
        overall.set_style(style("{msg}"));
        Live { bars, benchmarks: Vec::new(), overall }
    }

    fn draw(&mut self, progress: &Progress, now: Instant, finished: bool) {
        while self.benchmarks.len() < progress.benchmarks.len() {
            let bar = self.bars.insert_before(&self.overall, ProgressBar::new(0));
            bar.set_style(style("{prefix:<34} {bar:24} {msg}"));
            self.benchmarks.push(bar);
        }
        for (bar, benchmark) in self.benchmarks.iter().zip(&progress.benchmarks) {
            bar.set_length(benchmark.total);
            bar.set_position(benchmark.reached());
            bar.set_prefix(benchmark.name.clone());
            bar.set_message(benchmark_text(benchmark));
            if finished {
                bar.abandon();
            }
        }
        self.overall.set_message(line(progress, now));
        if finished {
            self.overall.abandon();
        }
    }
}

fn benchmark_text(benchmark: &BenchmarkProgress) -> String {
    let mut text = format!("{}/{}", thousands(benchmark.reached()), thousands(benchmark.total));
    if benchmark.scored > 0 {
        text.push_str(&format!("  {:.3}", benchmark.main_sum / benchmark.scored as f64));
    }
    if benchmark.failed > 0 {
        text.push_str(&format!("  {} failed", thousands(benchmark.failed)));
    }
    text
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━━─")
}
