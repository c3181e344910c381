//! `evalscope app`: shows runs in a browser until Ctrl-C. `evalscope arena vote`: lets people vote in one.

use crate::arguments::{AppArguments, ArenaVoteArguments, ListenArguments};
use crate::environment;
use crate::output::{self, Failure};
use evalscope::ArgumentError;
use evalscope_core::Secret;
use evalscope_web::{AppOptions, Server, votes_as_battles};
use std::path::Path;
use std::process::ExitCode;

/// Threads that answer; files are read on others.
const WORKERS: usize = 2;

/// Runs the command that was typed.
pub fn run(arguments: AppArguments) -> Result<ExitCode, Failure> {
    let launcher = arguments.allow_run.then(|| environment::read(false).launcher);
    let options = options(&arguments.outputs, &arguments.listening)?;
    listen(AppOptions { launcher, ..options })
}

/// Lets people vote, or prints their votes.
pub fn vote(arguments: &ArenaVoteArguments) -> Result<ExitCode, Failure> {
    let reviews = match arguments.arena.is_dir() {
        true => arguments.arena.join("reviews.jsonl"),
        false => arguments.arena.clone(),
    };
    if !reviews.is_file() {
        let hint = Some("name the folder that `evalscope arena run` wrote, or a file of reviews".into());
        return Err(ArgumentError::new(format!("there is no {}", reviews.display())).with_hint(hint).into());
    }
    if arguments.battles {
        output::result(votes_as_battles(&reviews)?.trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let folder = reviews.parent().filter(|folder| !folder.as_os_str().is_empty());
    let options = options(folder.unwrap_or(Path::new(".")), &arguments.listening)?;
    listen(AppOptions { voting: Some(reviews), ..options })
}

fn options(outputs: &Path, listening: &ListenArguments) -> Result<AppOptions, Failure> {
    if let Some(token) = &listening.token
        && (token.is_empty()
            || !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)))
    {
        let hint = Some("use letters, digits and `-_.~`: the token stands in the address".into());
        return Err(ArgumentError::new("--token: this cannot be a token").with_hint(hint).into());
    }
    Ok(AppOptions {
        outputs: outputs.to_owned(),
        host: listening.host.clone(),
        port: listening.port,
        token: listening.token.clone().map(Secret::new),
        names: listening.allow_host.clone(),
        launcher: None,
        state: environment::state(),
        voting: None,
    })
}

fn listen(options: AppOptions) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let failed = |error: std::io::Error| ArgumentError::new(format!("no threads can be started: {error}"));
    let ended = runtime.map_err(failed)?.block_on(serve(options));
    ended.map(|()| ExitCode::SUCCESS).map_err(Failure::from)
}

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
