//! The protocols that are spoken, as one table.

mod openai_chat;
mod openai_completions;

use crate::error::Error;
use crate::options::{EndpointOptions, ProviderKind};
use evalscope_model_api::Model;
use std::sync::Arc;

/// A protocol.
pub struct Provider {
    /// Which one.
    pub kind: ProviderKind,
    /// What it is called in options and in the plan.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    open: fn(EndpointOptions) -> Result<Arc<dyn Model>, Error>,
}

/// Every protocol.
pub const PROVIDERS: [Provider; 2] = [
    Provider {
        kind: ProviderKind::OpenaiChat,
        name: openai_chat::NAME,
        about: "chat completions as OpenAI, vLLM, SGLang, llama-server and most services offer them",
        open: openai_chat::open,
    },
    Provider {
        kind: ProviderKind::OpenaiCompletions,
        name: openai_completions::NAME,
        about: "completions of raw text, with log-likelihoods where the server echoes prompts (vLLM, SGLang)",
        open: openai_completions::open,
    },
];

/// A model at an endpoint. Nothing is sent yet.
pub fn open(options: EndpointOptions) -> Result<Arc<dyn Model>, Error> {
    let provider = PROVIDERS.iter().find(|provider| provider.kind == options.provider);
    (provider.expect("every kind has its row").open)(options)
}
