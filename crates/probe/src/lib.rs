//! Finds out what an endpoint does with a request, before a run spends tokens on it. Pure logic: it lists the
//! questions that it needs, is shown the replies, and answers with [`Findings`]. It sends nothing itself.

mod findings;
mod fitness;
mod ladder;
mod look;
mod questions;
mod seeing;
mod template;

pub use findings::{FINDINGS_VERSION, Finding, Findings, Name, Nondeterminism, Seen, cost};
pub use fitness::{Asking, Objection, objections};
pub use ladder::{Footing, highest};
pub use look::{Next, step};
pub use questions::{Question, Reply, Subject, frugal};
