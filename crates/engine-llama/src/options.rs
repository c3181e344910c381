//! What a caller can choose.

use crate::built::USES_CARDS;
use crate::protocol::Mode;
use evalscope_engine_candle::{Date, GivenTemplate};
use std::ffi::OsString;
use std::path::PathBuf;

/// Requests at once that one worker computes well together: with fewer, two of them give nothing.
const WORTH_A_WORKER: usize = 8;

/// What a caller can choose. File, mode, template and its date change answers; with weights of fewer than 16 bits everything does,
/// a little.
#[derive(Debug, Clone)]
pub struct LlamaOptions {
    /// A GGUF file, or a folder with exactly one.
    pub path: PathBuf,
    /// The binary whose `main` calls [`entry`](crate::entry) first.
    pub launcher: PathBuf,
    /// All that workers find in their environment: which graphics cards to use, and nothing secret.
    pub environment: Vec<(OsString, OsString)>,
    /// How exactly it computes.
    pub mode: Mode,
    /// Processes that compute; the requests are shared out.
    pub workers: Option<usize>,
    /// Threads of all of them together; all cores when absent.
    pub threads: Option<usize>,
    /// Tokens of prompt and reply together; as many as the model has and memory allows when absent.
    pub max_context: Option<usize>,
    /// Layers that a graphics card computes; all that fit when absent.
    pub gpu_layers: Option<u32>,
    /// A chat template instead of the file's own.
    pub chat_template: Option<GivenTemplate>,
    /// What is said of the model beside what the engine has to say.
    pub notices: Vec<String>,
    /// The day that chat templates see when they ask for it.
    pub template_date: Date,
    /// Requests that are computed together at most.
    pub max_batch: usize,
    /// Whether prompts that were computed are kept for later requests.
    pub prefix_cache: bool,
}

impl LlamaOptions {
    /// The defaults for a file or a folder.
    pub fn new(path: impl Into<PathBuf>, launcher: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let own = evalscope_engine_candle::EngineOptions::new(path.clone());
        LlamaOptions {
            path,
            launcher: launcher.into(),
            environment: Vec::new(),
            mode: Mode::default(),
            workers: None,
            threads: None,
            max_context: None,
            gpu_layers: None,
            chat_template: None,
            notices: Vec::new(),
            template_date: own.template_date,
            max_batch: own.max_batch,
            prefix_cache: own.prefix_cache,
        }
    }

    /// Threads that compute, and the processes that they are in.
    pub fn threads_and_workers(&self) -> (usize, usize) {
        let threads =
            self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        // Threads of one process wait for each other after every step; those of two do not. Cards hold the weights once.
        let most = if USES_CARDS { 1 } else { self.max_batch / WORTH_A_WORKER };
        let workers = self.workers.unwrap_or_else(|| threads.min(most).max(1));
        (threads.max(workers), workers)
    }
}
