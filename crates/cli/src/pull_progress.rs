//! Shows how far files are that are being fetched: in a bar where a pull has one, in a line now and then elsewhere.

use crate::output::{bytes, note, printable};
use evalscope::data::PullStep;
use evalscope::{Arriving, Environment, Watch};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Without a terminal a line is printed this often.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// A file below this size is here before anybody asks.
const WORTH_A_LINE: u64 = 1_000_000;

/// Says which file is being fetched, at once, and then now and then how far it is.
pub fn lines() -> Watch {
    let last = Mutex::new((String::new(), Instant::now()));
    Watch::new(move |Arriving { what, have, size }| {
        if size.is_some_and(|size| size < WORTH_A_LINE) {
            return;
        }
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = last.0 != what;
        if is_new || last.1.elapsed() >= LINE_EVERY {
            *last = (what.to_owned(), Instant::now());
            let far = far(have, size);
            note(&printable(&if is_new { format!("fetching {what}{far}") } else { format!("{what}{far}") }));
        }
    })
}

fn far(have: u64, size: Option<u64>) -> String {
    match (have, size) {
        (0, None) => String::new(),
        (0, Some(size)) => format!(", {}", bytes(size)),
        (have, None) => format!(": {}", bytes(have)),
        (have, Some(size)) => format!(": {} of {}", bytes(have), bytes(size)),
    }
}

/// Shows one pull.
pub struct PullDisplay {
    name: String,
    bar: Option<ProgressBar>,
    last_shown: Cell<Instant>,
}

impl PullDisplay {
    /// A display for the pull of `name`, on this process's standard error.
    pub fn new(name: &str, plain: bool) -> PullDisplay {
        let name = printable(name);
        let is_live = !plain && std::io::stderr().is_terminal();
        let bar = is_live.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            let style = ProgressStyle::with_template("{prefix:<34} {bar:24} {pos}/{len} files  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─"));
            bar.set_prefix(name.clone());
            // A large file takes long, and the bar must be seen meanwhile.
            bar.enable_steady_tick(Duration::from_secs(1));
            bar
        });
        if bar.is_none() {
            note(&format!("{name}: looking for its files"));
        }
        PullDisplay { name, bar, last_shown: Cell::new(Instant::now()) }
    }

    /// The same surroundings, with the bar as the place where files are shown that are being fetched.
    pub fn watching(&self, environment: &Environment) -> Environment {
        let mut environment = environment.clone();
        if let Some(bar) = self.bar.clone() {
            environment.watch = Watch::new(move |Arriving { what, have, size }| {
                bar.set_message(printable(&format!("{what}{}", far(have, size))));
            });
        }
        environment
    }

    /// Shows a step.
    pub fn show(&self, step: PullStep<'_>) {
        let file = printable(step.file);
        if let Some(bar) = &self.bar {
            bar.set_length(step.total as u64);
            bar.set_position(step.done as u64);
            bar.set_message(file);
        } else if self.last_shown.get().elapsed() >= LINE_EVERY {
            self.last_shown.set(Instant::now());
            note(&format!("{}: {} of {} files, now {file}", self.name, step.done, step.total));
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
