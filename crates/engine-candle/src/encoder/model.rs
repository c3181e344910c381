//! An encoder as a [`Model`].

use super::forward::Encoder;
use super::settings::Settings;
use crate::tokenizer::encode_whole;
use async_trait::async_trait;
use evalscope_core::{CallFailure, FailureKind, GenerateRequest, Generation};
use evalscope_model_api::{CallContext, Capabilities, Embeddings, LoglikelihoodSupport, Model};
use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokenizers::Tokenizer;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Tokens that are computed at once: what a layer holds of them is a few megabytes.
const TOKENS_AT_ONCE: usize = 2048;
const ONLY_VECTORS: &str = "an encoder gives vectors of texts and writes none";

/// An encoder.
pub(super) struct EmbeddingModel {
    identity: BTreeMap<String, String>,
    parts: Arc<Parts>,
    pool: Arc<ThreadPool>,
    /// One call computes at a time: a thread that waits for its share of one would begin with the next.
    turn: Arc<Semaphore>,
}

struct Parts {
    encoder: Encoder,
    tokenizer: Tokenizer,
    settings: Settings,
    limits: Limits,
}

/// What a text may hold.
pub(super) struct Limits {
    /// Tokens.
    pub(super) context: usize,
    /// One more than the greatest id.
    pub(super) vocabulary: usize,
}

impl EmbeddingModel {
    pub(super) fn new(
        identity: BTreeMap<String, String>,
        encoder: Encoder,
        tokenizer: Tokenizer,
        settings: Settings,
        limits: Limits,
        pool: ThreadPool,
    ) -> EmbeddingModel {
        EmbeddingModel {
            identity,
            parts: Arc::new(Parts { encoder, tokenizer, settings, limits }),
            pool: Arc::new(pool),
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Parts {
    fn embed(&self, texts: &[String], cancel: &CancellationToken) -> Result<Embeddings, CallFailure> {
        let ids: Vec<Vec<u32>> = texts.iter().map(|text| self.encode(text)).collect::<Result<_, _>>()?;
        let tokens = ids.iter().map(|ids| ids.len() as u64).sum();
        let mut vectors = Vec::with_capacity(ids.len());
        let mut rest = ids.as_slice();
        while !rest.is_empty() {
            if cancel.is_cancelled() {
                return Err(cancelled());
            }
            let (some, others) = rest.split_at(fitting(rest));
            vectors.extend(self.vectors(some)?);
            rest = others;
        }
        Ok(Embeddings { vectors, tokens })
    }

    fn vectors(&self, ids: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, CallFailure> {
        let texts: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
        let rows = self.encoder.rows(&texts);
        if !rows.iter().all(|value| value.is_finite()) {
            let message = "the weights of this model give no numbers";
            return Err(CallFailure::new(FailureKind::Unsupported, message));
        }
        let width = self.encoder.config().width;
        let mut from = 0;
        let of = |text: &&[u32]| {
            let own = &rows[from * width..(from + text.len()) * width];
            from += text.len();
            self.settings.pooling.vector(own, width)
        };
        Ok(texts.iter().map(of).collect())
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>, CallFailure> {
        // As sentence-transformers does it.
        let mut text = format!("{}{text}", self.settings.prompt).trim().to_owned();
        if self.settings.is_lower_case {
            text = text.to_lowercase();
        }
        let bad = |message: String| CallFailure::new(FailureKind::BadRequest, message);
        let ids = encode_whole(&self.tokenizer, &text).map_err(bad)?;
        let Limits { context, vocabulary } = self.limits;
        if ids.len() > context {
            let message = format!("a text has {} tokens, and the model takes {context}", ids.len());
            return Err(CallFailure::new(FailureKind::ContextTooLong, message));
        }
        match ids.iter().find(|id| **id as usize >= vocabulary) {
            Some(beyond) => {
                Err(bad(format!("the tokenizer has a token {beyond}, and the model {vocabulary}")))
            }
            None if ids.is_empty() => Err(bad("a text has no tokens".into())),
            None => Ok(ids),
        }
    }
}

/// How many texts from the first on are computed at once, at least one.
fn fitting(ids: &[Vec<u32>]) -> usize {
    let mut tokens = 0;
    let fits = |ids: &&Vec<u32>| {
        tokens += ids.len();
        tokens <= TOKENS_AT_ONCE
    };
    ids.iter().take_while(fits).count().max(1)
}

fn cancelled() -> CallFailure {
    CallFailure::new(FailureKind::Cancelled, "the call was cancelled")
}

#[async_trait]
impl Model for EmbeddingModel {
    fn identity(&self) -> BTreeMap<String, String> {
        self.identity.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            chat: false,
            text: false,
            loglikelihood: LoglikelihoodSupport::None(ONLY_VECTORS.into()),
            embed: true,
            tokenize: true,
            stream: false,
            max_context: Some(self.parts.limits.context as u64),
            default_concurrency: 1,
            notices: Vec::new(),
        }
    }

    async fn probe(&self, _: &CallContext) -> Result<Capabilities, CallFailure> {
        Ok(self.capabilities())
    }

    async fn generate(&self, _: &GenerateRequest, _: &CallContext) -> Result<Generation, CallFailure> {
        Err(CallFailure::new(FailureKind::Unsupported, ONLY_VECTORS))
    }

    async fn embed(&self, texts: &[String], context: &CallContext) -> Result<Embeddings, CallFailure> {
        // Whoever gives up drops this, and the work ends with the texts at hand.
        let given_up = context.cancel.child_token();
        let _guard = given_up.clone().drop_guard();
        let (parts, pool, turn) = (Arc::clone(&self.parts), Arc::clone(&self.pool), Arc::clone(&self.turn));
        let texts = texts.to_vec();
        let computed = async move {
            let permit = turn.acquire_owned().await;
            // A panic, such as a tokenizer's from elsewhere, ends this task only.
            tokio::task::spawn_blocking(move || {
                let _permit = permit;
                pool.install(|| parts.embed(&texts, &given_up))
            })
            .await
        };
        tokio::select! {
            biased;
            () = context.cancel.cancelled() => Err(cancelled()),
            ended = tokio::time::timeout(context.timeout, computed) => match ended {
                Ok(Ok(embedded)) => embedded,
                Ok(Err(_)) => Err(CallFailure::new(FailureKind::EngineDied, "the embedded engine has stopped")),
                Err(_) => {
                    let message = format!("no answer within {} s", context.timeout.as_secs_f64());
                    Err(CallFailure::new(FailureKind::Timeout, message))
                }
            },
        }
    }

    async fn tokenize(&self, text: &str) -> Result<Vec<u32>, CallFailure> {
        let encoded = self.parts.tokenizer.encode_fast(text, false);
        let bad = |error: tokenizers::Error| CallFailure::new(FailureKind::BadRequest, error.to_string());
        encoded.map(|encoding| encoding.get_ids().to_vec()).map_err(bad)
    }
}
