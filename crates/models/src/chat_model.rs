//! A model that is asked by conversations over HTTP, whatever protocol carries them.

use crate::error::Error;
use crate::options::EndpointOptions;
use crate::service::{DEFAULT_CONCURRENCY, Service};
use crate::wire::Wire;
use async_trait::async_trait;
use evalscope_core::{CallFailure, GenerateRequest, Generation};
use evalscope_model_api::{CallContext, Capabilities, Model};
use std::collections::BTreeMap;
use std::sync::Arc;

const NO_LOGLIKELIHOOD: &str = "a chat endpoint scores no text that it did not write";

struct ChatModel {
    service: Service,
}

/// A model that speaks this protocol.
pub fn open(wire: &'static Wire, options: EndpointOptions) -> Result<Arc<dyn Model>, Error> {
    Ok(Arc::new(ChatModel { service: Service::new(wire, options)? }))
}

#[async_trait]
impl Model for ChatModel {
    fn identity(&self) -> BTreeMap<String, String> {
        self.service.identity()
    }

    fn key_source(&self) -> Option<&str> {
        self.service.key_source()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            text: false,
            stream: true,
            max_context: self.service.max_context(),
            ..Capabilities::of_replies(DEFAULT_CONCURRENCY, NO_LOGLIKELIHOOD)
        }
    }

    /// Looks the model up; no call that costs money is made.
    async fn probe(&self, context: &CallContext) -> Result<Capabilities, CallFailure> {
        let notices = self.service.look_up(context).await?;
        Ok(Capabilities { notices, ..self.capabilities() })
    }

    async fn generate(
        &self,
        request: &GenerateRequest,
        context: &CallContext,
    ) -> Result<Generation, CallFailure> {
        self.service.generate(request, context).await
    }
}
