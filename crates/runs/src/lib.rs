//! The run folder: its format, the journal that is written before anything is used, and its readers.
//!
//! A [`RunFolder`] is the only truth about a run. Outcomes are appended to a [`Journal`], one line in one write;
//! reviews are derived from them and can be derived again. The files are described in `docs/formats.md`.

mod atomic;
mod clock;
mod differ;
mod entry;
mod error;
mod exact;
mod folder;
mod given;
mod index;
mod journal;
pub mod lines;
mod lock;
mod manifest;
mod names;
mod output;
mod prediction;
mod prices;
mod probe_usage;
mod read;
mod review;
pub mod schemas;
mod spending;
mod state;
mod taken;
mod writer;

pub use atomic::{UNFINISHED, write_file};
pub use entry::{Brought, CallKey, JournalEntry, Recorded, Review, Taken, Verdict};
pub use error::Error;
pub use folder::RunFolder;
pub use journal::Journal;
pub use lock::{Lock, take as take_lock};
pub use names::FileNames;
pub use read::{JournalReader, OpenFiles, Place, PlaceReader, ReviewReader, SampleRef};
pub use spending::SpendingReader;
pub use state::{RUN_VERSION, RunState, Status};
pub use taken::TakenReader;
pub use writer::ReviewWriter;
