//! Finds the final answer in prose.

mod final_answer;
mod found;
mod latex;
mod marker;

pub use final_answer::extract;
pub use found::{Found, Rule};
