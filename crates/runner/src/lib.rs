//! Acts: sends effects to models, journals their outcomes, reports what happens as events.
//!
//! This is the one place where a run touches the world. It knows nothing of how anything is shown and nothing of
//! how a prompt is made: pure logic ([`Step`](evalscope_core::Step)) asks, this crate carries out, writes the
//! outcome down, and only then hands it back.

mod act;
mod budget;
mod busy;
mod drive;
mod drivers;
mod error;
mod evidence;
mod executor;
mod job;
mod pace;
mod patience;
mod plan;
mod preview;
mod progress;
mod questions;
mod queue;
mod run;
mod subset;
mod transcribe;
mod turn;

pub use act::RunModel;
pub use drive::keep_answer;
pub use error::{Error, Remedy};
pub use executor::Executor;
pub use job::{Observer, RunOptions, Stage};
pub use pace::{PaceLimits, Pacer};
pub use patience::MaxErrors;
pub use plan::{PlanOptions, check_needs, make_plan};
pub use preview::{Asking, Preview, TokenEstimate, preview};
pub use progress::{BenchmarkProgress, Progress};
pub use questions::{Questions, Samples};
pub use run::{Ending, run};
pub use transcribe::{SubsetTexts, Transcribing, transcribe};
