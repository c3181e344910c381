//! The figures of a test go to programs that collect them: what those get, by stand-ins on loopback.

use crate::server::{Act, Server, good, whole};
use crate::{closed, plan};
use evalscope_core::Secret;
use evalscope_perf::output::export::{Collector, send};
use evalscope_perf::{PerfSummary, Signals, run};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A test of two loads.
fn tested() -> (PerfSummary, tempfile::TempDir) {
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), closed(1, 4), place.path());
    plan.stages.push(closed(2, 6));
    (run(&plan, &|_| {}, &Signals::default()).unwrap().summary, place)
}

/// A stand-in that answers with these, one after the other, and what it was sent.
fn collecting(answers: &'static [(&'static str, &'static str)]) -> (Server, Arc<Mutex<Vec<Value>>>) {
    let bodies: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = Arc::clone(&bodies);
    let server = Server::start(move |number, body| {
        kept.lock().unwrap().push(serde_json::from_str(body).unwrap());
        let (status, answer) = answers[number as usize % answers.len()];
        vec![Act::Send(whole(status, answer))]
    });
    (server, bodies)
}

/// What a stand-in was asked for: method and path of each request.
fn lines(server: &Server) -> Vec<String> {
    let heads = server.seen.heads.lock().unwrap();
    let line = |head: &String| head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
    heads.iter().map(line).collect()
}

fn root(server: &Server) -> String {
    server.url().trim_end_matches("/v1").to_owned()
}

#[test]
fn an_opentelemetry_collector_gets_a_point_for_each_load() {
    let (summary, _place) = tested();
    let (server, bodies) = collecting(&[("200 OK", "{}")]);
    let headers = vec![("X-Key".to_owned(), "k".to_owned())];
    send(&Collector::Otlp { url: root(&server), headers }, &summary, None).unwrap();
    assert_eq!(lines(&server), ["POST /v1/metrics"]);
    assert!(server.seen.heads.lock().unwrap()[0].contains("X-Key: k"));
    let body = &bodies.lock().unwrap()[0];
    let metrics = body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
    let of =
        |name: &str| &metrics.iter().find(|metric| metric["name"] == name).unwrap()["gauge"]["dataPoints"];
    let values = |name: &str| [0, 1].map(|place| of(name)[place]["asDouble"].as_f64().unwrap());
    assert_eq!(values("evalscope.perf.requests_ok"), [4.0, 6.0]);
    let ttft = summary.stages[1].latency.ttft_ms.as_ref().unwrap();
    assert_eq!(values("evalscope.perf.ttft_ms_mean")[1], ttft.mean);
    assert_eq!(values("evalscope.perf.valid")[0], f64::from(u8::from(summary.stages[0].invalid.is_empty())));
    let loads = [0, 1]
        .map(|place| of("evalscope.perf.requests")[place]["attributes"][0]["value"]["stringValue"].clone());
    assert_eq!(loads, ["1 in parallel", "2 in parallel"]);
}

