//! Finds answers in replies, compares them with targets, aggregates scores. Pure: opens no file, knows no network.
//!
//! Tables hold everything that benchmark files can name: [`extract::extractors`], [`score::text_metrics`],
//! [`score::choice_metrics`] and [`aggregate::aggregates`]. Adding one is a function, its line in the table of its folder, and its vectors.

pub mod aggregate;
mod answer;
pub mod audit;
pub mod bleu;
pub mod bootstrap;
pub mod chrf;
pub mod drop;
pub mod edit;
pub mod exact;
pub mod extract;
pub mod first_token;
pub mod histogram;
pub mod ifeval;
pub mod likelihood;
pub mod math;
pub mod matthews;
pub mod paired;
pub mod python;
pub mod random;
pub mod repeats;
pub mod rouge;
pub mod score;
pub mod sentences;
pub mod source;
pub mod squad;
pub mod stats;
pub mod ter;
mod words;
