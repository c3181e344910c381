//! A model whose answers are all written down: it has an identity and says nothing more.

use crate::open_model::DEFAULT_ENDPOINT_TIMEOUT;
use async_trait::async_trait;
use evalscope_core::{CallFailure, FailureKind, GenerateRequest, Generation, Sampling};
use evalscope_model_api::{CallContext, Capabilities, Model};
use evalscope_runner::RunModel;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The field of the identity that holds the checksum of a file of predictions.
pub(crate) const PREDICTIONS: &str = "predictions";
/// Samples in flight: they only read the journal.
const CONCURRENCY: usize = 64;

/// A model whose answers are all written down.
pub(crate) struct Transcript {
    identity: BTreeMap<String, String>,
}

impl Transcript {
    pub fn new(identity: BTreeMap<String, String>) -> Transcript {
        Transcript { identity }
    }

    pub fn into_run_model(self, id: String, defaults: Sampling, sampling: Sampling) -> RunModel {
        let identity = self.identity.clone();
        RunModel {
            id,
            model: Arc::new(self),
            defaults,
            sampling,
            concurrency: CONCURRENCY,
            identity,
            pace: None,
            price: None,
            timeout: DEFAULT_ENDPOINT_TIMEOUT,
        }
    }
}

#[async_trait]
impl Model for Transcript {
    fn identity(&self) -> BTreeMap<String, String> {
        self.identity.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::of_replies(CONCURRENCY, "its replies were written down as texts")
    }

    async fn probe(&self, _: &CallContext) -> Result<Capabilities, CallFailure> {
        Ok(self.capabilities())
    }

    async fn generate(&self, _: &GenerateRequest, _: &CallContext) -> Result<Generation, CallFailure> {
        Err(CallFailure::new(FailureKind::Unsupported, "this model's replies were written down before"))
    }
}
