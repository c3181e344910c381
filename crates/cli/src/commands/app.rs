//! `evalscope app`: shows runs in a browser until Ctrl-C.

use crate::arguments::AppArguments;
use crate::environment;
use crate::output::{self, Failure};
use evalscope::ArgumentError;
use evalscope_core::Secret;
use evalscope_web::{AppOptions, Server};
use std::process::ExitCode;

pub fn run(arguments: AppArguments) -> Result<ExitCode, Failure> {
    if let Some(token) = &arguments.token
        && (token.is_empty()
            || !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)))
    {
        let hint = Some("use letters, digits and `-_.~`: the token stands in the address".into());
        return Err(ArgumentError::new("--token: this cannot be a token").with_hint(hint).into());
    }
    let options = AppOptions {
        outputs: arguments.outputs,
        host: arguments.host,
        port: arguments.port,
        token: arguments.token.map(Secret::new),
        names: arguments.allow_host,
        launcher: arguments.allow_run.then(|| environment::read(false).launcher),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let failed = |error: std::io::Error| ArgumentError::new(format!("no threads can be started: {error}"));
    let ended = runtime.map_err(failed)?.block_on(serve(options));
    ended.map(|()| ExitCode::SUCCESS).map_err(Failure::from)
}

/// Threads that answer; files are read on others.
const WORKERS: usize = 2;

async fn serve(options: AppOptions) -> Result<(), evalscope_web::Error> {
    let server = Server::bind(options).await?;
    output::result(&server.url);
    output::note("open the address in a browser; Ctrl-C ends the server");
    server
        .run(async {
            // Without a handler for Ctrl-C the process ends anyway.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await
}
