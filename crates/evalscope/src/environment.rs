//! What the surroundings decide: folders, endpoints, tokens. Read from the process by the caller.

use evalscope_core::Secret;
use std::ffi::OsString;
use std::path::PathBuf;

pub use evalscope_data::{Arriving, Hub, Watch};

/// Folders, endpoints and tokens of the machine that we run on.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Our own cache: packages, file lists (`EVALSCOPE_CACHE`, else `~/.cache/evalscope`).
    pub cache: PathBuf,
    /// ModelScope's cache root (`MODELSCOPE_CACHE`, else `~/.cache/modelscope`).
    pub modelscope_cache: PathBuf,
    /// Hugging Face's hub cache (`HF_HUB_CACHE`, `HF_HOME`, else `~/.cache/huggingface/hub`).
    pub huggingface_cache: PathBuf,
    /// Address of ModelScope (`MODELSCOPE_ENDPOINT`, `MODELSCOPE_DOMAIN`).
    pub modelscope_endpoint: String,
    /// Address of Hugging Face or a mirror (`HF_ENDPOINT`).
    pub huggingface_endpoint: String,
    /// `MODELSCOPE_API_TOKEN`.
    pub modelscope_token: Option<Secret>,
    /// `HF_TOKEN`.
    pub huggingface_token: Option<Secret>,
    /// Never ask a network for data (`--offline`, `HF_HUB_OFFLINE`, `EVALSCOPE_OFFLINE`).
    pub offline: bool,
    /// The binary whose `main` calls [`entry`](evalscope_sandbox::entry) first: the running one.
    pub launcher: PathBuf,
    /// Variables that say which graphics cards to use and how threads wait, for workers of llama.cpp, which see no others.
    pub devices: Vec<(OsString, OsString)>,
    /// Names of variables that hold keys of endpoints elsewhere, which no other program is told.
    pub keys: Vec<OsString>,
    /// Folders in which tools of languages are looked for (`PATH`).
    pub path: Vec<PathBuf>,
    /// The pip program.
    pub pip: PathBuf,
    /// Who is told of files that are being fetched.
    pub watch: Watch,
    /// Key for model endpoints of any protocol (`EVALSCOPE_API_KEY`).
    pub api_key: Option<Secret>,
    /// Key for endpoints that speak OpenAI's protocols (`OPENAI_API_KEY`).
    pub openai_api_key: Option<Secret>,
    /// Key for endpoints that speak Anthropic's protocol (`ANTHROPIC_API_KEY`).
    pub anthropic_api_key: Option<Secret>,
    /// Key for endpoints that speak Gemini's protocol (`GEMINI_API_KEY`, else `GOOGLE_API_KEY`).
    pub gemini_api_key: Option<Secret>,
}

impl Environment {
    /// The same surroundings without a network.
    pub fn without_network(&self) -> Environment {
        Environment { offline: true, ..self.clone() }
    }
}

#[cfg(test)]
impl Environment {
    /// One of a test, in which there is nothing.
    pub(crate) fn nowhere() -> Environment {
        Environment {
            openai_api_key: None,
            anthropic_api_key: None,
            gemini_api_key: None,
            api_key: None,
            cache: "cache".into(),
            modelscope_cache: "modelscope".into(),
            huggingface_cache: "huggingface".into(),
            modelscope_endpoint: String::new(),
            huggingface_endpoint: String::new(),
            modelscope_token: None,
            huggingface_token: None,
            offline: true,
            launcher: "evalscope".into(),
            path: Vec::new(),
            devices: Vec::new(),
            keys: Vec::new(),
            pip: "pip".into(),
            watch: Watch::default(),
        }
    }
}
