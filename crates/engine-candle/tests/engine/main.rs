//! Tests of the engine through its public API: on a tiny model that the tests write themselves, and on SmolLM2
//! where `EVALSCOPE_TEST_MODEL` names its file.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod calls;
mod golden;
mod hostile;
mod invariance;
mod replies;
mod scores;
mod smollm2;
mod templates;
mod tiny;
mod tokens_of_replies;
