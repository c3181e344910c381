//! Puts load on a server: what comes when (pure, seeded), and the loops that send it.

mod ahead;
mod closed;
mod cpu;
mod drive;
mod files;
mod full;
mod lag;
mod machine;
mod open;
mod outcome;
mod pages;
mod phases;
mod queue;
mod schedule;
mod shared;
mod stage;
mod work;

pub use cpu::{of_process as cpu_of_process, of_thread as cpu_of_thread};
pub use drive::{Driven, Job, drive};
pub use files::allow as allow_connections;
pub use outcome::{Batch, Outcome};
pub use pages::SmallPages;
pub use schedule::{Process, Rate};
pub use shared::Gauge;
pub use stage::{AT_ONCE, Phase, Portion, Shape, Stage, Start};
pub use work::{Before, Sessions, Think, Work};
