//! What can be typed about runs that are there already: diff, rerun, score.

use super::DataArguments;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use std::path::PathBuf;

/// `evalscope diff`.
#[derive(Args)]
#[command(after_help = "\
Samples are aligned by id and repeat. Two protocols of one benchmark can be compared.

Exit codes: 0 both are equal, 1 they differ, 2 they could not be compared.")]
pub struct DiffArguments {
    /// Folder of the first run
    pub run_a: PathBuf,
    /// Folder of the second run; without it, the first two protocols of each benchmark of the first run are compared
    pub run_b: Option<PathBuf>,
    /// Examples of each kind of difference at most, for each benchmark
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `evalscope rerun`.
#[derive(Args)]
#[command(after_help = "\
What a run folder never holds must be given again: the key comes from EVALSCOPE_API_KEY or OPENAI_API_KEY, values of
extra headers from --generation-config. Exit codes: as for eval.")]
pub struct RerunArguments {
    /// Folder of the run
    pub run_dir: PathBuf,
    /// Folder of runs in which the new one is made
    #[arg(long, visible_alias = "outputs", value_name = "DIR", default_value = "outputs")]
    pub work_dir: PathBuf,
    /// Key of the endpoint; better in the environment
    #[arg(long, value_name = "KEY")]
    pub api_key: Option<String>,
    /// Address of the endpoint, in place of the recorded one
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,
    /// Sampling and patience, in place of the recorded ones
    #[arg(long, value_name = "CONFIG")]
    pub generation_config: Option<String>,
    /// Ask no hub and no package index; use what is cached
    #[arg(long)]
    pub offline: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

/// `evalscope score`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope score outputs/20261124_101500
  evalscope score replies.jsonl --datasets gsm8k --prediction-column output --index-column idx
  evalscope score replies.csv --datasets mmlu --prediction-column text --id-column id --subset-column subject
  evalscope score samples_gsm8k.jsonl --datasets gsm8k --prediction-column resps --index-column doc_id

A recorded run is scored again in place, with the options that it was started with. A file becomes a run of its own.
Exit codes: as for eval; 1 when samples have no prediction, or half of the rows no sample.")]
pub struct ScoreArguments {
    /// Folder of a run, or a file with one reply a row: JSONL, JSON, CSV, TSV, Parquet
    #[arg(value_name = "RUN_DIR|FILE")]
    pub path: PathBuf,
    /// The benchmark that the replies belong to: `name` or `name@protocol`
    #[arg(long, visible_alias = "dataset", value_name = "NAME", help_heading = "File")]
    pub datasets: Option<String>,
    /// Column with the replies; `a.b` is the field b of the column a, `a.0` the first of a list
    #[arg(long, value_name = "COLUMN", help_heading = "File")]
    pub prediction_column: Option<String>,
    /// Column with the data set's own id of the sample
    #[arg(long, value_name = "COLUMN", group = "key", help_heading = "File")]
    pub id_column: Option<String>,
    /// Column with the place of the sample in its subset, from 0, as the data orders them; refused where samples are shuffled
    #[arg(long, value_name = "COLUMN", group = "key", help_heading = "File")]
    pub index_column: Option<String>,
    /// Column with the text of the question
    #[arg(long, value_name = "COLUMN", group = "key", help_heading = "File")]
    pub question_column: Option<String>,
    /// Column with the subset, when there are several
    #[arg(long, value_name = "COLUMN", help_heading = "File")]
    pub subset_column: Option<String>,
    /// Name under which results are filed [default: the file's]
    #[arg(value_parser = NonEmptyStringValueParser::new(), long, value_name = "NAME", help_heading = "File")]
    pub model_id: Option<String>,

    #[command(flatten)]
    pub data: DataArguments,

    /// Samples at most per subset: a count, or a share such as 0.1
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub limit: Option<String>,
    /// Replies of each sample: the k-th row of a sample is its k-th repeat
    #[arg(long, value_name = "N", help_heading = "Run", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeats: Option<u32>,
    /// Seed of sample order and few-shot choice [default: 42]
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub seed: Option<u64>,
    /// Who judges replies, as `evalscope eval --judge` takes it
    #[arg(long, value_name = "FILE|JSON", help_heading = "Run")]
    pub judge: Option<String>,
    /// Folder of runs in which the new one is made [default: outputs]
    #[arg(long, visible_alias = "outputs", value_name = "DIR", help_heading = "Run")]
    pub work_dir: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Run")]
    pub json: bool,
}
