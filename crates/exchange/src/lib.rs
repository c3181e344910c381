//! Writes runs in the forms of other programs, and makes runs of what they wrote.
//!
//! [`FORMATS`] is the table of forms: each has one folder here with a side that writes and one that reads. Samples go
//! through one by one, as `Answered`; no form holds a run in memory, apart from an index of its
//! lines or members. Nothing here calls a model, scores an answer or reads the clock.

mod answered;
mod calls;
mod carried;
mod digest;
mod error;
mod evalscope_form;
mod export;
mod files;
mod format;
mod import;
mod inspect;
mod json;
mod jsonl;
mod lines;
mod lm_eval;
mod mark;
mod messages;
mod numbers;
mod parquet;
mod place;
mod planned;
mod readable;
mod source;
mod walk;
mod words;

pub use error::Error;
pub use export::{Exported, export};
pub use format::{FORMATS, Format, detect, named};
pub use import::{IMPORTED, Imported, import};
pub use place::Overwrite;
