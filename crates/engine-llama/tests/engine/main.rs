//! Tests of the parent's side, over a worker without llama.cpp; and of llama.cpp itself, where there is a binary with it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod answers;
mod falls;
mod model;
mod real;
#[path = "../../../engine-candle/tests/engine/tiny.rs"]
mod tiny;
#[path = "../stand_in/toy.rs"]
mod toy;
mod vectors;
