//! The one trait that API models and local engines implement.
//!
//! Async, because a call waits for a network or an engine thread; it names no runtime and no transport. Engines
//! and providers depend on this crate and not on each other.

mod writing;

pub use writing::{Beginning, OnPiece, Piece, WriteRequest, Written};

use async_trait::async_trait;
use evalscope_core::{
    CallFailure, ContinuationScore, FailureKind, GenerateRequest, Generation, LoglikelihoodRequest, Sampling,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// What a model can do. Filled by [`Model::probe`]: seen, not only declared.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Capabilities {
    /// Takes a conversation.
    pub chat: bool,
    /// Goes on from raw text.
    pub text: bool,
    /// How log-likelihoods of given text are had.
    pub loglikelihood: LoglikelihoodSupport,
    /// Gives embeddings.
    pub embed: bool,
    /// Gives token ids.
    pub tokenize: bool,
    /// Streams.
    pub stream: bool,
    /// Tokens that prompt and reply may have together, when known.
    pub max_context: Option<u64>,
    /// Calls in flight that make sense when the user does not say.
    pub default_concurrency: usize,
    /// What a person should know of the model before it is asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
}

impl Capabilities {
    /// Those of a model that writes replies and does nothing else; why it gives no log-likelihoods.
    pub fn of_replies(default_concurrency: usize, no_loglikelihood: impl Into<String>) -> Self {
        Capabilities {
            chat: true,
            text: true,
            loglikelihood: LoglikelihoodSupport::None(no_loglikelihood.into()),
            embed: false,
            tokenize: false,
            stream: false,
            max_context: None,
            default_concurrency,
            notices: Vec::new(),
        }
    }
}

/// How a model gives log-likelihoods of text that it did not write.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoglikelihoodSupport {
    /// It does not; why, and what would.
    None(String),
    /// The completions endpoint with `echo` and `logprobs`, one request a continuation.
    EchoCompletions,
    /// Its own logits.
    Exact,
}

/// What texts became.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    /// A vector for each text, in their order.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens of all texts.
    pub tokens: u64,
}

/// Told pieces of text as they arrive, from any thread.
pub type OnText = Arc<dyn Fn(&str) + Send + Sync>;

/// What belongs to a call but not to the request: it never changes a result.
#[derive(Clone)]
pub struct CallContext {
    /// The call ends with [`FailureKind::Cancelled`] soon after this is cancelled.
    pub cancel: CancellationToken,
    /// The call ends with [`FailureKind::Timeout`] after this.
    pub timeout: Duration,
    /// Told each piece of text as it arrives, when the model streams.
    pub on_text: Option<OnText>,
    /// Asked before each try at an endpoint, repetitions included.
    pub pace: Option<Arc<dyn Pace>>,
    /// What becomes of a request for more tokens than the context has left.
    pub overflow: Overflow,
}

/// What an engine of our own does with a request whose prompt and `max_tokens` together are more than the context takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overflow {
    /// Answers it; a reply that fills the context ends with [`FinishReason::Context`](evalscope_core::FinishReason), and one
    /// that needs more memory than there is fails.
    #[default]
    Answer,
    /// Fails with [`FailureKind::ContextTooLong`] before anything is computed, and takes no more for the context than there is
    /// memory for.
    Refuse,
}

impl CallContext {
    /// A context with this timeout that nobody cancels.
    pub fn with_timeout(timeout: Duration) -> Self {
        CallContext {
            cancel: CancellationToken::new(),
            timeout,
            on_text: None,
            pace: None,
            overflow: Overflow::default(),
        }
    }
}

/// Lets tries through to a model's endpoints, as many and as fast as they bear.
#[async_trait]
pub trait Pace: Send + Sync {
    /// Waits for a turn. It ends when what is returned is ended or dropped.
    async fn turn(self: Arc<Self>) -> Box<dyn Turn> {
        self.turn_besides(&[]).await
    }

    /// The same, at an endpoint that is none of these as long as another is well: they said nothing to the call.
    async fn turn_besides(self: Arc<Self>, silent: &[usize]) -> Box<dyn Turn>;

    /// This endpoint said nothing to a try that began then, and another one has answered the call.
    fn was_silent(&self, endpoint: usize, began: Instant);
}

/// The right to try once.
pub trait Turn: Send {
    /// Which of the model's endpoints is to be asked, as its place among them.
    fn endpoint(&self) -> usize {
        0
    }

    /// The try has ended so. Dropping it instead says nothing about the endpoint.
    fn ended(self: Box<Self>, result: Result<(), &CallFailure>);

    /// The try has ended, and nothing was said, which may be the model's: [`Pace::was_silent`] is called when it was not.
    fn silent(self: Box<Self>);
}

