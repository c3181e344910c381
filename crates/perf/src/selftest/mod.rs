//! What this machine can do: load on a reference server whose truth is known, and the difference.

mod reference;

use crate::api::Chat;
use crate::error::Error;
use crate::load::{Portion, Shape, Stage, Start, Think, allow_connections};
use crate::measure::{Counts, StageSummary};
use crate::notes;
use crate::plan::{Answers, Http, Plan, Prompts, Server};
use crate::prompts::{Dataset, Prefix};
use crate::run::{Signals, run};
use reference::{Pace, Reference, Truth};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Tokens of an answer.
const TOKENS: u64 = 64;
/// Requests in flight at which errors are found out.
const PARALLEL: [u32; 5] = [1, 32, 128, 512, 1024];
/// Answers of each slot: few, because each takes most of a second.
const ROUNDS: u64 = 5;
/// Requests that find out the ceiling.
const CEILING: u64 = 20_000;
const CEILING_PARALLEL: u32 = 64;
const PACED: Pace =
    Pace { first: Duration::from_millis(50), each: Duration::from_millis(10), tokens: TOKENS };
const AT_ONCE: Pace = Pace { first: Duration::ZERO, each: Duration::ZERO, tokens: TOKENS };

/// What was found out at one number of requests in flight.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Case {
    /// Requests in flight.
    pub parallel: u32,
    /// Most of them as the server saw it.
    pub server_most_in_flight: u64,
    /// Median time to first token: the server's, and ours.
    pub ttft_p50_ms: Option<(f64, f64)>,
    /// 99th percentile likewise.
    pub ttft_p99_ms: Option<(f64, f64)>,
    /// Median time between tokens likewise.
    pub itl_p50_ms: Option<(f64, f64)>,
    /// Mean time between tokens likewise.
    pub itl_mean_ms: Option<(f64, f64)>,
    /// Requests per second.
    pub requests_per_s: f64,
    /// CPU time of this client for a thousand answers, in milliseconds: of the load loop, and of reading what answers say.
    pub cpu_ms_per_1000: f64,
    /// Why the stage is invalid.
    pub invalid: Vec<String>,
}

/// Runs the test; `told` gets each case as it is found out.
///
/// Must not be called from an async context.
pub fn selftest(signals: &Signals, told: &dyn Fn(&Case)) -> Result<Vec<Case>, Error> {
    let paced = PARALLEL.map(|parallel| (PACED, parallel, u64::from(parallel) * ROUNDS));
    let scratch = tempfile::tempdir().map_err(Error::file("create", Path::new("a temporary folder")))?;
    let mut cases = Vec::new();
    for (pace, parallel, number) in [(AT_ONCE, CEILING_PARALLEL, CEILING)].into_iter().chain(paced) {
        if signals.stop.is_cancelled() {
            break;
        }
        let case = case(pace, (parallel, number), scratch.path(), signals)?;
        told(&case);
        cases.push(case);
    }
    Ok(cases)
}

fn case(
    pace: Pace,
    (parallel, number): (u32, u64),
    scratch: &Path,
    signals: &Signals,
) -> Result<Case, Error> {
    let server = Reference::start(pace)
        .map_err(|error| Error::option(format!("the reference server cannot be started: {error}"), None))?;
    let folder = scratch.join(format!("{parallel}_{number}"));
    let plan = plan(&server.url(), (parallel, number), &folder);
    let limit = allow_connections(notes::most_ends(&plan));
    let tested = run(&plan, &|_| {}, signals)?;
    let stage = tested.summary.stages.into_iter().next();
    let stage = stage.ok_or_else(|| Error::option("the self-test was ended", None))?;
    let mut case = found(parallel, &server.truth(), &stage);
    case.invalid.extend(limit);
    Ok(case)
}

fn plan(url: &str, (parallel, number): (u32, u64), folder: &Path) -> Plan {
    let stage = Stage {
        shape: Shape::Closed { parallel, start: Start::Apart },
        number: Some(number),
        duration: None,
        warm_up: Portion::NONE,
        cool_down: Portion::NONE,
    };
    Plan {
        server: Server {
            url: url.to_owned(),
            api: Arc::new(Chat),
            http: Http::One,
            certificates: None,
            model: "reference".into(),
            key: None,
            headers: Vec::new(),
            connect_timeout: Duration::from_secs(30),
            read_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(120),
            check: false,
            is_own: true,
        },
        prompts: Prompts {
            dataset: Dataset::Synthetic,
            name: "synthetic".into(),
            min_length: Some(200),
            max_length: Some(200),
            prefix: Prefix::default(),
            bust_cache: false,
            images: None,
            turns: None,
            think: Think::Not,
            offset: 0,
            tokenizer: None,
        },
        answers: Answers {
            stream: true,
            max_tokens: Some((TOKENS, TOKENS)),
            parameters: serde_json::Map::new(),
        },
        stages: vec![stage],
        search: None,
        sweep: None,
        metrics: Vec::new(),
        repeat: 1,
        rest: Duration::ZERO,
        goals: None,
        seed: 1,
        folder: folder.to_owned(),
    }
}

fn found(parallel: u32, truth: &Truth, stage: &StageSummary) -> Case {
    let ms = |counts: &Counts, share: f64| counts.quantile(share).map(|found| found.value / 1000.0);
    let (ttft, itl) = (stage.latency.ttft_ms.as_ref(), stage.latency.itl_ms.as_ref());
    let pair = |theirs: Option<f64>, ours: Option<f64>| Some((theirs?, ours?));
    let percentile = |name: &str| ttft.and_then(|figures| figures.percentile(name));
    Case {
        parallel,
        server_most_in_flight: truth.most_in_flight,
        ttft_p50_ms: pair(ms(&truth.ttft, 0.5), percentile("p50")),
        ttft_p99_ms: pair(ms(&truth.ttft, 0.99), percentile("p99")),
        itl_p50_ms: pair(ms(&truth.gaps, 0.5), itl.and_then(|figures| figures.percentile("p50"))),
        itl_mean_ms: pair(truth.gaps.mean().map(|mean| mean / 1000.0), itl.map(|figures| figures.mean)),
        requests_per_s: stage.throughput.requests_per_s,
        cpu_ms_per_1000: (stage.client.loop_cpu_s + stage.client.reading_cpu_s) * 1e6
            / stage.requests.total.max(1) as f64,
        invalid: stage.invalid.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::tests::stage_of_nothing;

    #[test]
    fn both_ends_of_each_connection_are_this_process_own() {
        let place = tempfile::tempdir().unwrap();
        let mut plan = plan("http://127.0.0.1:1/v1", (512, 1), place.path());
        assert_eq!(notes::most_ends(&plan), 1024);
        plan.server.is_own = false;
        assert_eq!(notes::most_ends(&plan), 512);
    }

    #[test]
    fn what_an_answer_costs_is_that_of_both_threads() {
        let mut stage = stage_of_nothing();
        (stage.client.loop_cpu_s, stage.client.reading_cpu_s) = (0.03, 0.01);
        assert_eq!(found(2, &Truth::default(), &stage).cpu_ms_per_1000.round(), 4000.0);
    }
}
