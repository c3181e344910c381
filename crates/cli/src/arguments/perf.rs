//! What `evalscope perf` takes.

use clap::Args;
use std::path::PathBuf;

/// `evalscope perf`.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true
)]
#[command(after_help = "\
Examples:
  evalscope perf --url http://127.0.0.1:8000/v1 --model m --parallel 1 8 64 --number 20 160 640 --max-tokens 128
  evalscope perf --url http://127.0.0.1:8000/v1 --model m --rate 2 4 8 --duration 60s --warmup-num 10%
  evalscope perf --url http://127.0.0.1:8000/v1 --model m --dataset openqa --dataset-path open_qa.jsonl
  evalscope perf --url http://127.0.0.1:8000/v1 --model m --dataset random --tokenizer-path ./qwen \\
      --min-prompt-length 1024 --max-prompt-length 1024 --max-tokens 128 --extra-args '{\"ignore_eos\": true}'
  evalscope perf --url http://127.0.0.1:8000/v1 --model m --rate 1 --duration 60s --slo 'ttft:p99<500ms,tpot:p95<50ms'
  evalscope perf --url http://127.0.0.1:8000/v1 --model m --stage 'parallel=8 number=200' --stage 'rate=2..20 ramp=60s duration=90s'
  evalscope perf --url http://127.0.0.1:8000/v1 --model m --sweep parallel --number 200 --metrics-url http://127.0.0.1:8000
  evalscope perf --url http://127.0.0.1:8000/v1 --model m --multi-turn --think-time 1s..5s --parallel 16 --number 500
  evalscope perf --url http://127.0.0.1:8000/v1 --model m --dataset trace --dataset-path mooncake.jsonl --trace-speed 2
  evalscope perf compare outputs/20261128_210000/m outputs/20261129_093000/m
  evalscope perf --selftest

Times are those at which bytes arrived at this machine. A stage whose figures the client distorted by more than 5 %
begins with INVALID and the reason.

Exit codes: 0 every measured request was answered in full and every stage is valid, 1 not so, 2 wrong arguments,
3 data, 4 server, 5 this machine, 130 stopped by Ctrl-C.")]
pub struct PerfArguments {
    /// What else to do
    #[command(subcommand)]
    pub command: Option<PerfCommand>,
    /// Address of the server: its base (http://127.0.0.1:8000/v1) or the whole address of the call
    #[arg(long, value_name = "URL", required_unless_present_any = ["selftest", "api", "serve"], help_heading = "Server")]
    pub url: Option<String>,
    /// Start a server for the model and end it after the test: vllm, sglang, llama-server, ollama or swift, with arguments
    /// behind the name, or JSON as `evalscope eval` takes it; without --url
    #[arg(long, value_name = "SERVER", conflicts_with = "url", help_heading = "Server")]
    pub serve: Option<String>,
    /// The model's name there
    #[arg(long, value_name = "NAME", required_unless_present = "selftest", help_heading = "Server")]
    pub model: Option<String>,
    /// How to talk to it: openai (chat, or completions when the address ends so), openai_chat,
    /// openai_completions, openai_responses, openai_embedding, openai_rerank, anthropic, local (the embedded engine, without
    /// --url), or a YAML file that describes one
    #[arg(long, value_name = "API", default_value = "openai", help_heading = "Server")]
    pub api: String,
    /// Its key; better in the environment: EVALSCOPE_API_KEY or OPENAI_API_KEY
    #[arg(long, value_name = "KEY", help_heading = "Server")]
    pub api_key: Option<String>,
    /// Headers of every request
    #[arg(long, visible_alias = "header", num_args = 1.., value_name = "NAME=VALUE", help_heading = "Server")]
    pub headers: Vec<String>,
    /// How long a connection may take
    #[arg(long, value_name = "TIME", default_value = "30s", help_heading = "Server")]
    pub connect_timeout: String,
    /// How long nothing may come before a request counts as stalled
    #[arg(long, value_name = "TIME", default_value = "300s", help_heading = "Server")]
    pub read_timeout: String,
    /// How long a request may take
    #[arg(long, value_name = "TIME", default_value = "21600s", help_heading = "Server")]
    pub total_timeout: String,
    /// Begin also when the server cannot be reached
    #[arg(long, help_heading = "Server")]
    pub no_test_connection: bool,

