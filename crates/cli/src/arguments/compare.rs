//! What can be typed about several models: compare.

use clap::Args;
use std::path::PathBuf;

/// `evalscope compare`.
#[derive(Args)]
#[command(after_help = "\
Models are compared question by question, over the questions that both of a pair have; repeats of a question are averaged
first. For what led to the scores, see `evalscope diff`.

Exit codes: 0 compared, 2 they could not be compared.")]
pub struct CompareArguments {
    /// Folders of the runs; one is enough when it has several models
    #[arg(required = true, value_name = "RUN_DIR")]
    pub runs: Vec<PathBuf>,
    /// The metric that is compared; each benchmark's main one when absent
    #[arg(long, value_name = "NAME")]
    pub metric: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
