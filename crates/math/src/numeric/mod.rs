//! Evaluates formulas to about 45 digits.

mod complex;
mod cost;
mod evaluate;
mod function;
mod limit;
mod lost;
mod real;

pub(crate) use complex::Complex;
pub(crate) use evaluate::{Names, at, literal, number};
pub(crate) use lost::{Lost, Valued};
pub(crate) use real::Real;
