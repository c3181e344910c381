//! Mathematical answers: found in prose, parsed, compared.
//!
//! The way of a text: [`final_answer`] takes it out of a reply; `clean` drops dress and units; `token` and `parse` make
//! a `tree::Value`; `compare` asks whether two values are the same, with `normal` (exact) and `evaluate` (numeric).
//! No general algebra: equations are not solved, functions are not rewritten.

mod clean;
mod compare;
pub mod equal;
mod evaluate;
mod factor;
pub mod final_answer;
mod formulas;
mod latex;
mod marker;
mod normal;
mod parse;
mod polynomial;
mod region;
mod scalar;
mod token;
mod tree;
pub mod whole;
