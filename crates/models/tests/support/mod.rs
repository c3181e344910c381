//! What the tests of endpoints share: a model at the stand-in server, and requests for it.
#![expect(dead_code, reason = "each test file uses its part")]

use evalscope_core::{
    CallFailure, GenerateRequest, Generation, Input, LoglikelihoodRequest, Message, Sampling, Secret,
};
use evalscope_model_api::{CallContext, Model};
use evalscope_models::{EndpointOptions, ProviderKind};
use evalscope_testserver::Server;
use std::sync::Arc;
use std::time::Duration;

/// Every test ends long before, or fails.
pub const LONG: Duration = Duration::from_secs(60);
pub const KEY: &str = "sk-very-secret-0123";

/// The protocols that the stand-in has answers of its own for.
pub const ANSWERED: [ProviderKind; 2] = [ProviderKind::OpenaiChat, ProviderKind::OpenaiCompletions];

/// Options that repeat at once.
pub fn options(provider: ProviderKind, server: &Server) -> EndpointOptions {
    let mut options = EndpointOptions::new(provider, server.origin(), "m");
    options.key = Some(Secret::new(KEY));
    options.retry_delay = Duration::from_millis(1);
    options
}

pub fn chat(server: &Server) -> Arc<dyn Model> {
    evalscope_models::open(options(ProviderKind::OpenaiChat, server)).expect("the address is one")
}

pub fn completions(server: &Server) -> Arc<dyn Model> {
    evalscope_models::open(options(ProviderKind::OpenaiCompletions, server)).expect("the address is one")
}

pub fn echoing() -> Server {
    Server::start(|prompt| format!("you said {prompt}"))
}

/// An address at which nobody listens: as long as the socket has it, nobody else is given the port.
pub fn nobody() -> (tokio::net::TcpSocket, String) {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket can be made");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("loopback has a free port");
    let address = socket.local_addr().expect("a bound socket has an address");
    (socket, format!("http://{address}/v1"))
}

pub fn input(provider: ProviderKind, text: &str) -> Input {
    match provider {
        ProviderKind::OpenaiCompletions => Input::Text(text.into()),
        _ => Input::Chat(vec![Message::user(text)]),
    }
}

pub fn request(provider: ProviderKind, text: &str) -> GenerateRequest {
    GenerateRequest::new(input(provider, text), Sampling::default())
}

/// Where a protocol is asked for text, below the origin of a server.
pub fn path(provider: ProviderKind, stream: bool) -> &'static str {
    match (provider, stream) {
        (ProviderKind::OpenaiChat, _) => "/v1/chat/completions",
        (ProviderKind::OpenaiCompletions, _) => "/v1/completions",
        (ProviderKind::OpenaiResponses, _) => "/v1/responses",
        (ProviderKind::Anthropic, _) => "/v1/messages",
        (ProviderKind::Gemini, false) => "/v1beta/models/m:generateContent",
        (ProviderKind::Gemini, true) => "/v1beta/models/m:streamGenerateContent",
        (ProviderKind::Ollama, _) => "/api/chat",
    }
}

pub fn context() -> CallContext {
    CallContext::with_timeout(LONG)
}

/// Asks a chat model something.
pub async fn ask(model: &dyn Model, text: &str) -> Result<Generation, CallFailure> {
    model.generate(&request(ProviderKind::OpenaiChat, text), &context()).await
}

pub fn scoring(prefix: &str, continuations: &[&str]) -> LoglikelihoodRequest {
    LoglikelihoodRequest {
        prefix: vec![prefix.into()],
        continuations: continuations.iter().map(|text| (*text).into()).collect(),
        tokens: Default::default(),
    }
}
