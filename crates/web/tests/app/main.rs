//! The server as a whole, over a socket: what it answers, to whom, and that `openapi.json` describes it.

mod client;
mod described;
mod folder;
mod refusals;
mod samples;
