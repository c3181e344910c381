//! Load tests of model servers, whose figures are the server's and not the client's.
//!
//! `load` decides when requests go out and sends them, on a thread of its own; `wire` is the HTTP below it, with the
//! time at which each byte came; `api` says what bytes mean; `measure` makes figures of requests, pure and in constant
//! memory; `truth` decides whether the figures are the server's. Nothing here prints or knows a terminal.
//!
//! `search` tries loads until it knows the greatest one that keeps its goals, and [`selftest()`] holds the figures
//! against a server whose truth is known.
//!
//! **What is not there.** Proxies, audio, several processes or machines.

mod api;
mod bodies;
mod class;
mod clock;
mod error;
mod event;
mod load;
mod measure;
mod notes;
pub mod output;
mod plan;
mod prompts;
mod random;
mod readings;
mod run;
mod scrape;
mod search;
mod selftest;
mod sequence;
mod stage_run;
mod truth;
mod wire;

pub use api::{Api, Custom, NAMES as API_NAMES, Prompt, Turn, by_name as api_by_name};
pub use class::Class;
pub use error::Error;
pub use event::{Event, Snapshot};
pub use load::{Phase, Portion, Process, Rate, Shape, SmallPages, Stage, Start, Think};
pub use measure::{
    Apart, Client, Difference, Figures, Found, Goals, Goodput, Gpu, HeatMap, Histogram, Knee, Latency,
    Percentile, PerfSummary, Requests, Row, Second, Series, Sort, Spread, StageSummary, Steady, Throughput,
    Tokens, Turns, compare,
};
pub use plan::{Answers, Http, Plan, Prompts, Search, Server, Sweep};
pub use prompts::{Column, Dataset, ImageSource, Images, Pixel, Prefix, Tokenizer};
pub use run::{Signals, Tested, run};
pub use search::{Goal, Slo};
pub use selftest::{Case, selftest};
