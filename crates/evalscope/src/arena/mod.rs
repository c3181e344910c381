//! Arena: models answer, a judge compares, ratings come of it.

mod answers;
mod bench;
mod calibrate;
mod calls;
mod file;
mod from;
mod judging;
mod labels;
mod long;
mod rate;
mod report;
mod run;
mod text;

pub use calibrate::{AskedJudge, Calibrated, Calibration, Judgements, calibrate};
pub use calls::Say;
pub use evalscope_arena::active::Saved;
pub use evalscope_arena::agreement::{Agreement, agreement};
pub use evalscope_arena::agreement_alone::AgreementAlone;
pub use evalscope_arena::estimate::Estimate;
pub use evalscope_arena::fit::Ties;
pub use evalscope_arena::meter::Meter;
pub use evalscope_arena::pairing::{Mitigation, Mode};
pub use evalscope_arena::{Battle, Intervals, RateOptions as Rating};
pub use file::{ArenaFile, Contestant, read_arena_file, starter_arena};
pub use from::{FromRuns, arena_from_runs};
pub use rate::{CategoryRatings, Leaderboard, RateFiles, rate_files};
pub use run::{ArenaResult, ArenaRun, Stages, run};
pub use text::as_text;
