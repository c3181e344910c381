//! What can be typed: commands, flags, their help. EvalScope's flag names where it has them.

mod app;
mod arena;
mod choice;
mod compare;
mod data;
mod exchange;
mod hub;
mod math;
mod models;
mod perf;
mod perf_more;
mod perf_refused;
mod probe;
mod programs;
mod runs;
mod serve;

pub use app::{AppArguments, ArenaVoteArguments, ListenArguments};
pub use arena::{
    ArenaCommand, ArenaFromArguments, ArenaRateArguments, ArenaSessionArguments, CalibrateArguments,
    JudgeCommand, MitigationName, ModeName, TiesName,
};
pub use choice::ChoiceModeName;
pub use compare::CompareArguments;
pub use data::{DataCommand, PullArguments};
pub use exchange::{ExportArguments, ImportArguments};
pub use hub::HubName;
pub use math::{ExtractArguments, MathCommand, MathCompareArguments};
pub use models::{BenchModelArguments, ModelsArguments, ModelsCommand, OneModel};
pub use perf::{ArrivalsName, MaximizeName, PerfArguments, PerfCommand};
pub use probe::ProbeArguments;
pub use programs::{SandboxCommand, SandboxName, SandboxRunArguments};
pub use runs::{DiffArguments, RerunArguments, ScoreArguments};
pub use serve::ServeArguments;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const ABOUT: &str = "Evaluates language models: how good, and where the numbers come from.

Evaluate the small built-in model on the starter benchmark (needs nothing):
  evalscope eval

Evaluate an OpenAI-compatible endpoint:
  evalscope eval --model qwen2.5-7b --api-url http://127.0.0.1:8000/v1 --datasets gsm8k mmlu --limit 50

Measure a server under load:
  evalscope perf --url http://127.0.0.1:8000/v1 --model qwen2.5-7b --parallel 1 8 64

See what a run would send, without sending it:
  evalscope eval --model m --api-url http://127.0.0.1:8000/v1 --datasets gsm8k --dry-run

Go on with a run that stopped:
  evalscope eval … --use-cache outputs/20261124_101500

Look at runs in a browser:
  evalscope app --outputs outputs

Compare runs, make one again, score recorded replies:
  evalscope diff outputs/20261124_101500 outputs/20261125_093000
  evalscope compare outputs/20261124_101500 outputs/20261125_093000
  evalscope rerun outputs/20261124_101500
  evalscope score outputs/20261124_101500

Carry runs to and from Inspect, lm-eval and EvalScope:
  evalscope export outputs/20261124_101500 --to inspect
  evalscope import lm-eval-results

Look at benchmarks, write your own:
  evalscope benchmarks list
  evalscope benchmarks show gsm8k
  evalscope benchmarks lint mine.yaml

Let models compete and have them judged, rate them from a file of battles:
  evalscope arena run
  evalscope arena rate battle.jsonl

Compare two mathematical answers:
  evalscope math compare '\\frac{3}{4}' 0.75

Serve a model of this machine, with the log-probabilities that multiple choice needs:
  evalscope serve --model models/my-folder

Prepare a machine without a network:
  evalscope data pull gsm8k smollm2-135m
  evalscope data bundle gsm8k smollm2-135m -o ready.tar.zst
  evalscope data unbundle ready.tar.zst

See whether programs that models write can be run here, and run one:
  evalscope doctor
  evalscope sandbox run -- python3 x.py";

