//! Listens, and decides who is answered.

use crate::api::router;
use crate::app::{App, Voting};
use crate::error::Error;
use crate::guard::Guard;
use crate::launch::Launched;
use crate::outputs::Outputs;
use evalscope_core::Secret;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Bytes of a token that we make: more than anybody can try.
const TOKEN_BYTES: usize = 16;

/// What is served, and to whom.
#[derive(Debug)]
pub struct AppOptions {
    /// The folder of results.
    pub outputs: PathBuf,
    /// The address to listen on, `127.0.0.1` or a name.
    pub host: String,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// The token that has to be shown; made when the address is not a loopback one and there is none.
    pub token: Option<Secret>,
    /// Names of this machine that browsers may use beside numeric addresses.
    pub names: Vec<String>,
    /// The program that new runs are started with; none can be started without.
    pub launcher: Option<PathBuf>,
    /// A folder of this user, outside of the results, for what runs were asked to do.
    pub state: PathBuf,
    /// A file of reviews: only voting on it is served.
    pub voting: Option<PathBuf>,
}

/// A server that listens and does not answer yet.
pub struct Server {
    listener: TcpListener,
    app: Arc<App>,
    /// Where a browser finds it, with the token.
    pub url: String,
}

impl Server {
    /// Opens the folder and listens.
    pub async fn bind(options: AppOptions) -> Result<Server, Error> {
        let outputs = Outputs::open(&options.outputs)?;
        let address = format!("{}:{}", options.host, options.port);
        let refused = |source| Error::Address { address: address.clone(), source };
        let listener = TcpListener::bind((options.host.as_str(), options.port)).await.map_err(refused)?;
        let at = listener.local_addr().map_err(refused)?;
        let token = match options.token {
            None if !at.ip().is_loopback() => Some(make_token()?),
            given => given,
        };
        let query = token.as_ref().map(|token| format!("?token={}", token.expose())).unwrap_or_default();
        let url = format!("http://{}:{}/{query}", shown(at.ip()), at.port());
        let mut names = options.names;
        names.push(options.host);
        let voting = options.voting.as_deref().map(voting).transpose()?;
        let launched = Launched::new(options.launcher, &options.state);
        let app = App::new(outputs, Guard::new(token, names), launched, voting);
        Ok(Server { listener, app: Arc::new(app), url })
    }

    /// Answers until `stop` is done. Runs that were started here are interrupted then, and can be gone on with.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), Error> {
        let address = self.url.clone();
        let router = router(self.app.clone());
        let serving = axum::serve(self.listener, router).into_future();
        // Streams of events never end by themselves, so that waiting for connections would wait for browsers to close.
        let ended = tokio::select! {
            ended = serving => ended.map_err(|source| Error::Address { address, source }),
            () = stop => Ok(()),
        };
        self.app.launched.stop_all();
        ended
    }
}

fn voting(reviews: &Path) -> Result<Voting, Error> {
    let reviews = reviews.canonicalize().map_err(Error::file("open", reviews))?;
    let folder = reviews.parent().and_then(Path::file_name);
    let id = folder.map_or_else(|| "arena".to_owned(), |name| name.to_string_lossy().into_owned());
    Ok(Voting { id, reviews })
}

fn shown(ip: IpAddr) -> String {
    match ip {
        ip if ip.is_unspecified() => "localhost".to_owned(),
        IpAddr::V6(ip) => format!("[{ip}]"),
        IpAddr::V4(ip) => ip.to_string(),
    }
}

fn make_token() -> Result<Secret, Error> {
    let mut bytes = [0; TOKEN_BYTES];
    let failed = |error: getrandom::Error| Error::Internal { message: format!("no random numbers: {error}") };
    getrandom::fill(&mut bytes).map_err(failed)?;
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Secret::new(digits.concat()))
}
