//! The protocols that are spoken, as one table.

mod anthropic;
pub mod command;
mod gemini;
mod ollama;
mod openai_chat;
mod openai_completions;
mod openai_responses;
pub mod replay;

use crate::chat_model;
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
pub const PROVIDERS: [Provider; 6] = [
    Provider {
        kind: ProviderKind::OpenaiChat,
        name: openai_chat::WIRE.name,
        about: "chat completions as OpenAI, vLLM, SGLang, llama-server and most services offer them",
        open: |options| chat_model::open(&openai_chat::WIRE, options),
    },
    Provider {
        kind: ProviderKind::OpenaiCompletions,
        name: openai_completions::WIRE.name,
        about: "completions of raw text, with log-likelihoods where the server echoes prompts (vLLM, SGLang)",
        open: openai_completions::open,
    },
    Provider {
        kind: ProviderKind::OpenaiResponses,
        name: openai_responses::WIRE.name,
        about: "OpenAI's Responses",
        open: |options| chat_model::open(&openai_responses::WIRE, options),
    },
    Provider {
        kind: ProviderKind::Anthropic,
        name: anthropic::WIRE.name,
        about: "Anthropic's Messages",
        open: |options| chat_model::open(&anthropic::WIRE, options),
    },
    Provider {
        kind: ProviderKind::Gemini,
        name: gemini::WIRE.name,
        about: "Google's Gemini",
        open: |options| chat_model::open(&gemini::WIRE, options),
    },
    Provider {
        kind: ProviderKind::Ollama,
        name: ollama::WIRE.name,
        about: "Ollama's own protocol",
        open: |options| chat_model::open(&ollama::WIRE, options),
    },
];

/// The row of a protocol.
pub fn of_kind(kind: ProviderKind) -> &'static Provider {
    PROVIDERS.iter().find(|provider| provider.kind == kind).expect("every kind has its row")
}

/// A model at an endpoint. Nothing is sent yet.
pub fn open(options: EndpointOptions) -> Result<Arc<dyn Model>, Error> {
    (of_kind(options.provider).open)(options)
}