/// The command line.
#[derive(Parser)]
#[command(name = "evalscope", version, about = ABOUT, disable_help_subcommand = true, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands, by task.
#[derive(Subcommand)]
pub enum Command {
    /// Run benchmarks against a model and report
    Eval(Box<EvalArguments>),
    /// Put load on a server and say how fast it answers
    Perf(Box<PerfArguments>),
    /// Find out what an endpoint does and lacks, with a dozen small calls
    Probe(ProbeArguments),
    /// Show runs in a browser: scores, samples, comparisons, load tests
    App(AppArguments),
    /// Rebuild the reports of a run
    Report(ReportArguments),
    /// Say what differs between two runs: plan, data, prompts, responses, extractions, scores
    Diff(DiffArguments),
    /// Say which of several models is better, question by question, and how sure that is
    Compare(CompareArguments),
    /// Make a run again in a new folder, as it was recorded
    Rerun(RerunArguments),
    /// Score recorded replies, of a run or of another program's file, without a model
    Score(Box<ScoreArguments>),
    /// Write a run in the form of Inspect, lm-eval or EvalScope, or as Parquet
    Export(ExportArguments),
    /// Make a run of what Inspect, lm-eval or EvalScope wrote, with their scores
    Import(ImportArguments),
    /// List, show and check benchmarks
    #[command(subcommand)]
    Benchmarks(BenchmarksCommand),
    /// Look at the response cache (`eval --cache on`), make it smaller
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Fetch data and models ahead, check them, carry them to machines without a network
    #[command(subcommand)]
    Data(DataCommand),
    /// Let models compete, rate them from battles
    #[command(subcommand)]
    Arena(ArenaCommand),
    /// Find out how far a judge can be trusted
    #[command(subcommand)]
    Judge(JudgeCommand),
    /// Compare mathematical answers, find them in texts
    #[command(subcommand)]
    Math(MathCommand),
    /// List models, show one, fetch one, or render a conversation with its chat template
    Models(ModelsArguments),
    /// Measure how fast the embedded engine runs a model here, and what the machine allows
    #[command(after_help = "\
Examples:
  evalscope bench-model
  evalscope bench-model models/my-folder --model-args threads=2 --json")]
    BenchModel(BenchModelArguments),
    /// Serve a model of this machine as an OpenAI-compatible endpoint, with log-probabilities of given text
    Serve(ServeArguments),
    /// Run programs apart from this machine
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// Say what this machine supports: the sandbox for programs, languages
    #[command(after_help = "Exit codes: 0 programs can be run in the full sandbox, 1 they cannot.")]
    Doctor {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// For the repository's own chores
    #[command(name = "self", hide = true, subcommand)]
    Own(OwnCommand),
}

/// `evalscope eval`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope eval --model smollm2-135m --datasets gsm8k arc --limit 20
  evalscope eval --model ./model.gguf --datasets mmlu@evalscope-0.5 --dataset-hub local --dataset-dir ./data
  evalscope eval --model m --api-url http://127.0.0.1:8000/v1 --datasets ceval \\
      --dataset-args '{\"ceval\": {\"subset_list\": [\"logic\"], \"few_shot_num\": 0}}'
  evalscope eval --model small large --api-url http://127.0.0.1:8000/v1 http://127.0.0.1:8001/v1 --datasets mmlu
  evalscope eval --config models.yaml --datasets gsm8k

Exit codes: 0 every planned sample was scored, 1 some were not, 2 wrong arguments, 3 data, 4 model,
5 this machine (disk, network, permissions), 130 stopped, by Ctrl-C or by --max-cost.")]
pub struct EvalArguments {
    /// Path of a GGUF file or a folder of safetensors, hub id, name from `evalscope models`, or the name that the endpoint serves;
    /// several, each also as JSON with options of its own: model, model_id, api_url, serve, api_key_env, eval_type, model_args,
    /// generation_config, chat_template, precision, rpm, tpm, eval_batch_size, price
    #[arg(long, num_args = 1.., value_name = "MODEL", help_heading = "Model")]
    pub model: Vec<String>,
    /// Name under which results are filed [default: the model's]
    #[arg(value_parser = NonEmptyStringValueParser::new(), long, value_name = "NAME", help_heading = "Model")]
    pub model_id: Option<String>,
    /// Address of an endpoint, such as http://127.0.0.1:8000/v1; several that serve the same model share the calls,
    /// by weight when given as JSON: '{"url": "http://…", "weight": 2}'
    #[arg(long, num_args = 1.., value_name = "URL", help_heading = "Model")]
    pub api_url: Vec<String>,
    /// Start a server for the model and end it after the run: vllm, sglang, llama-server, ollama or swift, with arguments
    /// behind the name ('vllm --max-model-len 4096') and variables before it ('OLLAMA_CONTEXT_LENGTH=32768 ollama'), or
    /// JSON with server, program, args, env, start_timeout (seconds)
    #[arg(long, value_name = "SERVER", help_heading = "Model")]
    pub serve: Option<String>,
    /// Key of the endpoint; better in the environment: EVALSCOPE_API_KEY, or OPENAI_, ANTHROPIC_, GEMINI_API_KEY
    #[arg(long, value_name = "KEY", help_heading = "Model")]
    pub api_key: Option<String>,
    /// How to reach the model: openai_api, openai_completions, openai_responses, anthropic, gemini, ollama, command,
    /// replay, local [default: from the other flags]
    #[arg(long, value_name = "TYPE", help_heading = "Model")]
    pub eval_type: Option<String>,
    /// Arguments of the local engines: engine (own, llama), threads, context, revision, file, hub, template_date
    /// (YYYY-MM-DD, the day that chat templates see); of our own: kv_gib; of llama.cpp: mode (strict, fast), workers, gpu_layers; of a command: command; of a replay: path
    /// (JSON or k=v,k=v)
    #[arg(long, value_name = "ARGS", help_heading = "Model")]
    pub model_args: Option<String>,
    /// How the embedded engine keeps weights: f32, bf16 or q8; float16 is taken as f32. What fewer bits do to log-probabilities is measured while the
    /// model is loaded, and stands in the report [default: f32]
    #[arg(long, value_name = "PRECISION", value_parser = evalscope::PRECISION_NAMES, hide_possible_values = true, help_heading = "Model")]
    pub precision: Option<String>,
    /// Sampling and patience: max_tokens, temperature, top_p, stop, seed, timeout, retries, … (JSON or k=v,k=v)
    #[arg(long, value_name = "CONFIG", help_heading = "Model")]
    pub generation_config: Option<String>,
    /// Chat template of a local model: a built-in name, a file, or Jinja text. A name also brings what ends a turn in its layout,
    /// and no instructions of a model's maker: those are other people's words (see --system-prompt)
    #[arg(long, visible_alias = "template-type", value_name = "TEMPLATE", help_heading = "Model")]
    pub chat_template: Option<String>,
    /// System message for every benchmark
    #[arg(long, value_name = "TEXT", help_heading = "Model")]
    pub system_prompt: Option<String>,

