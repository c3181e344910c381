//! What a worker prints.

use std::collections::VecDeque;
use std::io::Read;
use std::process::ChildStderr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Lines that are kept.
const KEPT_LINES: usize = 40;
/// A line is cut after so many characters.
const LONGEST_LINE: usize = 300;
/// Bytes of a line that are looked at: a character has four at most.
const LONGEST_BYTES: usize = 4 * LONGEST_LINE;
/// Bytes that are read at a time.
const CHUNK: usize = 4096;

/// The last lines, and the thread that hears them.
pub(crate) struct Heard {
    lines: Arc<Mutex<VecDeque<String>>>,
    listener: JoinHandle<()>,
}

impl Heard {
    /// Whether nothing more can be said.
    pub(crate) fn is_over(&self) -> bool {
        self.listener.is_finished()
    }

    /// The last lines.
    pub(crate) fn take(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }
}

/// Keeps the last lines of what is printed.
pub(crate) fn listen(mut stderr: ChildStderr) -> Heard {
    let lines = Arc::new(Mutex::new(VecDeque::new()));
    let kept = lines.clone();
    let listener = std::thread::spawn(move || {
        let mut chunk = [0; CHUNK];
        let mut line = Vec::with_capacity(LONGEST_BYTES);
        loop {
            let count = match stderr.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            for part in chunk[..count].split_inclusive(|byte| *byte == b'\n') {
                let room = LONGEST_BYTES - line.len();
                line.extend_from_slice(&part[..part.len().min(room)]);
                if part.ends_with(b"\n") {
                    keep(&kept, &line);
                    line.clear();
                }
            }
        }
        keep(&kept, &line);
    });
    Heard { lines, listener }
}

fn keep(lines: &Mutex<VecDeque<String>>, line: &[u8]) {
    let line = String::from_utf8_lossy(line);
    let line: String = line.chars().filter(|sign| !sign.is_control()).take(LONGEST_LINE).collect();
    if line.trim().is_empty() {
        return;
    }
    let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    lines.push_back(line.trim().to_owned());
    if lines.len() > KEPT_LINES {
        lines.pop_front();
    }
}
