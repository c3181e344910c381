//! Every way in which a server fails is counted as what it is, to the request.

use crate::server::{Act, Server, end, event, finished, good, head, said, whole};
use crate::{closed, plan, ran};
use std::collections::BTreeMap;
use std::time::Duration;

/// A class, and what the server does to make a request of it.
type Fault = (&'static str, fn() -> Vec<Act>);

/// What the server does with the first ten of twenty requests.
const FAULTS: [Fault; 10] = [
    ("http_429", || vec![Act::Send(whole("429 Too Many Requests", r#"{"error":{"message":"slow down"}}"#))]),
    ("http_4xx", || vec![Act::Send(whole("400 Bad Request", "no"))]),
    ("http_5xx", || vec![Act::Send(whole("500 Internal Server Error", "<html>"))]),
    ("reset", || vec![Act::Send([head(), said("one")].concat()), Act::Reset]),
    ("truncated", || vec![Act::Send([head(), said("one")].concat()), Act::Close]),
    ("unfinished", || vec![Act::Send([head(), said("one"), end()].concat())]),
    ("malformed", || {
        vec![Act::Send([head(), said("one"), event(r#"{"choices":[{"de"#), finished(1), end()].concat())]
    }),
    ("error_in_band", || {
        let error = event(r#"{"error":{"message":"out of memory"}}"#);
        vec![Act::Send([head(), said("one"), error, event("[DONE]"), end()].concat())]
    }),
    ("empty", || vec![Act::Send([head(), finished(0), end()].concat())]),
    ("stalled", || vec![Act::Send([head(), said("one")].concat()), Act::Silence]),
];

#[test]
fn counts_are_those_of_the_server() {
    let server = Server::start(|number, _| match FAULTS.get((number % 20) as usize) {
        Some((_, acts)) => acts(),
        None => vec![Act::Send(good())],
    });
    let place = tempfile::tempdir().unwrap();
    // The ten that stall do so at the same time, so that an answer may take long on a busy machine.
    let mut plan = plan(&server.url(), closed(10, 200), place.path());
    plan.server.read_timeout = Duration::from_secs(2);
    let (stage, rows) = ran(&plan);
    let wanted: BTreeMap<String, u64> =
        FAULTS.iter().map(|(class, _)| ((*class).to_owned(), 10)).chain([("ok".to_owned(), 100)]).collect();
    assert_eq!(
        stage
            .requests
            .classes
            .iter()
            .map(|(class, count)| (class.clone(), *count))
            .collect::<BTreeMap<_, _>>(),
        wanted
    );
    assert_eq!((stage.requests.total, stage.requests.failed, rows.len()), (200, 100, 200));
    assert_eq!(stage.requests.examples["http_429"], "status 429: slow down");
    // Failures are in no time.
    assert_eq!(stage.latency.e2e_ms.as_ref().unwrap().count, 100);
}

#[test]
fn what_a_server_repeats_of_a_key_is_shown_nowhere() {
    // The key lies across the end of what is kept of a message.
    let echo = |text: &str| format!("{}{text} is wrong", "x".repeat(490));
    let server = Server::start(move |number, _| {
        let said = echo("Bearer sk-abcdefgh-12345678 or own-87654321 or me:s3cr:t or bWU6czNjcjp0");
        let said = format!(r#"{{"error":{{"message":"own-87654321 me:s3cr:t bWU6czNjcjp0 {said}"}}}}"#);
        match number % 2 {
            0 => vec![Act::Send(whole("401 Unauthorized", &said))],
            _ => vec![Act::Send([head(), event(&said), event("[DONE]"), end()].concat())],
        }
    });
    let place = tempfile::tempdir().unwrap();
    let url = server.url().replace("://", "://me:s3cr%3At@");
    let mut plan = plan(&url, closed(1, 4), place.path());
    plan.server.key = Some(evalscope_core::Secret::new("sk-abcdefgh-12345678"));
    plan.server.headers = vec![("X-Token".to_owned(), "Token own-87654321".to_owned())];
    let (stage, rows) = ran(&plan);
    let classes = ["http_4xx", "error_in_band"].map(|class| stage.requests.classes[class]);
    assert_eq!(classes, [2, 2]);
    let mut said: Vec<String> = rows.iter().filter_map(|row| row.message.clone()).collect();
    assert_eq!(said.len(), 4);
    for path in crate::scrape::files(place.path()) {
        said.push(String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned());
    }
    for secret in ["sk-abc", "own-8", "s3cr", "bWU6"] {
        assert!(said.iter().all(|text| !text.contains(secret)), "{secret}");
    }
    assert!(said[0].contains("•••"), "{}", said[0]);
}

#[test]
fn a_server_that_is_not_there_is_an_error_or_a_class() {
    // As long as the socket has it, nobody else is given the port.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&format!("http://{address}/v1"), closed(2, 12), place.path());
    let (stage, rows) = ran(&plan);
    assert_eq!(stage.requests.classes["connect"], 12);
    assert!(stage.requests.examples["connect"].contains("refused"));
    // That the next attempt is made 100 ms later on purpose is no time that the client took: ten would have it.
    let late = rows.iter().filter(|row| row.client_ms >= 100.0).count();
    assert!(late < 10 && rows.iter().all(|row| row.connect_ms.is_some()), "{rows:?}");
    assert!(stage.invalid.iter().all(|reason| !reason.contains("the client took")), "{:?}", stage.invalid);
    plan.server.check = true;
    let error = evalscope_perf::run(&plan, &|_| {}, &evalscope_perf::Signals::default()).err().unwrap();
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}

#[test]
fn what_is_over_in_total_is_timed_out() {
    let server = Server::start(|_, _| vec![Act::Silence]);
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), closed(1, 1), place.path());
    plan.server.total_timeout = Duration::from_millis(100);
    assert_eq!(ran(&plan).0.requests.classes["timed_out"], 1);
}

#[test]
fn a_server_that_closes_after_each_answer_is_served() {
    let server = Server::start(|_, _| {
        let body = r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#;
        let text =
            format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        vec![Act::Send(text.into_bytes()), Act::Close]
    });
    let place = tempfile::tempdir().unwrap();
    let (stage, _) = ran(&plan(&server.url(), closed(2, 20), place.path()));
    assert_eq!(stage.requests.ok, 20);
    // Two were made ahead; the others are counted.
    assert_eq!(stage.latency.connect_ms.unwrap().count, 18);
}

#[test]
fn a_reset_behind_the_whole_answer_takes_nothing_from_it() {
    let server = Server::start(|_, _| {
        let answer = [head(), said("one"), finished(1)].concat();
        // The reset comes when the client has read all of it.
        vec![Act::Send(answer), Act::Pause(Duration::from_millis(200)), Act::Reset]
    });
    let place = tempfile::tempdir().unwrap();
    let (stage, _) = ran(&plan(&server.url(), closed(1, 3), place.path()));
    assert_eq!(stage.requests.ok, 3, "{:?}", stage.requests);
}