    /// Benchmarks: `name` or `name@protocol`, several [default: starter, or nothing beside a --collection]
    #[arg(long, num_args = 1.., value_delimiter = ',', value_name = "NAME", help_heading = "Data")]
    pub datasets: Vec<String>,
    /// A mix of benchmarks that is reported as one: a YAML or JSON file with `name`, `samples`, `sampler` (weighted,
    /// stratified, uniform) and `datasets`, each with `name`, `weight`, `task_type`, `tags`, `args`, or `datasets` of its
    /// own
    #[arg(long, value_name = "FILE|JSON", help_heading = "Data")]
    pub collection: Vec<String>,
    #[command(flatten)]
    pub data: DataArguments,

    /// Who judges replies, and how: a model's name, JSON, or a JSON or YAML file with `models` (each as --model takes it) or the
    /// fields of one model, `strategy` (auto, rule, llm, llm_recall), `system_prompt`, `prompt_template`, `score_mapping`,
    /// `score_type` (pattern, numeric), `repeats`, `position_swap` (auto, on, off), `aggregation` (mean, median, majority), `min_valid_judges`,
    /// `null_model` (samples of each subset on which judges are also shown an answer without content)
    #[arg(long, alias = "judge-model-args", value_name = "FILE|JSON", help_heading = "Run")]
    pub judge: Option<String>,
    /// When judges are asked: auto (where the protocol has a judge), rule (never), llm (always), llm_recall (where the
    /// rule finds the reply wrong); goes over the `strategy` of --judge
    #[arg(long, value_name = "STRATEGY", help_heading = "Run")]
    pub judge_strategy: Option<String>,
    /// File of options (YAML or JSON), named as the flags are: model, datasets, limit, …; flags go over it
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub config: Option<PathBuf>,
    /// How the chosen option of multiple-choice questions is found out; scores of different modes cannot be compared.
    /// auto: as the protocol does, else the most exact way that every model can be asked in [default: as the protocol
    /// does]
    #[arg(long, value_name = "MODE", help_heading = "Run")]
    pub choice_mode: Option<ChoiceModeName>,
    /// Samples at most per subset: a count, or a share such as 0.1
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub limit: Option<String>,
    /// How often each sample is asked
    #[arg(long, value_name = "N", help_heading = "Run", value_parser = clap::value_parser!(u32).range(1..))]
    pub repeats: Option<u32>,
    /// Seed of sample order, few-shot choice and sampling
    #[arg(long, value_name = "N", default_value_t = 42, help_heading = "Run")]
    pub seed: u64,
    /// Samples in flight at most; an endpoint that refuses (429, 503) gets fewer for a while [default: 8 and up to
    /// 64 while that brings more for endpoints, what the local engine can batch]
    #[arg(long, value_name = "N", help_heading = "Run", value_parser = clap::value_parser!(u32).range(1..))]
    pub eval_batch_size: Option<u32>,
    /// on: take answers to the same questions from the response cache of this machine, and keep new ones there
    #[arg(long, value_name = "on|off", default_value = "off", help_heading = "Run")]
    pub cache: Switch,
    /// Calls per minute at most
    #[arg(long, value_name = "N", help_heading = "Run", value_parser = positive)]
    pub rpm: Option<f64>,
    /// Tokens per minute at most, of prompts and replies; calls for log-likelihoods count by --rpm only
    #[arg(long, value_name = "N", help_heading = "Run", value_parser = positive)]
    pub tpm: Option<f64>,
    /// Stop when more samples than this have failed: a count, or a share of all such as 5%
    #[arg(long, value_name = "N|P%", help_heading = "Run", conflicts_with = "ignore_errors")]
    pub max_errors: Option<String>,
    /// Go on whatever fails, also when nothing is answered any more, and end with exit code 0
    #[arg(long, help_heading = "Run")]
    pub ignore_errors: bool,
    /// What the model's tokens cost, for a million (JSON or k=v,k=v): input=0.15,output=0.6, and where they differ
    /// cached_input, reasoning, currency
    #[arg(long, value_name = "PRICE", help_heading = "Run", conflicts_with = "prices")]
    pub price: Option<String>,
    /// The same by model, for several: JSON, or a JSON or YAML file; in a name, `*` is any text
    #[arg(long, value_name = "FILE|JSON", help_heading = "Run")]
    pub prices: Option<String>,
    /// Stop before the run costs more than this, all models and earlier sessions included, in the currency of the
    /// prices; what fails costs an unknown amount and does not count
    #[arg(long, value_name = "AMOUNT", help_heading = "Run")]
    pub max_cost: Option<String>,
    /// all, infer (ask only), review (score what is recorded, ask nothing)
    #[arg(long, value_name = "STAGE", default_value = "all", help_heading = "Run")]
    pub stage: StageName,
    /// Folder of runs; a run there with the same plan and data is gone on with [default: outputs]
    #[arg(long, visible_alias = "outputs", value_name = "DIR", help_heading = "Run")]
    pub work_dir: Option<PathBuf>,
    /// Make the work dir itself the run folder
    #[arg(long, help_heading = "Run")]
    pub no_timestamp: bool,
    /// Go on with the run in this folder
    #[arg(long, value_name = "RUN_DIR", conflicts_with_all = ["work_dir", "no_timestamp", "fresh"], help_heading = "Run")]
    pub use_cache: Option<PathBuf>,
    /// Start anew even when there is a run with the same plan
    #[arg(long, conflicts_with = "no_timestamp", help_heading = "Run")]
    pub fresh: bool,
    /// Do not look at the endpoint first (a dozen small calls, once a day), and run whatever is known of it
    #[arg(long, help_heading = "Run")]
    pub no_probe: bool,
    /// Say what would be sent, and send nothing
    #[arg(long, help_heading = "Run")]
    pub dry_run: bool,
    /// Log every call and every score
    #[arg(long, help_heading = "Run")]
    pub debug: bool,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Run")]
    pub json: bool,
}

/// Where data comes from, and which.
#[derive(Args)]
pub struct DataArguments {
    /// Arguments by benchmark, as JSON or a JSON file: local_path, subset_list, few_shot_num, …
    #[arg(long, value_name = "JSON|FILE", help_heading = "Data")]
    pub dataset_args: Option<String>,
    /// Where data sets come from [default: local with --dataset-dir, else modelscope]
    #[arg(long, value_name = "HUB", ignore_case = true, help_heading = "Data")]
    pub dataset_hub: Option<HubName>,
    /// Folder of local data sets, one folder each
    #[arg(long, value_name = "DIR", help_heading = "Data")]
    pub dataset_dir: Option<PathBuf>,
    /// A benchmark file of your own, or a folder of them
    #[arg(long, value_name = "PATH", help_heading = "Data")]
    pub benchmark_path: Vec<PathBuf>,
    /// Go on without subsets whose data is not there
    #[arg(long, help_heading = "Data")]
    pub allow_missing: bool,
    /// Ask no hub and no package index; use what is cached
    #[arg(long, help_heading = "Data")]
    pub offline: bool,
    /// What must stand between programs that the model writes and this machine; less than `full` is said in the report
    /// [default: full]
    #[arg(long, value_name = "ISOLATION", help_heading = "Run")]
    pub sandbox: Option<SandboxName>,
}

/// On or off.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On
    On,
    /// Off
    Off,
}

