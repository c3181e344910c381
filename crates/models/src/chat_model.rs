//! A model that is asked by conversations over HTTP, whatever protocol carries them.

use crate::error::Error;
use crate::options::EndpointOptions;
use crate::service::{DEFAULT_CONCURRENCY, Service};
use crate::wire::Wire;
use async_trait::async_trait;
use evalscope_core::{CallFailure, GenerateRequest, Generation};
use evalscope_model_api::{CallContext, Capabilities, LoglikelihoodSupport, Model};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

const NO_LOGLIKELIHOOD: &str = "a chat endpoint scores no text that it did not write";

struct ChatModel {
    service: Service,
    max_context: OnceLock<u64>,
}

/// A model that speaks this protocol.
pub fn open(wire: &'static Wire, options: EndpointOptions) -> Result<Arc<dyn Model>, Error> {
    Ok(Arc::new(ChatModel { service: Service::new(wire, options)?, max_context: OnceLock::new() }))
}

#[async_trait]
impl Model for ChatModel {
    fn identity(&self) -> BTreeMap<String, String> {
        self.service.identity()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            chat: true,
            text: false,
            loglikelihood: LoglikelihoodSupport::None(NO_LOGLIKELIHOOD.into()),
            embed: false,
            tokenize: false,
            stream: true,
            max_context: self.max_context.get().copied(),
            default_concurrency: DEFAULT_CONCURRENCY,
        }
    }

    /// Looks the model up; no call that costs money is made.
    async fn probe(&self, context: &CallContext) -> Result<Capabilities, CallFailure> {
        if let Some(tokens) = self.service.look_up(context).await? {
            self.max_context.get_or_init(|| tokens);
        }
        Ok(self.capabilities())
    }

    async fn generate(
        &self,
        request: &GenerateRequest,
        context: &CallContext,
    ) -> Result<Generation, CallFailure> {
        self.service.generate(request, context).await
    }
}
