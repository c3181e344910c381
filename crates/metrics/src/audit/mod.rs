//! A second look at generated answers, so that a score that is due to how answers are looked for can be seen.

mod lettered;
mod oddities;
mod reading;

pub use lettered::{is_letter, lettered};
pub use oddities::{Seen, oddities};
pub use reading::{Kind, readings};
