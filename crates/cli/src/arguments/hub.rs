//! Names of hubs.

use clap::ValueEnum;
use evalscope::Hub;

/// Hubs, by EvalScope's names.
#[derive(Clone, Copy, ValueEnum)]
pub enum HubName {
    /// modelscope.cn, or the address in MODELSCOPE_ENDPOINT
    Modelscope,
    /// huggingface.co, or the address in HF_ENDPOINT
    Huggingface,
    /// Folders on this machine, for models the caches of hubs too; nothing is asked for
    Local,
}

impl HubName {
    /// The hub of this name.
    pub fn hub(self) -> Hub {
        match self {
            HubName::Modelscope => Hub::ModelScope,
            HubName::Huggingface => Hub::HuggingFace,
            HubName::Local => Hub::Local,
        }
    }
}
