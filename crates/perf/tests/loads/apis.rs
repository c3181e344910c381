//! APIs, images, HTTP/2, figures of the server.

use crate::server::{Act, Server, event, good, head, whole};
use crate::{closed, plan, ran};
use evalscope_perf::{Custom, ImageSource, Images, Pixel, api_by_name};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

#[test]
fn an_api_that_was_described_is_spoken() {
    let bodies: Arc<Mutex<Vec<Value>>> = Arc::default();
    let seen = Arc::clone(&bodies);
    let server = Server::start(move |_, body| {
        seen.lock().unwrap().push(serde_json::from_str(body).unwrap());
        let said = |text: &str, end: &str| event(&format!(r#"{{"token":{{"text":"{text}"}},"end":{end}}}"#));
        vec![Act::Send(
            [head(), said("a", "null"), said(" b", r#"{"tokens":2}"#), b"0\r\n\r\n".to_vec()].concat(),
        )]
    });
    let described = json!({
        "name": "mine", "path": "/say",
        "body": {"inputs": "{{prompt}}", "limit": "{{max_tokens}}", "stream": "{{stream}}"},
        "answer": {"text": ["token.text"], "finish": ["end"], "output_tokens": ["end.tokens"]}
    });
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url().replace("/v1", ""), closed(1, 2), place.path());
    plan.server.api = Arc::new(serde_json::from_value::<Custom>(described).unwrap());
    let (stage, rows) = ran(&plan);
    assert_eq!((stage.requests.ok, rows[0].output_tokens, rows[0].chunks), (2, Some(2), 2));
    let body = &bodies.lock().unwrap()[0];
    assert!(
        body["limit"] == 16
            && body["stream"] == true
            && body["inputs"].as_str().is_some_and(|text| text.len() > 9)
    );
}

#[test]
fn a_ranking_is_asked_for_and_counted() {
    let server = Server::start(|_, body| {
        let body: Value = serde_json::from_str(body).unwrap();
        assert!(
            body["query"].is_string() && body["documents"].as_array().is_some_and(|list| !list.is_empty())
        );
        let answer = r#"{"results":[{"index":0,"relevance_score":0.5}],"usage":{"total_tokens":9}}"#;
        vec![Act::Send(whole("200 OK", answer))]
    });
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), closed(1, 3), place.path());
    plan.server.api = api_by_name("openai_rerank", "").unwrap();
    let (stage, _) = ran(&plan);
    assert_eq!((stage.requests.ok, stage.tokens.prompt.unwrap().mean), (3, 9.0));
    let throughput = stage.throughput;
    assert!(throughput.output_tokens_per_s.is_none() && throughput.total_tokens_per_s.unwrap() > 0.0);
}

#[test]
fn images_are_sent_with_prompts() {
    let seen = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&seen);
    let server = Server::start(move |_, body| {
        let body: Value = serde_json::from_str(body).unwrap();
        let parts = body["messages"][0]["content"].as_array().unwrap();
        let is_image = |part: &&Value| {
            part["image_url"]["url"].as_str().is_some_and(|url| url.starts_with("data:image/png;base64,"))
        };
        counted.fetch_add(parts.iter().filter(is_image).count() as u64, Ordering::SeqCst);
        vec![Act::Send(good())]
    });
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), closed(1, 2), place.path());
    plan.prompts.images = Some(Images { count: 3, source: ImageSource::Random(8, 8, Pixel::Rgb) });
    let (stage, _) = ran(&plan);
    assert_eq!((stage.requests.ok, seen.load(Ordering::SeqCst)), (2, 6));
}

#[test]
fn figures_of_the_server_are_on_the_time_axis() {
    let looks = AtomicU64::new(0);
    let metrics = Server::start(move |_, _| {
        let count = looks.fetch_add(1, Ordering::SeqCst);
        let text = format!(
            "# TYPE vllm:generation_tokens_total counter\nvllm:generation_tokens_total {count}\nidle 0\n"
        );
        vec![Act::Send(whole("200 OK", &text))]
    });
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let stage = evalscope_perf::Stage {
        number: None,
        duration: Some(std::time::Duration::from_millis(3500)),
        shape: evalscope_perf::Shape::Open {
            rate: evalscope_perf::Rate::constant(50.0),
            process: evalscope_perf::Process::Constant,
            cap: None,
        },
        ..closed(1, 1)
    };
    let mut plan = plan(&server.url(), stage, place.path());
    plan.metrics = vec![metrics.url().replace("/v1", "")];
    let (stage, _) = ran(&plan);
    let names: Vec<&str> = stage.server.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(names, ["vllm:generation_tokens_total"]);
    let points = &stage.server[0].points;
    assert!(points.iter().all(|(at, growth)| *at >= 0.0 && *growth > 0.0), "{points:?}");
    assert!(points.len() >= 2 && points.is_sorted_by(|one, next| one.0 < next.0), "{points:?}");
    let page = std::fs::read_to_string(place.path().join("perf_report.html")).unwrap();
    assert!(page.contains("vllm:generation_tokens_total"));
}
