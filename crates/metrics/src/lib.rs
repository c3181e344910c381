//! Finds answers in replies, compares them with targets, aggregates scores. Pure: opens no file, knows no network.
//!
//! Three tables hold everything that benchmark files can name: [`extract::extractors`], [`score::text_metrics`] and
//! [`score::choice_metrics`]. Adding one is a function, its line in the table of its folder, and its vectors.

mod answer;
pub mod extract;
pub mod math;
pub mod paired;
pub mod repeats;
pub mod score;
pub mod stats;
