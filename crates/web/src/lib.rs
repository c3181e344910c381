//! The web UI: serves an outputs folder to a browser, with a JSON API (`openapi.json`) and the pages that use it.
//!
//! It reads runs through `evalscope-runs` and `evalscope-report`, and never writes to one, apart from its tags and, in an arena,
//! people's votes. What is derived (indexes, imports) stands in `.evalscope-app` of the folder and can be deleted. New runs are child processes.

mod api;
mod app;
mod assets;
mod brief;
mod compare;
mod error;
mod guard;
mod hash;
mod image;
mod index;
mod indexes;
mod launch;
mod listing;
mod outputs;
mod sample;
mod serve;
mod shown;
mod summary;
mod tags;
mod turn;
mod voting;
mod wish;

pub use error::Error;
pub use serve::{AppOptions, Server};
pub use voting::votes_as_battles;
