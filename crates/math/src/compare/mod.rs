//! Asks whether two texts are the same value.

mod chopped;
mod equal;
mod floats;
mod formulas;
mod kept;
mod line;
mod relations;
mod rounding;
mod solve;
mod values;

pub use equal::same_number;
pub(crate) use equal::{have_no_difference, math_verify_verdict, verdict};
