//! Connections to the endpoints of a model, in a pool for each runtime that makes calls.
//!
//! A connection is driven by the runtime in which it was opened. Were there one pool, a call on one thread would wake
//! another for every piece of its reply.

use crate::address::Address;
use crate::error::Error;
use reqwest::Client;
use reqwest::header::HeaderMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;
use tokio::runtime::{Handle, Id};

/// Idle connections are closed before the server does it: uvicorn, below vLLM and SGLang, closes after 5 s, and a
/// request that meets the closing is lost.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);
/// Pools that are kept: more than a run has threads that make calls. A runtime that has ended leaves one behind, and so
/// the oldest makes room.
const MOST_POOLS: usize = 64;

/// Pools of connections.
pub struct Connections {
    headers: HeaderMap,
    timeout: Duration,
    is_local: bool,
    is_encrypted: bool,
    pools: RwLock<Vec<(Id, Client)>>,
}

impl Connections {
    /// Connections on which these headers are sent, and which are made within this time; none is opened yet. Fails when
    /// none could be.
    pub fn new(headers: HeaderMap, timeout: Duration, addresses: &[Address]) -> Result<Connections, Error> {
        install_tls();
        let connections = Connections {
            headers,
            timeout,
            is_local: addresses.iter().all(Address::is_loopback),
            is_encrypted: addresses.iter().any(Address::is_encrypted),
            pools: RwLock::default(),
        };
        connections.pool().map_err(|error| Error::Setup { reason: reason(&error) })?;
        Ok(connections)
    }

    /// The pool of the runtime that runs this.
    pub fn here(&self) -> Result<Client, reqwest::Error> {
        let id = Handle::current().id();
        let find = |pools: &[(Id, Client)]| {
            pools.iter().find(|(known, _)| *known == id).map(|(_, client)| client.clone())
        };
        let known = find(&self.pools.read().unwrap_or_else(PoisonError::into_inner));
        if let Some(client) = known {
            return Ok(client);
        }
        // Only this runtime adds its own pool, and it is on one thread.
        let client = self.pool()?;
        let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
        if pools.len() == MOST_POOLS {
            pools.remove(0);
        }
        pools.push((id, client.clone()));
        Ok(client)
    }

    fn pool(&self) -> Result<Client, reqwest::Error> {
        let builder = Client::builder()
            .user_agent(concat!("evalscope/", env!("CARGO_PKG_VERSION")))
            .default_headers(self.headers.clone())
            .connect_timeout(self.timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            // Tries are counted and paced by who makes the call; the library would keep a copy of each request for its own.
            .retry(reqwest::retry::never().max_retries_per_request(0));
        // A proxy for the outside world cannot reach a server on this machine.
        let builder = if self.is_local { builder.no_proxy() } else { builder };
        // Reading the system's certificates takes milliseconds, and fails where there are none.
        let builder = if self.is_encrypted { builder } else { builder.tls_certs_only([]) };
        builder.build()
    }
}

/// One TLS provider for the process; when there is one already, it stays.
fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn reason(error: &reqwest::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_have_a_pool_each_and_ended_ones_make_room() {
        let connections = Connections::new(HeaderMap::new(), Duration::from_secs(1), &[]).unwrap();
        let count = || connections.pools.read().unwrap().len();
        let runtimes: Vec<_> = (0..2 * MOST_POOLS)
            .map(|_| tokio::runtime::Builder::new_current_thread().build().unwrap())
            .collect();
        for (made, runtime) in runtimes.iter().enumerate() {
            for _ in 0..2 {
                runtime.block_on(async { connections.here() }).unwrap();
                assert_eq!(count(), MOST_POOLS.min(made + 1));
            }
        }
    }
}
