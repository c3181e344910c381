//! From text to a value.

mod clean;
mod factor;
mod function;
mod misread;
mod parse;
mod region;
mod scalar;
mod split;
mod token;
mod unit;

pub(crate) use clean::folded;
pub(crate) use factor::joined_names;
pub(crate) use misread::has_complex_names;
pub(crate) use parse::{Parsed, parse};
pub(crate) use region::{Bound, of_relation};
