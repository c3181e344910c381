//! An OpenAI-compatible server over a model: chat, completions with `echo` and `logprobs`, streams, embeddings, models, health.
//!
//! It listens on loopback, or elsewhere with a token that every request must carry. What it cannot do is refused by
//! name: tools, images.

mod answer;
mod asked;
mod characters;
mod chat;
mod completions;
mod connections;
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
use shared::Shared;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpSocket;

/// Connections that wait to be taken at most.
const BACKLOG: u32 = 1024;

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

/// An address that is taken; who asks there is refused until it is served.
#[derive(Debug)]
pub struct Taken {
    socket: TcpSocket,
    options: ServeOptions,
}

/// Takes an address before there is anything to serve. Refuses one that others can reach without a token.
pub fn take(options: ServeOptions) -> Result<Taken, Error> {
    let address = options.address;
    if !address.ip().is_loopback() && options.token.is_none() {
        return Err(Error::NoToken { address });
    }
    let socket = bound(address).map_err(|source| Error::Listen { address, source })?;
    Ok(Taken { socket, options })
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A port whose last connections are not forgotten yet; elsewhere it would mean one in use.
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind(address)?;
    Ok(socket)
}

/// Serves until `stop` ends; requests that are being answered are answered first. `on_ready` is told where.
pub async fn serve(
    served: Served,
    taken: Taken,
    stop: impl Future<Output = ()> + Send,
    on_ready: impl FnOnce(SocketAddr),
) -> Result<(), Error> {
    let Taken { socket, options: ServeOptions { address, token } } = taken;
    let failed = |source| Error::Listen { address, source };
    let listener = socket.listen(BACKLOG).map_err(failed)?;
    on_ready(listener.local_addr().map_err(failed)?);
    let shared = Arc::new(Shared::new(served, token));
    connections::answer(listener, &shared, stop).await;
    Ok(())
}
