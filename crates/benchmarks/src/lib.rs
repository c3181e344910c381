//! Benchmarks as data: their files, their prompts, and the pure logic that asks for effects.
//!
//! A [`Library`] holds benchmark files. A reference such as `mmlu@evalscope-0.5` and the user's arguments resolve to a
//! [`Protocol`], which is pure; opened on a [`Store`](evalscope_data::Store) it becomes an [`OpenBenchmark`] that makes samples.
//! [`Protocol::step`] then says what a sample needs, or what it is worth. This crate calls no model.

mod aggregation;
mod apply;
mod arguments;
mod assets;
mod benchmark;
mod builtin;
mod check;
mod choice_mode;
mod compile;
mod cpython_random;
mod departure;
mod departures;
mod drop_answers;
mod error;
mod example;
mod expressions;
mod extract;
mod go_file;
mod golden;
mod haystack;
mod judge_wishes;
mod judged;
mod judging;
mod kept;
mod library;
mod numpy_random;
mod open;
mod order;
mod pickle;
mod plain;
mod protocol;
mod python_format;
mod python_literals;
mod python_repr;
mod read;
mod samples;
mod schema;
mod selection;
mod shots;
mod solve;
mod source;
mod steps;
mod template;
mod unpack;
mod vocabulary;
mod whole;

pub use arguments::DatasetArgs;
pub use benchmark::Benchmark;
pub use cpython_random::CPythonRandom;
pub use error::{Error, Problem};
pub use golden::{golden, golden_page};
pub use judge_wishes::{JudgeStrategy, JudgeWishes, NULL_MODEL_SAMPLES, ScoreType};
pub use library::{Library, lint};
pub use open::OpenBenchmark;
pub use protocol::{Needs, Protocol};
pub use vocabulary::{Entry, EntryKind, vocabulary};

/// The JSON Schema of benchmark files.
pub fn schema_json() -> serde_json::Value {
    schemars::schema_for!(schema::BenchmarkFile).to_value()
}
