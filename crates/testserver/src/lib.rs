//! Development only: a stand-in for an OpenAI-compatible server, on loopback, for tests and benchmarks.
//!
//! [`Server`] answers at once with what a closure says, on a thread of its own, so that tests without a runtime
//! can use it. It can be told to be slow, to fail, and to send what broken servers send ([`Fault`]). Its
//! log-probabilities come from a [`toy`] that tests can compute themselves. It is no model of any one server:
//! bytes that a real server sends are fixtures of the tests that need them.

mod answer;
mod behaviour;
mod chaos;
mod fault;
mod habits;
mod line;
mod question;
mod routes;
mod server;
mod stream;
pub mod toy;

pub use behaviour::{Echo, Seen, StreamStyle};
pub use fault::Fault;
pub use habits::{Draws, Habits};
pub use server::Server;
