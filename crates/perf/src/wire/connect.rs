//! Opens connections: name to address once, then TCP, then encryption where it is asked for.

use crate::clock::Clock;
use crate::error::Error;
use crate::wire::socket::{Arrival, Socket};
use crate::wire::target::Target;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::ConfigVerifierExt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Opens connections to one server.
pub struct Connector {
    addresses: Vec<SocketAddr>,
    encryption: Option<(TlsConnector, ServerName<'static>)>,
    timeout: Duration,
    clock: Clock,
}

impl Connector {
    /// Finds the server's addresses and, where the connection is encrypted, reads this machine's certificates.
    pub async fn new(target: &Target, timeout: Duration, clock: Clock) -> Result<Connector, Error> {
        let unknown = |reason: String| Error::Host { host: target.host.clone(), reason };
        let found = tokio::net::lookup_host((target.host.as_str(), target.port)).await;
        let addresses: Vec<SocketAddr> = found.map_err(|error| unknown(error.to_string()))?.collect();
        if addresses.is_empty() {
            return Err(unknown("the name has no address".into()));
        }
        let encryption = match target.encrypted {
            true => Some((tls()?, server_name(target)?)),
            false => None,
        };
        Ok(Connector { addresses, encryption, timeout, clock })
    }

    /// A new connection; why there is none.
    pub async fn connect(&self) -> Result<Connection, String> {
        let opened = tokio::time::timeout(self.timeout, self.open()).await;
        opened.map_err(|_| format!("no connection within {} s", self.timeout.as_secs_f64()))?
    }

    async fn open(&self) -> Result<Connection, String> {
        let mut last = String::new();
        for address in &self.addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => return self.encrypted(Socket::new(stream, self.clock)).await,
                Err(error) => last = error.to_string(),
            }
        }
        Err(last)
    }

    async fn encrypted(&self, socket: Socket) -> Result<Connection, String> {
        match &self.encryption {
            None => Ok(Connection::Plain(socket)),
            Some((connector, name)) => match connector.connect(name.clone(), socket).await {
                Ok(stream) => Ok(Connection::Encrypted(Box::new(stream))),
                Err(error) => Err(format!("no encrypted connection: {error}")),
            },
        }
    }
}

fn tls() -> Result<TlsConnector, Error> {
    // One TLS provider for the process; when there is one already, it stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = rustls::ClientConfig::with_platform_verifier();
    let config = config.map_err(|error| Error::Certificates { reason: error.to_string() })?;
    Ok(TlsConnector::from(Arc::new(config)))
}

fn server_name(target: &Target) -> Result<ServerName<'static>, Error> {
    let name = ServerName::try_from(target.host.clone());
    name.map_err(|error| Error::Host { host: target.host.clone(), reason: error.to_string() })
}

/// A connection.
pub enum Connection {
    /// Not encrypted.
    Plain(Socket),
    /// Encrypted.
    Encrypted(Box<TlsStream<Socket>>),
}

impl Connection {
    /// Sends all of it.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Connection::Plain(socket) => socket.write_all(bytes).await,
            Connection::Encrypted(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    /// Whether it is open and silent, as a connection that nothing was asked on should be.
    pub fn is_quiet(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        self.poll_receive(&mut context, &mut [0]).is_pending()
    }

    /// Waits for bytes; how many, and when they came. None are the end.
    pub fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, Arrival)>> {
        let mut buffer = ReadBuf::new(buffer);
        let arrival = match self {
            Connection::Plain(socket) => {
                std::task::ready!(Pin::new(&mut *socket).poll_read(context, &mut buffer))?;
                socket.last()
            }
            Connection::Encrypted(stream) => {
                std::task::ready!(Pin::new(&mut **stream).poll_read(context, &mut buffer))?;
                stream.get_ref().0.last()
            }
        };
        Poll::Ready(Ok((buffer.filled().len(), arrival)))
    }
}
