//! Finds the final answer in prose.

mod announced;
mod boxed;
mod final_answer;
mod found;
mod latex;
mod marker;
mod plain;

pub use final_answer::extract;
pub(crate) use final_answer::extract_as_math_verify;
pub use found::{Found, Rule};
