//! From requests to figures: definitions and statistics. Pure, and of constant memory.

mod compare;
mod counts;
mod figures;
mod goodput;
mod row;
mod summarize;
mod summary;
mod tally;
mod timeline;

pub use compare::{Difference, compare};
pub use counts::Counts;
pub use figures::{Figures, Percentile};
pub use goodput::Goals;
pub use row::Row;
pub use summarize::{Around, summarize};
pub use summary::{
    Client, Found, Goodput, Latency, PerfSummary, Requests, StageSummary, Steady, Throughput, Tokens,
};
pub use tally::Tally;
pub use timeline::Second;
