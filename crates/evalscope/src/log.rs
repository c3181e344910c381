//! `logs/eval_log.log` of a run: what happened and when, one line each, without secrets.

use evalscope_core::Event;
use evalscope_core::calendar::utc_text;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// The log of a run. A log that cannot be written is not a reason to stop a run.
pub(crate) struct RunLog {
    file: Mutex<Option<File>>,
    debug: bool,
}

impl RunLog {
    pub fn open(path: &Path, debug: bool) -> RunLog {
        RunLog { file: Mutex::new(OpenOptions::new().create(true).append(true).open(path).ok()), debug }
    }

    pub fn line(&self, level: &str, text: &str) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let line = format!("{} {level} {}\n", utc_text(now.as_secs()), text.replace(['\n', '\r'], " "));
        if let Some(file) = self.file.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            let _ = file.write_all(line.as_bytes());
        }
    }

    pub fn event(&self, event: &Event) {
        match event {
            Event::Started { totals } => {
                for total in totals {
                    self.line("INFO", &format!("{}: {} samples planned", total.benchmark, total.samples));
                }
            }
            Event::SampleFailed { key, failure, .. } => self
                .line("ERROR", &format!("{} {} #{} failed: {failure}", key.benchmark, key.subset, key.index)),
            Event::Notice { message } => self.line("WARNING", message),
            Event::Finished { interrupted: true } => self.line("WARNING", "stopped before the end"),
            Event::Finished { interrupted: false } => self.line("INFO", "all samples are through"),
            Event::SampleScored { key, main_value, resumed, .. } if self.debug => self.line(
                "DEBUG",
                &format!(
                    "{} {} #{} repeat {}: score {}{}",
                    key.benchmark,
                    key.subset,
                    key.index,
                    key.repeat,
                    main_value.map_or_else(|| "none".to_owned(), |value| value.to_string()),
                    if *resumed { " (from the journal)" } else { "" }
                ),
            ),
            Event::CallDone { key, .. } if self.debug => {
                self.line(
                    "DEBUG",
                    &format!("{} {} #{}: call journaled", key.benchmark, key.subset, key.index),
                );
            }
            Event::SampleScored { .. } | Event::CallDone { .. } | Event::SpentBefore { .. } => {}
        }
    }
}

/// A folder name for a run that starts now, `20261124_010203` (UTC).
pub fn timestamp_name() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let text = utc_text(now.as_secs());
    text.replace(['-', ':', 'Z'], "").replace('T', "_")
}
