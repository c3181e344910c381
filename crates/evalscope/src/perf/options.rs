//! What a user says of a load test.

use crate::managed_server::ManagedServer;
use crate::perf::loads::Loads;
use crate::perf::trackers::Tracker;
use evalscope_core::Secret;
use evalscope_perf::output::export::Collector;
use evalscope_perf::{Http, Images, Prefix, Sweep, Think};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::time::Duration;

/// What a user says of a load test.
#[derive(Debug, Clone, Default)]
pub struct PerfOptions {
    /// Address of the server.
    pub url: String,
    /// The server that is to be started.
    pub serve: Option<ManagedServer>,
    /// Name of the API, or the YAML file that describes one.
    pub api: String,
    /// Version of HTTP.
    pub http: Http,
    /// Certificates (PEM) that are trusted besides those of this machine.
    pub certificates: Option<PathBuf>,
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
    /// Beginnings that made-up prompts share.
    pub prefix: Prefix,
    /// Each prompt begins with a line that no other has.
    pub bust_cache: bool,
    /// Images that go with each prompt.
    pub images: Option<Images>,
    /// Conversations instead of single requests: turns of each, between two numbers.
    pub turns: Option<(usize, usize)>,
    /// How long a person thinks between two turns.
    pub think: Think,
    /// Rows that are left out at the beginning of a file.
    pub dataset_offset: usize,
    /// Folder of a tokenizer.
    pub tokenizer_path: Option<PathBuf>,
    /// Answers are streamed.
    pub stream: bool,
    /// Tokens at most: one number, or two between which one is drawn for each prompt; none is 2,048.
    pub max_tokens: Vec<u64>,
    /// Further members of each request.
    pub parameters: Map<String, Value>,
    /// The loads.
    pub loads: Loads,
    /// More and more load instead, until the server does no more.
    pub sweep: Option<Sweep>,
    /// Addresses of the server's own figures.
    pub metrics: Vec<String>,
    /// Programs that collect figures.
    pub collectors: Vec<Collector>,
    /// Python packages that do.
    pub trackers: Vec<Tracker>,
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
