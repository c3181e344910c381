//! Names of hubs.

use clap::ValueEnum;

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
