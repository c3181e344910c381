//! Load tests: from what a user says to a plan of the load tester, and back.

mod dataset;
mod loads;
mod look;

use crate::argument::ArgumentError;
use crate::environment::Environment;
use crate::error::Error;
use crate::place::unused;
use evalscope_core::Secret;
use evalscope_perf::{Answers, Goals, Plan, Prompts, Search, Server, Shape, Slo, Stage, Tested, Tokenizer};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::time::Duration;

pub use dataset::NAMES as DATASET_NAMES;
pub use evalscope_perf::output::table::{number, overview, stage as stage_text};
pub use evalscope_perf::{
    API_NAMES, Case, Difference, Event, Found, PerfSummary, Signals, Snapshot, StageSummary,
};
pub use loads::{Arrivals, Loads, parse_time};
pub use look::{compare, selftest};

/// What a user says of a load test.
#[derive(Debug, Clone, Default)]
pub struct PerfOptions {
    /// Address of the server.
    pub url: String,
    /// Name of the API.
    pub api: String,
    /// The model's name there.
    pub model: String,
    /// Its key.
    pub api_key: Option<Secret>,
    /// Headers of every request.
    pub headers: Vec<(String, String)>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long nothing may come.
    pub read_timeout: Duration,
    /// How long a request may take.
    pub total_timeout: Duration,
    /// Whether a server that cannot be reached is an error at once.
    pub check: bool,
    /// Name of the data set.
    pub dataset: Option<String>,
    /// Its file or folder.
    pub dataset_path: Option<PathBuf>,
    /// The column that holds the prompts.
    pub column: Option<String>,
    /// One prompt instead of a data set: a text, or `@FILE`.
    pub prompt: Option<String>,
    /// The least length of a prompt.
    pub min_prompt_length: Option<usize>,
    /// The greatest.
    pub max_prompt_length: Option<usize>,
    /// Length of a beginning that all prompts share.
    pub prefix_length: usize,
    /// Rows that are left out at the beginning of a file.
    pub dataset_offset: usize,
    /// Folder of a tokenizer.
    pub tokenizer_path: Option<PathBuf>,
    /// Answers are streamed.
    pub stream: bool,
    /// Tokens at most: one number, or two between which one is drawn for each prompt.
    pub max_tokens: Vec<u64>,
    /// Further members of each request.
    pub parameters: Map<String, Value>,
    /// The loads.
    pub loads: Loads,
    /// How often each is put on.
    pub repeat: u32,
    /// How long the server rests between two of them.
    pub rest: Duration,
    /// What a request must keep to count as good: `ttft:500`.
    pub goodput: Vec<String>,
    /// Goals, for a search of the greatest load that keeps them.
    pub slo: Option<String>,
    /// The load that a search does not go beyond.
    pub slo_upper_bound: Option<f64>,
    /// Seed of prompts and schedules.
    pub seed: u64,
    /// Where results go.
    pub outputs_dir: PathBuf,
    /// A folder under it, usually the time; without it results go there directly.
    pub timestamp: Option<String>,
    /// Name under which results are filed; else the model's.
    pub name: Option<String>,
}

/// What a load test brought.
pub struct PerfResult {
    /// Where its files are.
    pub folder: PathBuf,
    /// The figures.
    pub summary: PerfSummary,
    /// Somebody stopped it.
    pub interrupted: bool,
}

/// Puts load on a server. Blocks until it is over; `observer` is told what happens.
///
/// Must not be called from an async context.
pub fn perf(
    options: &PerfOptions,
    environment: &Environment,
    observer: &dyn Fn(Event),
    signals: &Signals,
) -> Result<PerfResult, Error> {
    let plan = plan(options, environment)?;
    let Tested { summary, interrupted } = evalscope_perf::run(&plan, observer, signals)?;
    Ok(PerfResult { folder: plan.folder, summary, interrupted })
}

fn plan(options: &PerfOptions, environment: &Environment) -> Result<Plan, Error> {
    let tokenizer = options.tokenizer_path.as_deref().map(Tokenizer::open).transpose()?;
    let goals = match options.goodput.as_slice() {
        [] => None,
        texts => {
            Some(Goals::parse(texts).map_err(|error| ArgumentError::new(format!("--goodput: {error}")))?)
        }
    };
    let stages = options.loads.stages()?;
    let search = search(options, &stages)?;
    let (name, dataset) = dataset::open(options, environment)?;
    let key = [&options.api_key, &environment.api_key, &environment.openai_api_key];
    Ok(Plan {
        server: Server {
            url: options.url.clone(),
            api: options.api.clone(),
            model: options.model.clone(),
            key: key.into_iter().find_map(Clone::clone),
            headers: options.headers.clone(),
            connect_timeout: options.connect_timeout,
            read_timeout: options.read_timeout,
            total_timeout: options.total_timeout,
            check: options.check,
        },
        prompts: Prompts {
            dataset,
            name,
            min_length: options.min_prompt_length,
            max_length: options.max_prompt_length,
            prefix_length: options.prefix_length,
            offset: options.dataset_offset,
            tokenizer,
        },
        answers: Answers {
            stream: options.stream,
            max_tokens: max_tokens(&options.max_tokens)?,
            parameters: options.parameters.clone(),
        },
        stages,
        search,
        repeat: options.repeat,
        rest: options.rest,
        goals,
        seed: options.seed,
        folder: folder(options),
    })
}

/// The greatest load that a search tries when nobody says one.
const MOST_LOAD: f64 = 65_536.0;

fn search(options: &PerfOptions, stages: &[Stage]) -> Result<Option<Search>, ArgumentError> {
    let Some(text) = &options.slo else { return Ok(None) };
    let slo = Slo::parse(text).map_err(|error| ArgumentError::new(format!("--slo: {error}")))?;
    let [stage] = stages else {
        return Err(ArgumentError::new("--slo searches one load, and several are given")
            .with_hint(Some("give one `--parallel` or `--rate`: the load to begin with".into())));
    };
    let least = match stage.shape {
        Shape::Closed { parallel, .. } => f64::from(parallel),
        Shape::Open { rate, .. } => rate.rate,
    };
    let most = options.slo_upper_bound.unwrap_or(MOST_LOAD);
    if most < least {
        return Err(ArgumentError::new("--slo-upper-bound is less than the load to begin with"));
    }
    Ok(Some(Search { slo, least, most }))
}

fn max_tokens(given: &[u64]) -> Result<Option<(u64, u64)>, ArgumentError> {
    match given {
        [] => Ok(None),
        [one] => Ok(Some((*one, *one))),
        [low, high] if low <= high => Ok(Some((*low, *high))),
        _ => {
            Err(ArgumentError::new("--max-tokens takes one number, or two of which the first is not greater"))
        }
    }
}

/// `outputs/20261128_210000/model`, made unlike any that is there.
fn folder(options: &PerfOptions) -> PathBuf {
    let name = options.name.as_deref().unwrap_or(&options.model);
    let name: String =
        name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    let name = if name.trim_matches('.').is_empty() { "model".to_owned() } else { name };
    let parent = options.timestamp.iter().fold(options.outputs_dir.clone(), |folder, name| folder.join(name));
    unused(&parent, &name)
}
