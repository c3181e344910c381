//! OpenAI's chat completions.

use crate::address::Endpoint;
use crate::error::Error;
use crate::options::EndpointOptions;
use crate::request;
use crate::service::{DEFAULT_CONCURRENCY, Service};
use crate::wire::Shape;
use async_trait::async_trait;
use evalscope_core::{CallFailure, FailureKind, GenerateRequest, Generation, Input};
use evalscope_model_api::{CallContext, Capabilities, LoglikelihoodSupport, Model};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// What this protocol is called.
pub const NAME: &str = "openai_chat";

const NO_LOGLIKELIHOOD: &str = "a chat endpoint scores no text that it did not write";

struct OpenaiChat {
    service: Service,
    endpoint: Endpoint,
    max_context: OnceLock<u64>,
}

/// A model behind `/chat/completions`.
pub fn open(options: EndpointOptions) -> Result<Arc<dyn Model>, Error> {
    let service = Service::new(NAME, options)?;
    let endpoint = service.endpoint("/chat/completions");
    Ok(Arc::new(OpenaiChat { service, endpoint, max_context: OnceLock::new() }))
}

#[async_trait]
impl Model for OpenaiChat {
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

    /// Looks at the list of models; no call that costs money is made.
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
        let Input::Chat(messages) = &request.input else {
            let text = "a chat endpoint does not go on from raw text";
            return Err(self.service.client.site(&self.endpoint).failure(FailureKind::Unsupported, text));
        };
        let messages = serde_json::to_value(messages).expect("roles and texts can be written as JSON");
        let service = &self.service;
        let body =
            request::generation(&service.model, ("messages", messages), &request.sampling, service.stream);
        service.generate(&self.endpoint, body, Shape::Chat, context).await
    }
}