#[test]
fn an_mlflow_server_gets_a_run_for_each_load() {
    let (summary, _place) = tested();
    let (server, bodies) = collecting(&[
        ("200 OK", "{}"),
        ("200 OK", r#"{"experiment_id":"5"}"#),
        ("200 OK", r#"{"run":{"info":{"run_id":"a"}}}"#),
        ("200 OK", "{}"),
        ("200 OK", "{}"),
        ("200 OK", r#"{"run":{"info":{"run_id":"b"}}}"#),
        ("200 OK", "{}"),
        ("200 OK", "{}"),
    ]);
    let (url, token) = (root(&server), Some(Secret::new("tok".to_owned())));
    send(&Collector::Mlflow { url, experiment: "load".into(), token }, &summary, None).unwrap();
    let called = |name: &str| format!("POST /api/2.0/mlflow/{name}");
    let of_run = ["runs/create", "runs/log-batch", "runs/update"];
    let wanted = ["experiments/search", "experiments/create"].into_iter().chain(of_run).chain(of_run);
    assert_eq!(lines(&server), wanted.map(called).collect::<Vec<_>>());
    assert!(server.seen.heads.lock().unwrap().iter().all(|head| head.contains("Authorization: Bearer tok")));
    let bodies = bodies.lock().unwrap();
    assert_eq!(bodies[0]["filter"], "name = 'load'");
    assert_eq!(
        (&bodies[2]["experiment_id"], &bodies[5]["run_name"]),
        (&json!("5"), &json!("m 2 in parallel"))
    );
    let metrics = bodies[6]["metrics"].as_array().unwrap();
    let metric = |name: &str| metrics.iter().find(|metric| metric["key"] == name).unwrap()["value"].as_f64();
    assert_eq!((&bodies[6]["run_id"], metric("requests_ok")), (&json!("b"), Some(6.0)));
    assert_eq!(metric("e2e_ms_p99"), summary.stages[1].latency.e2e_ms.as_ref().unwrap().percentile("p99"));
    assert_eq!((&bodies[7]["run_id"], &bodies[7]["status"]), (&json!("b"), &json!("FINISHED")));
}

#[test]
fn a_collector_that_refuses_is_named_with_what_it_says() {
    let (summary, _place) = tested();
    let (server, _) = collecting(&[("401 Unauthorized", "no key")]);
    let error =
        send(&Collector::Otlp { url: root(&server), headers: Vec::new() }, &summary, None).unwrap_err();
    assert!(error.to_string().contains("status 401: no key"), "{error}");
}

#[test]
fn collectors_get_user_and_password_of_their_address_and_do_not_give_them_away() {
    const SAID: &str = "you sent Basic bWU6czNjcjp0, which is me:s3cr:t, or own-87654321";
    let (summary, _place) = tested();
    let (server, _) = collecting(&[("403 Forbidden", SAID)]);
    let url = root(&server).replace("://", "://me:s3cr%3At@");
    let otlp = |headers| Collector::Otlp { url: url.clone(), headers };
    let mlflow = |token| Collector::Mlflow { url: url.clone(), experiment: "load".into(), token };
    let own = vec![("authorization".to_owned(), "Bearer own-87654321".to_owned())];
    for collector in [otlp(Vec::new()), mlflow(None), otlp(own), mlflow(Some(Secret::new("tok".to_owned())))]
    {
        let error = send(&collector, &summary, None).unwrap_err().to_string();
        assert!(!error.contains("s3cr") && !error.contains("bWU6"), "{error}");
        assert!(error.contains("you sent"), "{error}");
    }
    // Of the own header too, where it was sent.
    let own = otlp(vec![("X-Token".to_owned(), "own-87654321".to_owned())]);
    assert!(!send(&own, &summary, None).unwrap_err().to_string().contains("8765"));
    server.seen.heads.lock().unwrap().pop();
    let heads = server.seen.heads.lock().unwrap();
    let sent = |head: &String| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        let of = lines.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        of.map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
    };
    let basic = "Basic bWU6czNjcjp0";
    assert_eq!(
        heads.iter().map(sent).collect::<Vec<_>>(),
        [[basic], [basic], ["Bearer own-87654321"], ["Bearer tok"]]
    );
}

#[test]
fn prometheus_reads_each_load_as_a_set_of_labels() {
    let (summary, place) = tested();
    let text = std::fs::read_to_string(place.path().join("metrics.prom")).unwrap();
    for (load, ok) in [("1 in parallel", 4), ("2 in parallel", 6)] {
        let line =
            text.lines().find(|line| line.starts_with("evalscope_perf_requests_ok{") && line.contains(load));
        assert!(line.unwrap().ends_with(&format!(" {ok}")), "{line:?}");
    }
    let p99 = summary.stages[0].latency.ttft_ms.as_ref().unwrap().percentile("p99").unwrap();
    let line =
        text.lines().find(|line| line.starts_with("evalscope_perf_ttft_ms{") && line.contains("0.99\""));
    assert!(line.unwrap().ends_with(&format!(" {p99}")), "{line:?}");
}
