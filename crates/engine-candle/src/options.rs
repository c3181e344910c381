//! What a caller can choose about the engine.

use std::path::PathBuf;

/// Sequences that one forward pass takes when the caller does not say. Beyond 16 the memory for keys and values
/// grows faster than the throughput.
const DEFAULT_MAX_BATCH: usize = 16;

/// How weights are kept. It is always computed in 32-bit floats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Precision {
    /// As 32-bit floats.
    #[default]
    F32,
    /// As bfloat16, in half of the memory.
    Bf16,
    /// In 8 bits, with a scale for each 32 of them: in 9/32 of the memory.
    Q8,
}

impl Precision {
    /// All of them.
    pub const ALL: [Precision; 3] = [Precision::F32, Precision::Bf16, Precision::Q8];

    /// Bytes that a weight takes.
    pub fn bytes(self) -> f64 {
        match self {
            Precision::F32 => 4.0,
            Precision::Bf16 => 2.0,
            Precision::Q8 => 1.125,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
            Precision::Q8 => "q8",
        }
    }
}

/// What a caller can choose about the engine. Nothing but the file, the precision, the template and its date changes
/// answers.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// A GGUF file, or a folder with exactly one.
    pub path: PathBuf,
    /// How weights are kept.
    pub precision: Precision,
    /// Threads that compute; all cores when absent.
    pub threads: Option<usize>,
    /// Tokens of prompt and reply together; what the file says when absent, and never more than that.
    pub max_context: Option<usize>,
    /// A chat template instead of the file's own.
    pub chat_template: Option<GivenTemplate>,
    /// What is said of the model beside what the engine has to say.
    pub notices: Vec<String>,
    /// Sequences that are computed together at most.
    pub max_batch: usize,
    /// Bytes that keys and values of requests in progress take at most; half of what the machine has
    /// left, or 4 GiB where it does not say, when absent. Requests wait for each other where it is not enough, and fail where one alone needs more.
    pub kv_bytes: Option<usize>,
    /// Whether prefixes that were computed are kept for later requests. It never changes a result.
    pub prefix_cache: bool,
    /// Whether the next tokens of a reply are guessed from what stands in it and its prompt, and checked together.
    /// It never changes a result.
    pub prompt_lookup: bool,
    /// The day that chat templates see when they ask for it. Fixed, so that scores do not depend on the calendar.
    pub template_date: Date,
}

/// A chat template that somebody gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenTemplate {
    /// Jinja.
    pub source: String,
    /// Texts that end a turn in its layout, and with it a reply to a conversation.
    pub stops: Vec<String>,
}

impl From<&str> for GivenTemplate {
    fn from(source: &str) -> Self {
        GivenTemplate { source: source.to_owned(), stops: Vec::new() }
    }
}

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// Year, in the common era.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
}

impl EngineOptions {
    /// The defaults for a file or a folder.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        EngineOptions {
            path: path.into(),
            precision: Precision::F32,
            threads: None,
            max_context: None,
            chat_template: None,
            notices: Vec::new(),
            max_batch: DEFAULT_MAX_BATCH,
            kv_bytes: None,
            prefix_cache: true,
            prompt_lookup: true,
            // The day that Llama 3's template itself falls back to.
            template_date: Date { year: 2024, month: 7, day: 26 },
        }
    }
}
