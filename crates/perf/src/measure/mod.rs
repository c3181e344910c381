//! From requests to figures: definitions and statistics. Pure, and of constant memory.

mod compare;
mod counts;
mod figures;
mod goodput;
mod gpu;
mod heat;
mod knee;
mod parts;
mod row;
mod series;
mod spread;
mod summarize;
mod summary;
mod tally;
mod timeline;

pub use compare::{Difference, compare};
pub use counts::Counts;
pub use figures::{Figures, Percentile, rounded};
pub use goodput::Goals;
pub use gpu::{Gpu, gpus};
pub use heat::{HeatMap, Histogram};
pub use knee::{Knee, knees};
pub use parts::{Apart, Client, Tail, Tokens, Turns};
pub use row::Row;
pub use series::{Series, Sort};
pub use spread::{Spread, left_out, spreads};
pub use summarize::{Around, Cpu, summarize};
pub use summary::{Found, Goodput, Latency, PerfSummary, Requests, StageSummary, Steady, Throughput};
pub use tally::Tally;
pub use timeline::Second;
