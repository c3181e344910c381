//! A model of this machine as an OpenAI-compatible endpoint.

use crate::environment::Environment;
use crate::error::Error;
use crate::eval_type::EvalType;
use crate::model::open_local;
use crate::options::ModelOptions;
use crate::runtime::runtime;
use evalscope_core::Secret;
use evalscope_serve::Served;
use std::net::{IpAddr, SocketAddr};
use tokio_util::sync::CancellationToken;

/// Where to serve.
#[derive(Debug)]
pub struct ServeOptions {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// What requests must carry; needed everywhere but on loopback.
    pub token: Option<Secret>,
    /// The hub that hub ids are fetched from.
    pub hub: crate::Hub,
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
    let options_below = evalscope_serve::ServeOptions { address, token: options.token };
    evalscope_serve::check(&options_below)?;
    let open = open_local(model, options.hub, environment)?;
    let (name, gives_vectors) = (open.id.clone(), open.model.capabilities().embed);
    let served = Served { name: open.id, model: open.model, timeout: open.timeout };
    let serving = evalscope_serve::serve(served, options_below, stop.cancelled_owned(), |address| {
        on_ready(&Ready { address, name, gives_vectors })
    });
    Ok(runtime()?.block_on(serving)?)
}
