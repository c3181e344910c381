//! From text to a value.

mod clean;
mod factor;
mod function;
mod parse;
mod region;
mod scalar;
mod split;
mod token;
mod unit;
mod verify;

pub(crate) use clean::{folded, without_capital};
pub(crate) use factor::joined_names;
pub(crate) use parse::{Parsed, before_unit, parse};
pub(crate) use region::{Bound, of_relation};
pub(crate) use verify::{LARGE_E, has_complex_names, normalized, parse as parse_normalized};
