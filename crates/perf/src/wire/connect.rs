//! Opens connections: name to address once, then TCP, then encryption where it is asked for.

use crate::clock::Clock;
use crate::error::Error;
use crate::wire::http2::Http2;
use crate::wire::names;
use crate::wire::socket::{Arrival, Socket, Stamps};
use crate::wire::target::Target;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Http {
    /// HTTP/1.1; connections are kept.
    #[default]
    One,
    /// HTTP/2; each connection carries one request at a time, so that a stamp belongs to one answer.
    Two,
}

/// How connections are made.
#[derive(Debug, Clone, Default)]
pub struct Connecting {
    /// Version of HTTP.
    pub http: Http,
    /// Certificates (PEM) that are trusted besides those of this machine.
    pub certificates: Option<PathBuf>,
    /// How long a connection may take, and finding the address.
    pub timeout: Duration,
}

/// Opens connections to one server.
pub struct Connector {
    addresses: Vec<SocketAddr>,
    encryption: Option<(TlsConnector, ServerName<'static>)>,
    http: Http,
    timeout: Duration,
    clock: Clock,
}

impl Connector {
    /// Finds the server's addresses and, where the connection is encrypted, reads this machine's certificates.
    pub async fn new(target: &Target, how: &Connecting, clock: Clock) -> Result<Connector, Error> {
        let unknown = |reason| Error::Host { host: target.host.clone(), reason };
        let addresses = names::addresses(&target.host, target.port, how.timeout).await.map_err(unknown)?;
        if addresses.is_empty() {
            return Err(unknown("the name has no address".to_owned()));
        }
        let encryption = match target.encrypted {
            true => Some((tls(how)?, server_name(target)?)),
            false => None,
        };
        Ok(Connector { addresses, encryption, http: how.http, timeout: how.timeout, clock })
    }

    /// Whether the server runs on this machine, as far as its address says.
    pub fn is_here(&self) -> bool {
        self.addresses.iter().all(|address| address.ip().is_loopback() || is_own(address.ip()))
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
            None if self.http == Http::Two => self.multiplexed(socket.stamps(), socket).await,
            None => Ok(Connection::Plain(socket)),
            Some((connector, name)) => match connector.connect(name.clone(), socket).await {
                Ok(stream) if self.http == Http::Two => {
                    let stamps = stream.get_ref().0.stamps();
                    self.multiplexed(stamps, stream).await
                }
                Ok(stream) => Ok(Connection::Encrypted(Box::new(stream))),
                Err(error) => Err(format!("no encrypted connection: {error}")),
            },
        }
    }

    async fn multiplexed<S>(&self, stamps: Stamps, stream: S) -> Result<Connection, String>
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let scheme = if self.encryption.is_some() { "https" } else { "http" };
        let opened = Http2::open(stamps, stream, scheme).await;
        opened
            .map(|opened| Connection::Multiplexed(Box::new(opened)))
            .map_err(|error| format!("no HTTP/2: {error}"))
    }
}

/// Whether an address is one of this machine's: then a socket can be bound to it.
fn is_own(address: std::net::IpAddr) -> bool {
    !address.is_unspecified() && std::net::UdpSocket::bind((address, 0)).is_ok()
}

fn tls(how: &Connecting) -> Result<TlsConnector, Error> {
    let wrong = |reason: String| Error::Certificates { reason };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let extra: Vec<CertificateDer<'static>> = match &how.certificates {
        None => Vec::new(),
        Some(path) => CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(|error| wrong(format!("{}: {error}", path.display())))?,
    };
    let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider));
    let verifier = verifier.map_err(|error| wrong(error.to_string()))?;
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| wrong(error.to_string()))?;
    let verified = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = verified.with_no_client_auth();
    if how.http == Http::Two {
        config.alpn_protocols = vec![b"h2".to_vec()];
    }
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
    /// HTTP/2, encrypted or not.
    Multiplexed(Box<Http2>),
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
            Connection::Multiplexed(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Whether the server speaks the version that it is asked in: over HTTP/2 it has said nothing of its own yet.
    pub async fn agrees(&mut self) -> Result<(), String> {
        match self {
            Connection::Multiplexed(connection) => connection.answers().await,
            Connection::Plain(_) | Connection::Encrypted(_) => Ok(()),
        }
    }

    /// Whether it is open and silent, as a connection that nothing was asked on should be.
    pub fn is_quiet(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        if let Connection::Multiplexed(connection) = self {
            return connection.is_open();
        }
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
            Connection::Multiplexed(_) => return Poll::Ready(Err(io::ErrorKind::Unsupported.into())),
        };
        Poll::Ready(Ok((buffer.filled().len(), arrival)))
    }
}
