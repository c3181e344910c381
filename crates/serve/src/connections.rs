//! Connections: taken, limited in how long they may say nothing, and ended when the server is.

use crate::routes::router;
use crate::shared::Shared;
use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long the head of a request may take, and a connection wait for its next one.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Time for the last bytes of answers after the last request is answered.
const LAST_BYTES: Duration = Duration::from_secs(2);
/// After a failure to take a connection, as when there are too many.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers whoever connects until `stop` ends, and then those that have asked; whoever has not asked to the end is not waited for.
pub(crate) async fn answer(listener: TcpListener, shared: &Arc<Shared>, stop: impl Future<Output = ()>) {
    let (mut stop, stopping) = (pin!(stop), CancellationToken::new());
    let router = router(shared.clone());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            taken = listener.accept() => match taken {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone(), stopping.clone()));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
    drop(listener);
    stopping.cancel();
    let all_ended = async { while connections.join_next().await.is_some() {} };
    let all_answered = async {
        shared.all_answered().await;
        tokio::time::sleep(LAST_BYTES).await;
    };
    tokio::select! {
        () = all_ended => {}
        () = all_answered => {}
    }
}

async fn connection(stream: TcpStream, router: Router, stopping: CancellationToken) {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    // What goes wrong with a connection ends it, and is nobody else's.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
