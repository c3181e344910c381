//! The exact normal form of formulas.

mod normal;
mod polynomial;
mod roots;

pub(crate) use normal::Quotient;
pub(crate) use polynomial::{cost, cost_of_both};
