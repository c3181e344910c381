//! What `evalscope perf` takes besides: shapes of the load, conversations, images, and where figures go.

use clap::Args;
use std::path::PathBuf;

/// Options that most load tests do without.
#[derive(Args)]
pub struct PerfMoreArguments {
    /// Divide --ramp-up in so many steps instead of a straight line
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Load")]
    pub ramp_steps: u32,
    /// A stage of its own kind, as often as there are stages: 'parallel=8 duration=30s',
    /// 'rate=2..20 ramp=60s steps=6 number=500 arrivals=constant parallel=64', 'speed=2'
    #[arg(long, value_name = "STAGE", conflicts_with_all = ["parallel", "rate", "number", "duration", "ramp_up", "sweep",
        "ramp_steps", "warmup_num", "cooldown_num", "trace_speed"], help_heading = "Load")]
    pub stage: Vec<String>,
    /// More and more load: `parallel` doubles what is in flight from --parallel on until throughput grows no more; `rate`
    /// finds what one request at a time and --parallel at a time come to, then puts on rates between
    #[arg(long, value_name = "LOAD", conflicts_with_all = ["slo", "rate", "repeat"], help_heading = "Load")]
    pub sweep: Option<super::perf::MaximizeName>,
    /// Rates of a sweep by rate, or the most in flight of one by parallel [default: 8, or 4096]
    #[arg(long, value_name = "N", requires = "sweep", value_parser = clap::value_parser!(u32).range(1..),
        help_heading = "Load")]
    pub sweep_to: Option<u32>,
    /// Send the trace of --dataset trace so many times faster than it was recorded [default: 1]
    #[arg(long, value_name = "FACTOR", conflicts_with = "rate", value_parser = super::positive,
        help_heading = "Load")]
    pub trace_speed: Option<f64>,
    /// HTTP version: 1.1 or 2
    #[arg(long, value_name = "VERSION", default_value = "1.1", value_parser = ["1.1", "2"], help_heading = "Server")]
    pub http: String,
    /// Certificates (PEM) that are trusted besides those of this machine, for a server with one of its own; also for
    /// --metrics-url, --otlp-url and --mlflow-url
    #[arg(long, value_name = "FILE", help_heading = "Server")]
    pub ca_file: Option<PathBuf>,
    /// Addresses of the server's own figures in Prometheus' form (vLLM, SGLang, TGI, llama.cpp, DCGM exporter), asked
    /// once a second and put on the time axis of each stage; a path such as /metrics is one of the server under load
    #[arg(long, num_args = 1.., value_name = "URL", help_heading = "Server")]
    pub metrics_url: Vec<String>,

    /// Conversations instead of single requests; with --parallel, so many at a time
    #[arg(long, help_heading = "Prompts")]
    pub multi_turn: bool,
    /// Turns of a conversation at least; recorded ones of fewer are passed over [default: 2, or --max-turns if that is less;
    /// 1 where they are recorded]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Prompts")]
    pub min_turns: Option<u32>,
    /// Turns of a conversation at most; recorded ones end there [default: 4, or --min-turns; all where they are recorded]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Prompts")]
    pub max_turns: Option<u32>,
    /// How long a person thinks between two turns: a time, or two with `..` between (1s..5s)
    #[arg(long, value_name = "TIME", help_heading = "Prompts")]
    pub think_time: Option<String>,
    /// How many beginnings of --prefix-length there are that prompts share
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Prompts")]
    pub prefix_count: usize,
    /// Share of the prompts that have one of these; the others have beginnings of their own, equally long
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, help_heading = "Prompts")]
    pub prefix_ratio: f64,
    /// Begin each prompt with a line that no other has, so that no cache helps
    #[arg(long, help_heading = "Prompts")]
    pub bust_cache: bool,
    /// Images with each prompt [default: 0, or 1 with another option for images]
    #[arg(long, value_name = "N", help_heading = "Prompts")]
    pub image_num: Option<usize>,
    /// Width of random images [default: 224]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(1..=16_384), help_heading = "Prompts")]
    pub image_width: Option<u32>,
    /// Height of random images [default: 224]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(1..=16_384), help_heading = "Prompts")]
    pub image_height: Option<u32>,
    /// What a pixel of random images is: L (grey), RGB, RGBA [default: RGB]
    #[arg(long, value_name = "MODE", value_parser = ["L", "RGB", "RGBA"], help_heading = "Prompts")]
    pub image_format: Option<String>,
    /// An image, or a folder of images, instead of random ones
    #[arg(long, value_name = "PATH", conflicts_with_all = ["image_width", "image_height", "image_format"],
        help_heading = "Prompts")]
    pub image_path: Option<PathBuf>,

    /// Answers to each request, where the server knows `n`
    #[arg(long, value_name = "N", help_heading = "Answers")]
    pub n_choices: Option<u64>,
    /// Ask for log-probabilities
    #[arg(long, help_heading = "Answers")]
    pub logprobs: bool,

    /// Pass the figures on: wandb or swanlab, where the Python package is installed
    #[arg(long, num_args = 1.., value_name = "PACKAGE", value_parser = ["wandb", "swanlab"], help_heading = "Results")]
    pub visualizer: Vec<String>,
    /// Pass the figures on to an OpenTelemetry collector over HTTP
    #[arg(long, value_name = "URL", help_heading = "Results")]
    pub otlp_url: Option<String>,
    /// Headers for that collector
    #[arg(long, num_args = 1.., value_name = "NAME=VALUE", requires = "otlp_url", help_heading = "Results")]
    pub otlp_headers: Vec<String>,
    /// Pass the figures on to an MLflow server, a run for each stage; its token is in the environment: MLFLOW_TRACKING_TOKEN
    #[arg(long, value_name = "URL", help_heading = "Results")]
    pub mlflow_url: Option<String>,
    /// Name of the experiment there
    #[arg(
        long,
        value_name = "NAME",
        default_value = "evalscope-perf",
        requires = "mlflow_url",
        help_heading = "Results"
    )]
    pub mlflow_experiment: String,
    /// Options of EvalScope that are refused, each with the reason
    #[command(flatten)]
    pub refused: super::perf_refused::Refused,
}
