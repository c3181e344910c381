//! What the server says and does comes out as figures.

use crate::server::{Act, Server, end, finished, good, head, said, whole};
use crate::{closed, plan, ran};
use evalscope_perf::{Goals, Portion, Row, Stage};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn tokens_are_the_servers() {
    let server = Server::start(|_, _| {
        let two = said("four tokens in each");
        vec![Act::Send([head(), two.clone(), two, finished(8), end()].concat())]
    });
    let place = tempfile::tempdir().unwrap();
    let (stage, rows) = ran(&plan(&server.url(), closed(2, 10), place.path()));
    assert_eq!(stage.tokens.output.unwrap().mean, 8.0);
    assert_eq!(stage.tokens.prompt.unwrap().mean, 7.0);
    assert_eq!(stage.tokens.per_chunk, Some(4.0));
    assert!(rows.iter().all(|row| row.chunks == 2 && row.chunk_gaps_us.len() == 1));
    let wanted = stage.throughput.requests_per_s * 15.0;
    assert!((stage.throughput.total_tokens_per_s.unwrap() / wanted - 1.0).abs() < 1e-3);
}

#[test]
fn answers_of_no_tokens_come_at_a_rate_of_none() {
    let server = Server::start(|_, _| vec![Act::Send([head(), said("a"), finished(0), end()].concat())]);
    let place = tempfile::tempdir().unwrap();
    let (stage, _) = ran(&plan(&server.url(), closed(1, 5), place.path()));
    assert_eq!((stage.requests.ok, stage.throughput.output_tokens_per_s), (5, Some(0.0)));
    assert!(stage.throughput.total_tokens_per_s.unwrap() > 0.0);
}

#[test]
fn tokens_that_nobody_counts_are_unknown() {
    let server = Server::start(|_, _| {
        let last = crate::server::event(r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#);
        vec![Act::Send([head(), said("one"), last, end()].concat())]
    });
    let place = tempfile::tempdir().unwrap();
    let (stage, _) = ran(&plan(&server.url(), closed(1, 5), place.path()));
    assert_eq!((stage.requests.ok, stage.tokens.unknown), (5, 5));
    assert_eq!(stage.throughput.output_tokens_per_s, None);
    assert!(stage.latency.tpot_ms.is_none() && stage.latency.ttft_ms.is_some());
}

#[test]
fn answers_that_are_not_streamed_have_no_first_token() {
    let bodies: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&bodies);
    let server = Server::start(move |_, body| {
        seen.lock().unwrap().push(body.to_owned());
        let answer = r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":4,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":1}}}"#;
        vec![Act::Send(whole("200 OK", answer))]
    });
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), closed(1, 4), place.path());
    plan.answers.stream = false;
    let (stage, _) = ran(&plan);
    assert!(stage.latency.ttft_ms.is_none());
    assert_eq!(stage.latency.e2e_ms.unwrap().count, 4);
    assert_eq!((stage.tokens.output.unwrap().mean, stage.tokens.cached_share), (2.0, Some(0.25)));
    let bodies = bodies.lock().unwrap();
    assert!(bodies.iter().all(|body| !body.contains("stream") && body.contains("\"max_tokens\":16")));
    let distinct: std::collections::BTreeSet<&String> = bodies.iter().collect();
    assert_eq!(distinct.len(), 4);
}

#[test]
fn the_rate_at_full_load_is_that_of_all_slots() {
    let server = Server::start(|_, _| vec![Act::Pause(Duration::from_millis(200)), Act::Send(good())]);
    for (warm_up, number, counted) in [(0, 24, 16), (8, 16, 8), (0, 20, 8)] {
        let place = tempfile::tempdir().unwrap();
        let stage = Stage { warm_up: Portion::Count(warm_up), ..closed(8, number) };
        let (stage, rows) = ran(&plan(&server.url(), stage, place.path()));
        let steady = stage.steady.unwrap();
        // Answers of the first round count, and those of the last do not: no request followed them, or not all of them.
        assert_eq!(steady.requests, counted);
        // A slot's next request follows its answer, and what the client took: on a busy machine not always as soon.
        let most = |of: fn(&Row) -> f64| rows.iter().map(of).fold(0.0, f64::max);
        let shortest = rows.iter().map(|row| row.e2e_ms).fold(f64::MAX, f64::min);
        let longest = most(|row| row.e2e_ms) + most(|row| row.client_ms);
        let found = steady.throughput.requests_per_s;
        let [least, most] = [longest, shortest].map(|cycle| 8.0 / cycle * 1000.0);
        assert!((0.99 * least..1.01 * most).contains(&found), "{found}, not {least} to {most}: {steady:?}");
    }
    // One request beyond a round says nothing of a second one.
    let place = tempfile::tempdir().unwrap();
    let (stage, _) = ran(&plan(&server.url(), closed(8, 9), place.path()));
    assert_eq!(stage.steady, None);
}

#[test]
fn every_request_is_in_the_files() {
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), closed(3, 30), place.path());
    plan.goals = Some(Goals { ttft_ms: Some(60_000.0), ..Goals::default() });
    let (stage, rows) = ran(&plan);
    assert_eq!((rows.len(), stage.goodput.unwrap().share), (30, 1.0));
    let folder = place.path().join("parallel_3_number_30");
    let database = rusqlite::Connection::open(folder.join("benchmark_data.db")).unwrap();
    let count: i64 = database
        .query_row(
            "SELECT count(*) FROM result WHERE success AND request LIKE '{\"model\":\"m\"%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(count, 30);
    let text = std::fs::read_to_string(place.path().join("summary.json")).unwrap();
    let summary: evalscope_perf::PerfSummary = serde_json::from_str(&text).unwrap();
    assert_eq!(summary.stages[0].requests.ok, 30);
    let shown = std::fs::read_to_string(place.path().join("performance_summary.txt")).unwrap();
    assert!(shown.contains("30 of 30 requests answered"), "{shown}");
}

#[test]
fn the_kernel_stamps_arrivals_on_linux() {
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let (stage, rows) = ran(&plan(&server.url(), closed(1, 5), place.path()));
    if cfg!(target_os = "linux") {
        assert!(stage.client.kernel_stamps);
        assert!(rows.iter().all(|row| row.queued_ms.is_some()));
    }
    assert!(rows.iter().all(|row| row.ttft_ms <= Some(row.e2e_ms)));
}
