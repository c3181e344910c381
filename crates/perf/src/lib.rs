//! Load tests of model servers, whose figures are the server's and not the client's.
//!
//! [`load`] decides when requests go out and sends them, on a thread of its own; [`wire`] is the HTTP below it, with the
//! time at which each byte came; [`api`] says what bytes mean; [`measure`] makes figures of requests, pure and in constant
//! memory; [`truth`] decides whether the figures are the server's. Nothing here prints or knows a terminal.
//!
//! **What is not there.** HTTP/2, proxies, other APIs than OpenAI's two for text.

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
mod selftest;
mod stage_run;
mod truth;
mod wire;

pub use api::{NAMES as API_NAMES, Prompt, Turn};
pub use class::Class;
pub use error::Error;
pub use event::{Event, Snapshot};
pub use load::{Phase, Portion, Process, Rate, Shape, Stage};
pub use measure::{
    Client, Difference, Figures, Goals, Goodput, Latency, Percentile, PerfSummary, Requests, Row, Second,
    StageSummary, Steady, Throughput, Tokens, compare,
};
pub use plan::{Answers, Plan, Prompts, Server};
pub use prompts::{Column, Dataset, Tokenizer};
pub use run::{Signals, Tested, run};
pub use selftest::{Case, selftest};
