//! Finds the final answer in prose.

mod announced;
mod boxed;
mod equation;
mod final_answer;
mod found;
mod hashes;
mod latex;
mod marker;
mod plain;

pub use final_answer::extract;
pub(crate) use final_answer::extract_as_math_verify;
pub use found::{Found, Rule};
pub(crate) use latex::Group;

/// The group of formulas side by side that a place in a text is in.
pub(crate) fn group_around(text: &str, place: std::ops::Range<usize>) -> Option<Group> {
    latex::groups(text).into_iter().find(|group| group.start <= place.start && place.end <= group.end)
}
