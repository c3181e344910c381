//! The façade: plain data in, events and data out.
//!
//! The command line, later the web and Python, call these functions and nothing below them. Nothing here prints,
//! reads the environment or knows a terminal: what the surroundings decide comes in as [`Environment`].

mod answering;
pub mod arena;
mod argument;
#[cfg(feature = "local")]
mod bench_model;
pub mod benchmarks;
pub mod cache;
pub mod catalogue;
mod chat_templates;
mod choice;
mod choice_wish;
mod collection;
mod collection_file;
mod compare;
mod config;
pub mod data;
mod dry_run;
mod endpoint;
mod environment;
mod error;
mod eval;
mod eval_type;
mod exchange;
mod first_token;
mod generation_config;
mod hub_model;
mod judges;
pub mod key_values;
mod local_arguments;
#[cfg(feature = "local")]
mod local_engine;
mod local_models;
mod log;
mod managed;
mod managed_server;
mod manifest;
pub mod math;
mod missing;
mod mixed_samples;
mod model;
mod open_model;
mod options;
mod parse_collection;
pub mod perf;
mod place;
mod prediction_cells;
mod prediction_line;
mod prediction_matched;
mod prediction_rows;
mod predictions;
mod prepare;
mod preview;
mod prices;
mod probe;
mod programs;
mod progress_file;
mod pull_command;
mod recorded;
pub mod reference;
mod report;
mod runtime;
mod serve;
mod shell;
#[cfg(feature = "local")]
mod shown_model;
mod template_layouts;
mod transcript;

pub use argument::ArgumentError;
#[cfg(feature = "local")]
pub use bench_model::{MachineSpeed, ModelSpeed, SpeedLimits, bench_model};
pub use chat_templates::template_names;
pub use choice_wish::ChoiceWish;
pub use collection_file::{CollectionEntry, CollectionFile, Mark, Sampler};
pub use compare::compare;
pub use config::read_config;
pub use dry_run::{CostEstimate, DryRun, DryRunModel};
pub use environment::{Arriving, Environment, Hub, Watch};
pub use error::Error;
pub use eval::{EvalResult, Signals, eval};
pub use eval_type::EvalType;
pub use evalscope_benchmarks::{DatasetArgs, JudgeStrategy, JudgeWishes, NULL_MODEL_SAMPLES, ScoreType};
pub use evalscope_core as core;
#[cfg(feature = "local")]
pub use evalscope_engine_llama::entry as llama_entry;
pub use evalscope_exchange::{Exported, Imported, Overwrite};
pub use evalscope_judge::Aggregation;
pub use evalscope_managed::entry as keeper_entry;
pub use evalscope_probe::{Finding, Findings, Nondeterminism, Seen};
pub use evalscope_report as reports;
pub use evalscope_runner::{BenchmarkProgress, MaxErrors, Observer, Preview, Progress, Stage, TokenEstimate};
pub use evalscope_sandbox as sandbox;
pub use exchange::{export, format_names, import};
pub use generation_config::GenerationConfig;
pub use local_arguments::PRECISION_NAMES;
pub use local_models::{LocalModel, list_models};
pub use log::timestamp_name;
pub use managed_server::ManagedServer;
pub use model::{AbsentModel, absent_model};
pub use options::{
    EndpointAddress, EndpointLimits, EvalOptions, JudgeOptions, ModelOptions, Place, parse_dataset_args,
    without_credentials,
};
pub use parse_collection::parse_collection;
pub use prediction_matched::Matched;
pub use prediction_rows::{KeyColumn, PredictionFile};
pub use predictions::score_file;
pub use preview::dry_run;
pub use prices::{parse_max_cost, parse_price, parse_prices};
pub use probe::probe;
pub use programs::{Doctor, LanguageCheck, SandboxCheck, doctor, run_program};
pub use recorded::{Recorded, check_can_rerun, diff, is_run, recorded, score};
pub use report::report;
pub use serve::{Ready, ServeOptions, serve};
#[cfg(feature = "local")]
pub use shown_model::{ChatTemplate, ShownModel, chat_template, example_conversation, show_model};
