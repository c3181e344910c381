//! The ways to a model, by the names of `--eval-type`.

use evalscope_models::{ProviderKind, command, replay};

/// How a model is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvalType {
    /// An endpoint that speaks this protocol.
    Endpoint(ProviderKind),
    /// A program of the user's.
    Command,
    /// Recorded replies.
    Replay,
    /// The embedded engine.
    Local,
}

/// What an address ends with when it names the call.
const CALLS: [(&str, ProviderKind); 6] = [
    ("/chat/completions", ProviderKind::OpenaiChat),
    ("/completions", ProviderKind::OpenaiCompletions),
    ("/responses", ProviderKind::OpenaiResponses),
    ("/messages", ProviderKind::Anthropic),
    ("/api/chat", ProviderKind::Ollama),
    ("/openai", ProviderKind::OpenaiChat),
];
/// Hosts that speak a protocol of their own.
const HOSTS: [(&str, ProviderKind); 2] = [
    ("://api.anthropic.com", ProviderKind::Anthropic),
    ("://generativelanguage.googleapis.com", ProviderKind::Gemini),
];

impl EvalType {
    /// Names accepted for `--eval-type`, EvalScope's among them.
    pub const NAMES: [(&'static str, EvalType); 15] = [
        ("openai_api", EvalType::Endpoint(ProviderKind::OpenaiChat)),
        ("openai_chat", EvalType::Endpoint(ProviderKind::OpenaiChat)),
        ("openai_completions", EvalType::Endpoint(ProviderKind::OpenaiCompletions)),
        ("openai_responses", EvalType::Endpoint(ProviderKind::OpenaiResponses)),
        ("anthropic", EvalType::Endpoint(ProviderKind::Anthropic)),
        ("anthropic_api", EvalType::Endpoint(ProviderKind::Anthropic)),
        ("gemini", EvalType::Endpoint(ProviderKind::Gemini)),
        ("ollama", EvalType::Endpoint(ProviderKind::Ollama)),
        (command::NAME, EvalType::Command),
        (replay::NAME, EvalType::Replay),
        ("local", EvalType::Local),
        ("server", EvalType::Endpoint(ProviderKind::OpenaiChat)),
        ("service", EvalType::Endpoint(ProviderKind::OpenaiChat)),
        ("llm_ckpt", EvalType::Local),
        ("checkpoint", EvalType::Local),
    ];

    /// Reads a name of `--eval-type`.
    pub fn parse(name: &str) -> Option<EvalType> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// What it is, in one line.
    pub(crate) fn about(self) -> &'static str {
        match self {
            EvalType::Endpoint(kind) => evalscope_models::of_kind(kind).about,
            EvalType::Command => command::ABOUT,
            EvalType::Replay => replay::ABOUT,
            EvalType::Local => "the embedded engine",
        }
    }

    /// Which way leads to the model: the one that is named, or what the address says.
    pub(crate) fn of(named: Option<EvalType>, api_url: Option<&str>) -> EvalType {
        match (named, api_url) {
            (Some(kind), _) => kind,
            (None, None) => EvalType::Local,
            (None, Some(url)) => EvalType::Endpoint(of_address(url)),
        }
    }
}

fn of_address(url: &str) -> ProviderKind {
    let path = url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/');
    let by_call = CALLS.iter().find(|(call, _)| path.ends_with(call));
    let by_host = || HOSTS.iter().find(|(host, _)| path.contains(host));
    by_call.or_else(by_host).map_or(ProviderKind::OpenaiChat, |(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_its_name() {
        for provider in &evalscope_models::PROVIDERS {
            assert_eq!(EvalType::parse(provider.name), Some(EvalType::Endpoint(provider.kind)));
        }
    }

    #[test]
    fn the_way_to_a_model_is_inferred() {
        assert_eq!(EvalType::of(None, None), EvalType::Local);
        for (url, kind) in [
            ("http://x/v1", ProviderKind::OpenaiChat),
            ("http://x/v1/chat/completions", ProviderKind::OpenaiChat),
            ("http://x/v1/completions/", ProviderKind::OpenaiCompletions),
            ("http://x/v1/responses", ProviderKind::OpenaiResponses),
            ("http://x/v1/messages?beta=true", ProviderKind::Anthropic),
            ("https://api.anthropic.com", ProviderKind::Anthropic),
            ("https://api.anthropic.com/v1/chat/completions", ProviderKind::OpenaiChat),
            ("https://generativelanguage.googleapis.com/v1beta", ProviderKind::Gemini),
            ("https://generativelanguage.googleapis.com/v1beta/openai/", ProviderKind::OpenaiChat),
            ("http://127.0.0.1:11434/api/chat", ProviderKind::Ollama),
        ] {
            assert_eq!(EvalType::of(None, Some(url)), EvalType::Endpoint(kind), "{url}");
        }
    }
}
