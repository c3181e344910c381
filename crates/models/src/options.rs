//! How an endpoint is given.

use evalscope_core::Secret;
use std::time::Duration;

/// Repetitions of a failed call when the user does not say.
const DEFAULT_RETRIES: u32 = 5;
/// Time for one call with its repetitions when the user does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);
/// A connection takes milliseconds; a host that does not answer for this long is not there.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The first pause before a repetition; each further one is about twice as long.
const DEFAULT_RETRY_DELAY: Duration = Duration::from_millis(500);

/// Which protocol an endpoint speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenAI's chat completions.
    OpenaiChat,
    /// OpenAI's completions of raw text.
    OpenaiCompletions,
    /// OpenAI's Responses.
    OpenaiResponses,
    /// Anthropic's Messages.
    Anthropic,
    /// Google's Gemini.
    Gemini,
    /// Ollama's own.
    Ollama,
}

/// Where a model is served, and how to ask there.
#[derive(Debug, Clone)]
pub struct EndpointOptions {
    /// The protocol.
    pub provider: ProviderKind,
    /// The addresses, with or without the version and the path of the call. At each of them the same model is served.
    pub urls: Vec<String>,
    /// The command line of the server, where it was started for us: it decides the answers, and its address does not.
    pub server: Option<String>,
    /// The model's name there.
    pub model: String,
    /// Sent in the header that the protocol has for it.
    pub key: Option<Secret>,
    /// An address that names a user is asked as that user, without the key; else the key goes before users.
    pub user_first: bool,
    /// Time for one call with its repetitions. A call context may allow less.
    pub timeout: Duration,
    /// Time for one try; all of the call's when absent.
    pub attempt_timeout: Option<Duration>,
    /// Time for a connection to be made, where one has to be.
    pub connect_timeout: Duration,
    /// Time for the first token of a streamed reply, from sending the request; as long as the try when absent.
    pub first_token_timeout: Option<Duration>,
    /// How often a call that failed for a passing reason is made again.
    pub retries: u32,
    /// The first pause before a repetition, when the server names none.
    pub retry_delay: Duration,
    /// Sent with every request, after ours.
    pub headers: Vec<(String, String)>,
    /// Ask for the reply as a stream, which brings the time to the first token.
    pub stream: bool,
}

impl EndpointOptions {
    /// This model at this address, everything else at its default.
    pub fn new(provider: ProviderKind, url: impl Into<String>, model: impl Into<String>) -> Self {
        EndpointOptions {
            provider,
            urls: vec![url.into()],
            server: None,
            model: model.into(),
            key: None,
            user_first: false,
            timeout: DEFAULT_TIMEOUT,
            attempt_timeout: None,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            first_token_timeout: None,
            retries: DEFAULT_RETRIES,
            retry_delay: DEFAULT_RETRY_DELAY,
            headers: Vec::new(),
            stream: false,
        }
    }
}
