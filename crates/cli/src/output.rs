//! How results and errors are printed: results on standard output, talk on standard error.

use evalscope::core::{Diagnose, Effect, Input, Kind};
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// Width of tables when the terminal does not tell its own.
pub const DEFAULT_WIDTH: usize = 110;

/// Width of tables: what the shell says, what the terminal says, or the default.
pub fn width(columns: Option<usize>) -> usize {
    let terminal = || Some(usize::from(terminal_size::terminal_size()?.0.0));
    columns.or_else(terminal).unwrap_or(DEFAULT_WIDTH)
}

/// Whether a result could not be written, other than to a reader that has gone away.
static WRITE_FAILED: AtomicBool = AtomicBool::new(false);

/// Prints a result. A reader that has gone away (`| head`) ends the command quietly.
pub fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    if let Err(error) = write!(out, "{text}{end}").and_then(|()| out.flush())
        && error.kind() != std::io::ErrorKind::BrokenPipe
        && !WRITE_FAILED.swap(true, Ordering::SeqCst)
    {
        note(&format!("error: the result could not be written to standard output: {error}"));
    }
}

/// The exit code that `code` becomes when a result could not be written.
pub fn checked(code: ExitCode) -> ExitCode {
    if WRITE_FAILED.load(Ordering::SeqCst) { ExitCode::from(Kind::Environment.exit_code()) } else { code }
}

/// Ends the process at once; what is journaled is safe.
#[expect(
    clippy::disallowed_methods,
    reason = "Ctrl-C must end a process whose main thread waits for something else"
)]
pub fn end_now(code: u8) {
    std::process::exit(i32::from(code));
}

/// Prints a result as JSON.
pub fn json<T: serde::Serialize>(value: &T) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => result(&text),
        Err(error) => note(&format!("the result could not be written as JSON: {error}")),
    }
}

/// Prints a result as JSON on one line.
pub fn json_line<T: serde::Serialize>(value: &T) {
    match serde_json::to_string(value) {
        Ok(text) => result(&text),
        Err(error) => note(&format!("the result could not be written as JSON: {error}")),
    }
}

/// Passes on what a program wrote. On a terminal without the characters with which it could steer it.
pub fn raw(stdout: &str, stderr: &str) {
    use std::io::IsTerminal;
    let clean = |text: &str, is_terminal: bool| if is_terminal { printable(text) } else { text.to_owned() };
    let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
    let mut talk = std::io::stderr().lock();
    let _ = talk.write_all(clean(stderr, err).as_bytes());
    let mut data = std::io::stdout().lock();
    let written = data.write_all(clean(stdout, out).as_bytes()).and_then(|()| data.flush());
    if written.is_err_and(|error| error.kind() != std::io::ErrorKind::BrokenPipe) {
        WRITE_FAILED.store(true, Ordering::SeqCst);
    }
}

/// Says something to the person at the terminal. Nobody may be there: a closed standard error ends nothing.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Says what went wrong and what to do.
pub fn explain(message: &str, hint: Option<&str>) {
    note(&format!("error: {}", printable(message)));
    if let Some(hint) = hint {
        note(&format!("hint: {}", printable(hint)));
    }
}

/// An error on its way to the terminal.
#[derive(Debug)]
pub struct Failure {
    message: String,
    hint: Option<String>,
    kind: Kind,
}

impl Failure {
    /// What to say of this error.
    pub fn of(error: &impl Diagnose) -> Failure {
        Failure { message: error.to_string(), hint: error.hint(), kind: error.kind() }
    }

    /// The same with other advice.
    pub fn with_hint(self, hint: String) -> Failure {
        Failure { hint: Some(hint), ..self }
    }

    /// Prints `error: …` and `hint: …` and gives the exit code.
    pub fn print(&self) -> ExitCode {
        explain(&self.message, self.hint.as_deref());
        ExitCode::from(self.kind.exit_code())
    }
}

impl<E: Diagnose> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::of(&error)
    }
}

/// `text` without the control characters with which data could steer a terminal.
pub fn printable(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()).collect()
}

/// A request, readable: roles above their messages, continuations below the prefix.
pub fn effect(effect: &Effect) -> String {
    let text = match effect {
        Effect::Generate(request) => match &request.input {
            Input::Text(text) => format!("── text\n{text}"),
            Input::Chat(messages) => messages
                .iter()
                .map(|message| {
                    format!("── {}\n{}", format!("{:?}", message.role).to_lowercase(), message.text())
                })
                .collect::<Vec<_>>()
                .join("\n"),
        },
        Effect::Loglikelihood(request) => {
            let mut text = format!("── prefix\n{}", request.prefix_text());
            for continuation in &request.continuations {
                text.push_str(&format!("\n── continuation\n{continuation}"));
            }
            text
        }
        Effect::Execute(request) => format!("── {} program\n{}", request.language, request.program),
    };
    printable(&text)
}

/// `1319` as `1,319`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `999`, `12.3k`, `1.2M`: a count with few digits.
pub fn short(number: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    match UNITS.iter().find(|(unit, _)| number >= *unit) {
        Some((unit, name)) => format!("{:.1}{name}", number as f64 / *unit as f64),
        None => number.to_string(),
    }
}

/// `512 B`, `2.9 MB`: in powers of a thousand.
pub fn bytes(number: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.iter().find(|(unit, _)| number >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", number as f64 / *unit as f64),
        None => format!("{number} B"),
    }
}

/// `3 h 20 min`, `2 min 5 s`, `8 s`.
pub fn duration(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_319), "1,319");
        assert_eq!(thousands(1_000_000), "1,000,000");
        assert_eq!([999, 12_345, 1_240_000].map(short), ["999", "12.3k", "1.2M"]);
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(98_362_432), "98.4 MB");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
        assert_eq!(duration(Duration::from_secs(12_000)), "3 h 20 min");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc"), "a[31mb\nc");
    }
}
