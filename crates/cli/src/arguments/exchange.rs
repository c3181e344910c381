//! What can be typed to export and import runs.

use clap::Args;
use clap::builder::PossibleValuesParser;
use std::path::PathBuf;

/// `evalscope export`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope export outputs/20261124_101500 --to parquet
  evalscope export outputs/20261124_101500 --to inspect -o logs && inspect view --log-dir logs
  evalscope export outputs/20261124_101500 --to lm-eval -o lm-eval-results

inspect is a folder of zipped logs (.eval), lm-eval and evalscope are folders, parquet is one file with a row for each
sample and repeat. A failed sample has an error and no score.")]
pub struct ExportArguments {
    /// Folder of the run
    pub run_dir: PathBuf,
    /// The form
    #[arg(long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(evalscope::format_names()))]
    pub to: String,
    /// File or folder to write [default: beside the run, with its name]
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Replace what is there; of folders only those that hold nothing but an export
    #[arg(long)]
    pub force: bool,
}

/// `evalscope import`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope import lm-eval-results
  evalscope import logs/2026-11-24T10-15-00+00-00_gsm8k_x.eval
  evalscope import outputs/20261124_101500-evalscope --work-dir imported

The scores are those that the other program gave; nothing is scored. `report`, `diff` and `export` work on the run.")]
pub struct ImportArguments {
    /// A folder of EvalScope or lm-eval, an Inspect log (.eval, .json) or a folder of them, or a .parquet file of ours
    pub path: PathBuf,
    /// The form [default: as the files show]
    #[arg(long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(evalscope::format_names()))]
    pub from: Option<String>,
    /// Folder of runs in which the new one is made
    #[arg(long, visible_alias = "outputs", value_name = "DIR", default_value = "outputs")]
    pub work_dir: PathBuf,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}
