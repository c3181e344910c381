//! A model of this machine as an OpenAI-compatible endpoint.

use crate::environment::Environment;
use crate::error::Error;
use crate::eval_type::EvalType;
use crate::model::open_local;
use crate::options::ModelOptions;
use crate::runtime::runtime;
use evalscope_core::Secret;
use evalscope_model_api::Model;
use evalscope_serve::Served;
use std::net::{IpAddr, SocketAddr};
use tokio_util::sync::CancellationToken;

/// Where to serve.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// What requests must carry; needed everywhere but on loopback.
    pub token: Option<Secret>,
    /// The hub that hub ids are fetched from; where it is absent the caches of both are looked at first.
    pub hub: Option<crate::Hub>,
}

/// A server that answers.
#[derive(Debug)]
pub struct Ready {
    /// Where it listens.
    pub address: SocketAddr,
    /// The name of its model.
    pub name: String,
    /// Whether the model gives vectors of texts, and writes none.
    pub gives_vectors: bool,
    /// What a person should know of it.
    pub notices: Vec<String>,
}

/// Opens the model and serves it until `stop` is cancelled; requests that are being answered are answered first. `on_ready` is told where, and under which name.
pub fn serve(
    model: &ModelOptions,
    options: ServeOptions,
    environment: &Environment,
    stop: CancellationToken,
    on_ready: impl FnOnce(&Ready),
) -> Result<(), Error> {
    if model.eval_type() != EvalType::Local {
        return Err(Error::Argument(
            crate::ArgumentError::new("serve: only models of this machine are served")
                .with_hint(Some("leave `--api-url` and `--eval-type` out".into())),
        ));
    }
    let address = SocketAddr::new(options.host, options.port);
    // Before the model, which can take minutes.
    let taken = evalscope_serve::take(evalscope_serve::ServeOptions { address, token: options.token })?;
    let open = open_local(model, options.hub, environment)?;
    let (name, gives_vectors) = (open.id.clone(), open.model.capabilities().embed);
    let notices = notices(open.model.as_ref());
    let served = Served { name: open.id, model: open.model, timeout: open.timeout };
    let serving = evalscope_serve::serve(served, taken, stop.cancelled_owned(), |address| {
        on_ready(&Ready { address, name, gives_vectors, notices })
    });
    Ok(runtime()?.block_on(serving)?)
}

/// What a run would say of the model, and how far fewer bits than 32 take its log-probabilities, which a run's report says.
fn notices(model: &dyn Model) -> Vec<String> {
    let identity = model.identity();
    let fact = |name: &str| identity.get(name);
    let noise = fact("precision").zip(fact("precision_noise"));
    let noise = noise.map(|(precision, noise)| format!("with {precision} it differs from f32 by {noise}"));
    model.capabilities().notices.into_iter().chain(noise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use evalscope_core::{CallFailure, GenerateRequest, Generation};
    use evalscope_model_api::{CallContext, Capabilities};
    use std::collections::BTreeMap;

    struct Rough;

    #[async_trait]
    impl Model for Rough {
        fn identity(&self) -> BTreeMap<String, String> {
            let facts = [("precision", "q8"), ("precision_noise", "0.1 in the mean")];
            facts.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
        }

        fn capabilities(&self) -> Capabilities {
            let notices = vec!["there is room for 64 tokens".to_owned()];
            Capabilities { notices, ..Capabilities::of_replies(1, "it is rough") }
        }

        async fn probe(&self, _: &CallContext) -> Result<Capabilities, CallFailure> {
            Ok(self.capabilities())
        }

        async fn generate(&self, _: &GenerateRequest, _: &CallContext) -> Result<Generation, CallFailure> {
            Ok(Generation::default())
        }
    }

    #[test]
    fn what_a_run_would_say_of_the_model_is_said() {
        let expected = ["there is room for 64 tokens", "with q8 it differs from f32 by 0.1 in the mean"];
        assert_eq!(notices(&Rough), expected);
    }
}
