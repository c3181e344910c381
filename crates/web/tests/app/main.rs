//! The server as a whole, over a socket: what it answers, to whom, and that `openapi.json` describes it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its set-up fails")]

mod client;
mod described;
mod folder;
mod page;
mod refusals;
mod samples;
mod voting;
