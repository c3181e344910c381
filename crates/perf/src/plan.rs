//! A load test, as data.

use crate::api::Api;
use crate::load::{Stage, Think};
use crate::measure::Goals;
use crate::prompts::{Dataset, Images, Prefix, Tokenizer};
use crate::search::Slo;
use evalscope_core::Secret;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use crate::bodies::Answers;
pub use crate::wire::Http;

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
    /// Instead of all loads: more and more, until the server does no more.
    pub sweep: Option<Sweep>,
    /// Addresses of the server's own figures, in Prometheus' form, asked once a second.
    pub metrics: Vec<String>,
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

/// More and more load, until the server does no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// Twice as many in flight each time, from the first load on, until throughput grows by less than a tenth twice, or
    /// so many are in flight.
    Parallel {
        /// At most.
        most: u32,
    },
    /// One request at a time, then as many as the first load says, then so many rates between what those came to.
    Rate {
        /// How many rates.
        steps: u32,
    },
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
    /// How to talk to it.
    pub api: Arc<dyn Api>,
    /// Version of HTTP.
    pub http: Http,
    /// Certificates (PEM) that are trusted besides those of this machine.
    pub certificates: Option<PathBuf>,
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
    /// It runs in this process, which then has both ends of each connection.
    pub is_own: bool,
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
    /// Beginnings, of made-up prompts.
    pub prefix: Prefix,
    /// Whether each begins with a line that no other has.
    pub bust_cache: bool,
    /// Images that go with them.
    pub images: Option<Images>,
    /// Conversations instead: how many turns, between two numbers.
    pub turns: Option<(usize, usize)>,
    /// How long a person thinks between two turns.
    pub think: Think,
    /// Rows that are left out at the beginning of a file.
    pub offset: usize,
    /// Counts tokens.
    pub tokenizer: Option<Tokenizer>,
}
