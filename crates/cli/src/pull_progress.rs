//! Shows how far a pull is: a bar on a terminal, a line now and then elsewhere.

use crate::output::{note, printable};
use evalscope::data::PullStep;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Without a terminal a line is printed this often.
const LINE_EVERY: Duration = Duration::from_secs(10);

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