    /// Requests in flight; several are a stage each. With --rate: at most so many [default: 1, with --rate no limit]
    #[arg(long, num_args = 1.., value_delimiter = ',', value_name = "N", help_heading = "Load",
        value_parser = clap::value_parser!(u32).range(1..))]
    pub parallel: Vec<u32>,
    /// Requests per second whatever becomes of those before; several are a stage each; -1 for none
    #[arg(long, num_args = 1.., value_delimiter = ',', value_name = "N", allow_negative_numbers = true,
        help_heading = "Load", value_parser = rate)]
    pub rate: Vec<f64>,
    /// With --rate: never wait for a free slot, whatever --parallel says
    #[arg(long, requires = "rate", help_heading = "Load")]
    pub open_loop: bool,
    /// Measured requests of a stage, or conversations where they begin at a --rate; one number for all stages, or one for
    /// each [default: 1000 without --duration]
    #[arg(short = 'n', long, num_args = 1.., value_delimiter = ',', value_name = "N", help_heading = "Load",
        value_parser = clap::value_parser!(u64).range(1..))]
    pub number: Vec<u64>,
    /// How long requests are sent and measured in a stage; those in flight then are waited for
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub duration: Option<String>,
    /// How gaps between requests vary with --rate
    #[arg(
        long,
        value_name = "KIND",
        default_value = "poisson",
        requires = "rate",
        conflicts_with = "burstiness",
        help_heading = "Load"
    )]
    pub arrivals: ArrivalsName,
    /// The same by the shape of a gamma distribution: below 1 in bursts, 1 is poisson, above 1 more evenly
    #[arg(long, value_name = "SHAPE", requires = "rate", value_parser = super::positive, help_heading = "Load")]
    pub burstiness: Option<f64>,
    /// How long it takes to get to the load, from nothing; 0 for all at once [default: 0 with --rate, else a millisecond for
    /// each in flight, 0.25 s at most]
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub ramp_up: Option<String>,
    /// Requests before the measured ones: a count (20), a time (10s), or a share (0.1, 10%)
    #[arg(long, value_name = "N", help_heading = "Load")]
    pub warmup_num: Option<String>,
    /// Requests after the measured ones, given likewise
    #[arg(long, value_name = "N", help_heading = "Load")]
    pub cooldown_num: Option<String>,
    /// How often each stage is run
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Load",
        value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: u32,
    /// How long the server rests between two stages
    #[arg(long, value_name = "TIME", default_value = "5s", help_heading = "Load")]
    pub sleep_interval: String,

    /// Where prompts come from: synthetic, random, random_vl, line_by_line, openqa, longalpaca, share_gpt, custom, rows,
    /// trace; with --multi-turn also random_multi_turn, share_gpt_zh_multi_turn, share_gpt_en_multi_turn, custom_multi_turn
    /// [default: synthetic, with a path by its kind]
    #[arg(long, value_name = "NAME", help_heading = "Prompts")]
    pub dataset: Option<String>,
    /// File or folder of the prompts: text, JSONL, JSON, CSV or Parquet
    #[arg(long, value_name = "PATH", help_heading = "Prompts")]
    pub dataset_path: Option<PathBuf>,
    /// Column of the prompts
    #[arg(long, value_name = "NAME", help_heading = "Prompts")]
    pub column: Option<String>,
    /// Prompts to leave out at the beginning of the file, or of those that are made up
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Prompts")]
    pub dataset_offset: usize,
    /// One prompt for all requests: a text, or @FILE
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["dataset", "dataset_path"], help_heading = "Prompts")]
    pub prompt: Option<String>,
    /// The least length of a prompt: tokens with --tokenizer-path, else characters
    #[arg(long, value_name = "N", help_heading = "Prompts")]
    pub min_prompt_length: Option<usize>,
    /// The greatest length of a prompt
    #[arg(long, value_name = "N", help_heading = "Prompts")]
    pub max_prompt_length: Option<usize>,
    /// Length of a beginning that all made-up prompts share, besides
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Prompts")]
    pub prefix_length: usize,
    /// Folder with the model's tokenizer.json: for lengths in tokens, and for answers whose tokens the server does not
    /// count
    #[arg(long, value_name = "PATH", help_heading = "Prompts")]
    pub tokenizer_path: Option<PathBuf>,
    /// Seed of prompts and schedules; one that is given also goes into each request of OpenAI's chat and completions, unless
    /// --extra-args takes it away [default: 42]
    #[arg(long, value_name = "N", help_heading = "Prompts")]
    pub seed: Option<u64>,

    /// Tokens of an answer at most; two numbers: one between them for each prompt. What a trace says goes before [default:
    /// 2048]
    #[arg(long, num_args = 1..=2, value_name = "N", help_heading = "Answers")]
    pub max_tokens: Vec<u64>,
    /// Tokens of an answer at least, where the server knows `min_tokens`
    #[arg(long, value_name = "N", help_heading = "Answers")]
    pub min_tokens: Option<u64>,
    /// Do not stream answers
    #[arg(long, overrides_with = "stream", help_heading = "Answers")]
    pub no_stream: bool,
    /// Stream answers, which is what is done anyway
    #[arg(long, overrides_with = "no_stream", help_heading = "Answers")]
    pub stream: bool,
    /// Sampling temperature
    #[arg(long, value_name = "T", help_heading = "Answers")]
    pub temperature: Option<f64>,
    /// Nucleus sampling
    #[arg(long, value_name = "P", help_heading = "Answers")]
    pub top_p: Option<f64>,
    /// The most likely tokens only
    #[arg(long, value_name = "K", help_heading = "Answers")]
    pub top_k: Option<i64>,
    /// Penalty for tokens that came often
    #[arg(long, value_name = "P", allow_negative_numbers = true, help_heading = "Answers")]
    pub frequency_penalty: Option<f64>,
    /// Penalty for tokens that came
    #[arg(long, value_name = "P", help_heading = "Answers")]
    pub repetition_penalty: Option<f64>,
    /// Texts that end an answer
    #[arg(long, num_args = 1.., value_name = "TEXT", help_heading = "Answers")]
    pub stop: Vec<String>,
    /// Tokens that end an answer
    #[arg(long, num_args = 1.., value_name = "ID", help_heading = "Answers")]
    pub stop_token_ids: Vec<u64>,
    /// Further members of each request, as JSON; null takes one away
    #[arg(long, value_name = "JSON", help_heading = "Answers")]
    pub extra_args: Option<String>,

    /// Goals in milliseconds whose keeping is counted: ttft:500 tpot:50 e2el:20000
    #[arg(long, num_args = 1.., value_name = "NAME:MS", help_heading = "Results")]
    pub goodput: Vec<String>,
    /// Search the greatest load that keeps these goals: 'ttft:p99<500ms,tpot:p95<50ms,failed<1%'. It begins with
    /// --parallel or --rate, doubles, then halves the distance; trials near the limit are made again
    #[arg(long, value_name = "GOALS", conflicts_with = "repeat", help_heading = "Load")]
    pub slo: Option<String>,
    /// What the search makes as great as possible: it must be the load that is given [default: the one that is given]
    #[arg(long, value_name = "LOAD", requires = "slo", help_heading = "Load")]
    pub maximize: Option<MaximizeName>,
    /// The load that the search does not go beyond [default: 65536]
    #[arg(long, value_name = "N", requires = "slo", value_parser = super::positive, help_heading = "Load")]
    pub slo_upper_bound: Option<f64>,
    /// Folder of results
    #[arg(
        long,
        visible_alias = "outputs",
        value_name = "DIR",
        default_value = "outputs",
        help_heading = "Results"
    )]
    pub outputs_dir: PathBuf,
    /// Put no folder with the time between
    #[arg(long, help_heading = "Results")]
    pub no_timestamp: bool,
    /// Name under which results are filed [default: the model's]
    #[arg(long, value_name = "NAME", help_heading = "Results")]
    pub name: Option<String>,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Results")]
    pub json: bool,
    /// Put load on a reference server of our own instead, and say what this machine can do and how far figures are off
    #[arg(long, conflicts_with_all = ["url", "model", "serve", "parallel", "rate", "number", "duration", "stage",
        "sweep", "slo", "dataset", "dataset_path", "prompt"], help_heading = "Results")]
    pub selftest: bool,
    /// The rest
    #[command(flatten)]
    pub more: super::perf_more::PerfMoreArguments,
}

/// `evalscope perf …`.
#[derive(clap::Subcommand)]
pub enum PerfCommand {
    /// Set two load tests against each other, stage by stage
    Compare {
        /// Folder of the first test, or its summary.json
        before: PathBuf,
        /// Folder of the second
        after: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// What a search makes as great as possible.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum MaximizeName {
    /// Requests in flight
    Parallel,
    /// Requests per second
    Rate,
}

/// How gaps between requests vary.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ArrivalsName {
    /// Exponentially
    Poisson,
    /// Not at all
    Constant,
}

/// A rate; -1 is EvalScope's word for none.
fn rate(text: &str) -> Result<f64, String> {
    if text.trim() == "-1" { Ok(-1.0) } else { super::positive(text) }
}
