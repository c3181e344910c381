//! An OpenAI-compatible server over a model: chat, completions with `echo` and `logprobs`, streams, embeddings, models, health.
//!
//! It listens on loopback, or elsewhere with a token that every request must carry. What it cannot do is refused by
//! name: tools, images.

mod answer;
mod characters;
mod chat;
mod completions;
mod embeddings;
mod fields;
mod logprobs;
mod messages;
mod refusal;
mod routes;
mod served;
mod shared;
mod stream;

pub use served::Served;

use evalscope_core::{Diagnose, Kind, Secret};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Where the server listens.
#[derive(Debug)]
pub struct ServeOptions {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
    /// What requests must carry as `Authorization: Bearer …`.
    pub token: Option<Secret>,
}

/// What can go wrong before the server answers.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Others could reach the server without a token.
    #[error("{address} can be reached from other machines, and no token is set")]
    NoToken {
        /// The address.
        address: SocketAddr,
    },
    /// The operating system refused.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::NoToken { .. } => Kind::User,
            Error::Listen { .. } => Kind::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Error::NoToken { .. } => {
                "name a variable that holds one with `--token-env`, or listen on 127.0.0.1".into()
            }
            Error::Listen { .. } => "choose another port with `--port`".into(),
        })
    }
}

/// Refuses to be reached from other machines without a token.
pub fn check(options: &ServeOptions) -> Result<(), Error> {
    match options.address.ip().is_loopback() || options.token.is_some() {
        true => Ok(()),
        false => Err(Error::NoToken { address: options.address }),
    }
}

/// Serves until `stop` ends; requests that are being answered are answered first. `on_ready` is told where.
pub async fn serve(
    served: Served,
    options: ServeOptions,
    stop: impl Future<Output = ()> + Send + 'static,
    on_ready: impl FnOnce(SocketAddr),
) -> Result<(), Error> {
    let address = options.address;
    check(&options)?;
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    on_ready(listener.local_addr().map_err(failed)?);
    let serving = axum::serve(listener, routes::router(served, options.token));
    serving.with_graceful_shutdown(stop).await.map_err(failed)
}
