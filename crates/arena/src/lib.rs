//! Battles between models, and what they say: win rates, ratings, intervals. Pure: text in, numbers out.
//!
//! [`battle`] reads and writes battle files, [`tally`] counts them, [`fit`] finds the ratings that explain them best,
//! [`rate()`] puts all of it together.

pub mod active;
pub mod agreement;
pub mod agreement_alone;
pub mod alpaca;
pub mod arena_hard;
pub mod battle;
mod design;
pub mod elo;
mod error;
pub mod estimate;
pub mod fit;
pub mod length_control;
mod linear;
pub mod meter;
mod meter_text;
pub mod pairing;
mod parallel;
pub mod rate;
mod resample;
pub mod score_table;
pub mod style;
pub mod tally;
pub mod vote;

pub use battle::{Battle, Winner};
pub use error::Error;
pub use rate::{Intervals, RateOptions, Rated, Rating, rate};
