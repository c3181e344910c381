//! Evaluates formulas to about 45 digits.

mod complex;
mod evaluate;
mod real;

pub(crate) use complex::Complex;
pub(crate) use evaluate::{Names, at, number};
pub(crate) use real::Real;
