//! What can be typed to compare and find mathematical answers.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `evalscope math …`.
#[derive(Subcommand)]
pub enum MathCommand {
    /// Say whether two answers are the same mathematical value
    Compare(MathCompareArguments),
    /// Find the final answer in a text, and where it stands
    Extract(ExtractArguments),
}

/// `evalscope math compare`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope math compare '\\frac{3}{4}' 0.75
  evalscope math compare '(x+1)^2' 'x^2+2x+1' --json
  evalscope math compare --pairs pairs.jsonl --json > verdicts.jsonl
  evalscope math compare '\\frac{1}{4}' 0.25 --mode hendrycks_math

Exit codes: 0 a verdict was given, whichever; 2 the arguments or the file make no sense.")]
pub struct MathCompareArguments {
    /// What the answer should be
    #[arg(required_unless_present = "pairs", requires = "b", allow_hyphen_values = true)]
    pub a: Option<String>,
    /// The answer
    #[arg(allow_hyphen_values = true)]
    pub b: Option<String>,
    /// A file with a pair on each line: {"a": "…", "b": "…"}; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "a")]
    pub pairs: Option<PathBuf>,
    /// Compare as another program does
    #[arg(long, default_value = "default", value_parser = PossibleValuesParser::new(evalscope::math::mode_names()))]
    pub mode: String,
    /// Print {"verdict", "reason", "a", "b"} on a line for each pair
    #[arg(long)]
    pub json: bool,
}

/// `evalscope math extract`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope math extract reply.txt
  evalscope math extract reply.txt --json
  evalscope math extract reply.txt --mode gsm8k-strict
  echo 'The answer is (2, 3).' | evalscope math extract -

Exit codes: 0 an answer was found; 1 the text has none; 2 the arguments or the file make no sense.")]
pub struct ExtractArguments {
    /// File with the text, `-` for standard input
    pub file: PathBuf,
    /// Find as another program does
    #[arg(long, default_value = "default", value_parser = PossibleValuesParser::new(evalscope::math::mode_names()))]
    pub mode: String,
    /// Print {"text", "rule", "spans"}, with spans in bytes
    #[arg(long)]
    pub json: bool,
}
