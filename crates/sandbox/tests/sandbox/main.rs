//! The sandbox from outside: programs that behave, and programs that attack.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod attack;
mod behaviour;
mod files;
mod host;
mod kernel;
mod kinds;
mod languages;
mod network;
mod processes;
mod refusal;
mod resources;
mod support;