/// Stages of a run.
#[derive(Clone, Copy, ValueEnum)]
pub enum StageName {
    /// Ask and score
    All,
    /// Ask only
    Infer,
    /// Score what is recorded
    Review,
}

/// `evalscope report`.
#[derive(Args)]
pub struct ReportArguments {
    /// Folder of the run
    pub run_dir: PathBuf,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

/// `evalscope benchmarks …`.
#[derive(Subcommand)]
pub enum BenchmarksCommand {
    /// List benchmarks
    List {
        /// A benchmark file of your own, or a folder of them
        #[arg(long, value_name = "PATH")]
        benchmark_path: Vec<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a benchmark with a rendered prompt of a real sample
    Show(ShowArguments),
    /// Check a benchmark file; errors have line and column
    Lint {
        /// The file or folder
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// List every name that a benchmark file can use
    Vocabulary {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// `evalscope cache …`.
#[derive(Subcommand)]
pub enum CacheCommand {
    /// What is in it, by model
    Stats {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Drop answers that were not used for long, or that are too many
    #[command(arg_required_else_help = true)]
    Prune {
        /// Not used for so long, such as 30d or 12h
        #[arg(long, value_name = "AGE")]
        older_than: Option<String>,
        /// The longest unused ones beyond so many bytes, such as 2GB
        #[arg(long, value_name = "SIZE")]
        max_size: Option<String>,
    },
    /// Drop all answers
    Clear,
}

/// `evalscope benchmarks show`.
#[derive(Args)]
pub struct ShowArguments {
    /// `name` or `name@protocol`
    pub name: String,
    /// Arguments of the data set, as JSON or a JSON file
    #[arg(long, value_name = "JSON|FILE")]
    pub dataset_args: Option<String>,
    /// Where data sets come from [default: local with --dataset-dir, else modelscope]
    #[arg(long, value_name = "HUB", ignore_case = true)]
    pub dataset_hub: Option<HubName>,
    /// Folder of local data sets
    #[arg(long, value_name = "DIR")]
    pub dataset_dir: Option<PathBuf>,
    /// A benchmark file of your own, or a folder of them
    #[arg(long, value_name = "PATH")]
    pub benchmark_path: Vec<PathBuf>,
    /// Ask no hub; use what is cached
    #[arg(long)]
    pub offline: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Chores of the repository.
#[derive(Subcommand)]
pub enum OwnCommand {
    /// Write generated reference pages and schemas
    Generate {
        /// Folder to write to
        #[arg(long)]
        out: PathBuf,
    },
    /// Write golden prompts
    Golden {
        /// Folder to write to
        #[arg(long)]
        out: PathBuf,
        /// Only this benchmark
        name: Option<String>,
    },
}

/// A number above 0.
fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("it must be a number above 0".into()),
    }
}
