//! Puts load on a server: what comes when (pure, seeded), and the loops that send it.

mod closed;
mod cpu;
mod drive;
mod lag;
mod open;
mod record;
mod schedule;
mod shared;
mod stage;

pub use cpu::of_process as cpu_of_process;
pub use drive::{Driven, Job, drive};
pub use record::Record;
pub use schedule::{Process, Rate};
pub use shared::Gauge;
pub use stage::{Phase, Portion, Shape, Stage};
