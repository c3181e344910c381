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
use crate::service::Service;
use crate::wire::Wire;
use evalscope_model_api::{CallContext, Model};
use std::sync::Arc;

/// A protocol.
pub struct Provider {
    /// Which one.
    pub kind: ProviderKind,
    /// What it is called in options and in the plan.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    wire: &'static Wire,
    open: fn(EndpointOptions) -> Result<Arc<dyn Model>, Error>,
}

/// Every protocol.
pub const PROVIDERS: [Provider; 6] = [
    Provider {
        kind: ProviderKind::OpenaiChat,
        name: openai_chat::WIRE.name,
        about: "chat completions as OpenAI, vLLM, SGLang, llama-server and most services offer them",
        wire: &openai_chat::WIRE,
        open: |options| chat_model::open(&openai_chat::WIRE, options),
    },
    Provider {
        kind: ProviderKind::OpenaiCompletions,
        name: openai_completions::WIRE.name,
        about: "completions of raw text, with log-likelihoods where the server echoes prompts (vLLM, SGLang)",
        wire: &openai_completions::WIRE,
        open: openai_completions::open,
    },
    Provider {
        kind: ProviderKind::OpenaiResponses,
        name: openai_responses::WIRE.name,
        about: "OpenAI's Responses",
        wire: &openai_responses::WIRE,
        open: |options| chat_model::open(&openai_responses::WIRE, options),
    },
    Provider {
        kind: ProviderKind::Anthropic,
        name: anthropic::WIRE.name,
        about: "Anthropic's Messages",
        wire: &anthropic::WIRE,
        open: |options| chat_model::open(&anthropic::WIRE, options),
    },
    Provider {
        kind: ProviderKind::Gemini,
        name: gemini::WIRE.name,
        about: "Google's Gemini",
        wire: &gemini::WIRE,
        open: |options| chat_model::open(&gemini::WIRE, options),
    },
    Provider {
        kind: ProviderKind::Ollama,
        name: ollama::WIRE.name,
        about: "Ollama's own protocol",
        wire: &ollama::WIRE,
        open: |options| chat_model::open(&ollama::WIRE, options),
    },
];

/// The row of a protocol.
pub fn of_kind(kind: ProviderKind) -> &'static Provider {
    PROVIDERS.iter().find(|provider| provider.kind == kind).expect("every kind has its row")
}

/// The names of the models that an endpoint lists, for a user who has not named one.
pub async fn list(options: EndpointOptions, context: &CallContext) -> Result<Vec<String>, Error> {
    let service = Service::new(of_kind(options.provider).wire, options)?;
    service.list(context).await.map_err(|failure| Error::NoList { failure })
}

/// A model at an endpoint. Nothing is sent yet.
pub fn open(options: EndpointOptions) -> Result<Arc<dyn Model>, Error> {
    (of_kind(options.provider).open)(options)
}
