//! Load tests of model servers, whose figures are the server's and not the client's.
//!
//! `load` decides when requests go out and sends them, on a thread of its own; `wire` is the HTTP below it, with the
//! time at which each byte came; `api` says what bytes mean; `measure` makes figures of requests, pure and in constant
//! memory; `truth` decides whether the figures are the server's. Nothing here prints or knows a terminal.
//!
//! `search` tries loads until it knows the greatest one that keeps its goals, and [`selftest()`] holds the figures
//! against a server whose truth is known.
//!
//! **What is not there.** HTTP/2, proxies, sessions of several turns, replay of recorded loads, images.

mod api;
mod bodies;
mod class;
mod clock;
mod error;
mod event;
mod load;
mod measure;
pub mod output;
mod plan;
mod prompts;
mod random;
mod run;
mod search;
mod selftest;
mod sequence;
mod stage_run;
mod truth;
mod wire;

pub use api::{NAMES as API_NAMES, Prompt, Turn};
pub use class::Class;
pub use error::Error;
pub use event::{Event, Snapshot};
pub use load::{Phase, Portion, Process, Rate, Shape, Stage};
pub use measure::{
    Client, Difference, Figures, Found, Goals, Goodput, Latency, Percentile, PerfSummary, Requests, Row,
    Second, StageSummary, Steady, Throughput, Tokens, compare,
};
pub use plan::{Answers, Plan, Prompts, Search, Server};
pub use prompts::{Column, Dataset, Tokenizer};
pub use run::{Signals, Tested, run};
pub use search::{Goal, Slo};
pub use selftest::{Case, selftest};
