//! Finds the addresses of a host. The system's own way to do that cannot be ended: it has a thread of its own, for which
//! nobody has to wait.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

/// The addresses of a host; why there are none.
pub async fn addresses(host: &str, port: u16, patience: Duration) -> Result<Vec<SocketAddr>, String> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let host = host.to_owned();
    within(patience, move || Ok((host.as_str(), port).to_socket_addrs()?.collect())).await
}

/// What is found within this time.
async fn within<T: Send + 'static>(
    patience: Duration,
    find: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, String> {
    let (sender, found) = tokio::sync::oneshot::channel();
    let finding = move || {
        // Nobody listens when it took too long.
        let _ = sender.send(find());
    };
    let thread = std::thread::Builder::new().name("perf-names".into()).spawn(finding);
    drop(thread.map_err(|error| error.to_string())?);
    match tokio::time::timeout(patience, found).await {
        Ok(Ok(found)) => found.map_err(|error| error.to_string()),
        Ok(Err(_)) => Err("the search ended with an error".into()),
        Err(_) => Err(format!("no answer within {} s", patience.as_secs_f64())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn an_address_is_itself_and_a_name_has_some() {
        let found = |host| run(addresses(host, 80, Duration::from_secs(60)));
        assert_eq!(found("::1").unwrap(), ["[::1]:80".parse().unwrap()]);
        assert!(found("localhost").unwrap().iter().all(|address| address.ip().is_loopback()));
    }

    #[test]
    fn a_search_that_does_not_end_is_given_up() {
        let (keep, wait) = std::sync::mpsc::channel::<()>();
        let find = move || {
            let _ = wait.recv();
            Ok(())
        };
        // The runtime ends here too: it must not wait for the thread.
        let found = run(within(Duration::from_millis(5), find));
        assert_eq!(found, Err("no answer within 0.005 s".into()));
        drop(keep);
    }
}
