//! Runs out and back in each form, files of other programs, and files that mean harm.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

mod foreign;
mod hostile;
#[path = "../../../report/tests/report/support.rs"]
#[expect(dead_code, reason = "a made-up run that the report's tests use more of")]
mod made_up;
mod round_trip;
mod support;
