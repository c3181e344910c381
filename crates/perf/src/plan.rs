//! A load test, as data.

use crate::load::Stage;
use crate::measure::Goals;
use crate::prompts::{Dataset, Tokenizer};
use crate::search::Slo;
use evalscope_core::Secret;
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::time::Duration;

/// A load test.
pub struct Plan {
    /// Where to.
    pub server: Server,
    /// What is asked.
    pub prompts: Prompts,
    /// How answers are to be.
    pub answers: Answers,
    /// The loads, one after the other.
    pub stages: Vec<Stage>,
    /// Instead of all loads: the greatest one that keeps goals, each trial made of the first load.
    pub search: Option<Search>,
    /// How often each is put on.
    pub repeat: u32,
    /// How long the server rests between two of them.
    pub rest: Duration,
    /// What a request must keep to count as good.
    pub goals: Option<Goals>,
    /// Seed of prompts and schedules.
    pub seed: u64,
    /// Where files go; a folder that is not there yet.
    pub folder: PathBuf,
}

/// A search for the greatest load that keeps goals.
pub struct Search {
    /// The goals.
    pub slo: Slo,
    /// The load to begin with.
    pub least: f64,
    /// The load not to go beyond.
    pub most: f64,
}

/// A server, and how patient we are with it.
pub struct Server {
    /// Its address.
    pub url: String,
    /// Name of the API.
    pub api: String,
    /// The model's name there.
    pub model: String,
    /// Its key.
    pub key: Option<Secret>,
    /// Headers of every request.
    pub headers: Vec<(String, String)>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long nothing may come.
    pub read_timeout: Duration,
    /// How long a request may take.
    pub total_timeout: Duration,
    /// Whether a server that cannot be reached at all is an error at once.
    pub check: bool,
}

/// What is asked.
pub struct Prompts {
    /// Where prompts come from.
    pub dataset: Dataset,
    /// Its name, for the summary.
    pub name: String,
    /// The least length: tokens with a tokenizer, else characters.
    pub min_length: Option<usize>,
    /// The greatest.
    pub max_length: Option<usize>,
    /// Length of a beginning that all share.
    pub prefix_length: usize,
    /// Rows that are left out at the beginning of a file.
    pub offset: usize,
    /// Counts tokens.
    pub tokenizer: Option<Tokenizer>,
}

/// How answers are to be.
pub struct Answers {
    /// Streamed.
    pub stream: bool,
    /// Tokens at most: a number between these, drawn for each request.
    pub max_tokens: Option<(u64, u64)>,
    /// Further members of each request; `null` takes one away.
    pub parameters: Map<String, Value>,
}