/// A log-likelihood of a whole text, for perplexity.
#[derive(Debug, Clone, PartialEq)]
pub struct RollingScore {
    /// Sum of the log-probabilities of all tokens (natural logarithm).
    pub sum: f64,
    /// Tokens scored.
    pub tokens: u64,
    /// UTF-8 bytes of the text.
    pub bytes: u64,
}

/// A text as a model is given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// Text.
    Text(String),
    /// Its tokens.
    Tokens(Vec<u32>),
}

/// A token that may stand at a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Likely {
    /// Its number in the vocabulary.
    pub id: u32,
    /// Its bytes, which need not be whole characters.
    pub bytes: Vec<u8>,
    /// Its log-probability (natural logarithm).
    pub logprob: f64,
}

/// A token of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredToken {
    /// Its number in the vocabulary.
    pub id: u32,
    /// Its bytes, which need not be whole characters; none where the vocabulary is filled up with tokens without text.
    pub bytes: Vec<u8>,
    /// Its log-probability after all tokens before it; absent for the first of a given text.
    pub logprob: Option<f64>,
    /// What is most likely at its place, most likely first; empty for the first token of a given text.
    pub likely: Vec<Likely>,
}

/// A given text, token by token.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredText {
    /// Its tokens.
    pub tokens: Vec<ScoredToken>,
    /// What is most likely to follow, most likely first.
    pub next: Vec<Likely>,
    /// Whether the first of these ends the text.
    pub ends: bool,
}

/// A model that can be asked: an API endpoint or an engine of our own.
///
/// What a model does not offer keeps the default body, which answers [`FailureKind::Unsupported`].
#[async_trait]
pub trait Model: Send + Sync {
    /// What decides its answers, as name and value: provider, endpoint or file digest, revision, precision,
    /// chat template. Part of the plan; equal identity means equal answers to equal requests.
    fn identity(&self) -> BTreeMap<String, String>;

    /// The option or environment variable that its key came from, for messages.
    fn key_source(&self) -> Option<&str> {
        None
    }

    /// What it can do. Before [`probe`](Self::probe): what is declared.
    fn capabilities(&self) -> Capabilities;

    /// Why it would refuse every conversation that is drawn like this: all that does not depend on the conversation.
    fn check_sampling(&self, sampling: &Sampling) -> Result<(), CallFailure> {
        let _ = sampling;
        Ok(())
    }

    /// Tokens that prompt and reply may have together under [`Overflow::Refuse`], when known.
    fn most_tokens(&self) -> Option<u64> {
        self.capabilities().max_context
    }

    /// Tries what must be tried and returns what was seen.
    async fn probe(&self, context: &CallContext) -> Result<Capabilities, CallFailure>;

    /// Text.
    async fn generate(
        &self,
        request: &GenerateRequest,
        context: &CallContext,
    ) -> Result<Generation, CallFailure>;

    /// Text from a text, a conversation or token ids, with the log-probabilities of its tokens when they are wanted;
    /// `on_piece` is told each piece as it arrives.
    async fn write(
        &self,
        request: &WriteRequest,
        on_piece: Option<OnPiece>,
        context: &CallContext,
    ) -> Result<Written, CallFailure> {
        let _ = (request, on_piece, context);
        Err(unsupported("text"))
    }

    /// One score for each continuation, in order.
    async fn loglikelihood(
        &self,
        request: &LoglikelihoodRequest,
        context: &CallContext,
    ) -> Result<Vec<ContinuationScore>, CallFailure> {
        let _ = (request, context);
        Err(unsupported("log-likelihoods"))
    }

    /// The log-likelihood of a whole text, in windows of the context length.
    async fn loglikelihood_rolling(
        &self,
        text: &str,
        context: &CallContext,
    ) -> Result<RollingScore, CallFailure> {
        let _ = (text, context);
        Err(unsupported("rolling log-likelihoods"))
    }

    /// How likely each token of a text is, with `likely` of the most likely tokens beside it. Under [`Overflow::Refuse`] a
    /// text after which the context does not take `new` tokens is refused before anything is computed.
    async fn score_text(
        &self,
        prompt: &Prompt,
        likely: usize,
        new: u32,
        context: &CallContext,
    ) -> Result<ScoredText, CallFailure> {
        let _ = (prompt, likely, new, context);
        Err(unsupported("log-probabilities of given text"))
    }

    /// One vector for each text.
    async fn embed(&self, texts: &[String], context: &CallContext) -> Result<Embeddings, CallFailure> {
        let _ = (texts, context);
        Err(unsupported("embeddings"))
    }

    /// Token ids of a text, without special tokens.
    async fn tokenize(&self, text: &str) -> Result<Vec<u32>, CallFailure> {
        let _ = text;
        Err(unsupported("token ids"))
    }
}

fn unsupported(what: &str) -> CallFailure {
    CallFailure::new(FailureKind::Unsupported, format!("this model gives no {what}"))
}
