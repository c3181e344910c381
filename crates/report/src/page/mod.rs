//! What the pages of the web UI show of a run or an arena, as JSON: for the API of `evalscope app`, and for files with their data inside.

mod arena;
mod battles;
mod choose;
mod facets;
mod failures;
mod row;
mod run;
mod sample;
mod seen;
mod texts;
mod walk;

pub use arena::{arena_page, arena_reply, leaderboard};
pub use battles::{Battles, Wanted};
pub use choose::{Chosen, choose};
pub use facets::{ErrorCount, Facets, PartCounts, VERDICTS, verdict_word};
pub use failures::{FailureGroup, Failures};
pub use row::Row;
pub use run::{progress, run_page, run_reply, run_row, written};
pub use sample::{MAX_CALLS, SampleOf, cut, cut_sample};
pub use texts::Texts;
pub use walk::{PartOfRun, Spot, parts};
