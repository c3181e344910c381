//! Passes the figures on to programs that collect them: OTLP over HTTP as JSON, and MLflow's REST interface. Each stage
//! is a set of gauges, and a run of its own in MLflow.

use crate::error::Error;
use crate::measure::{PerfSummary, StageSummary};
use crate::output::prometheus::{FIGURES, times};
use crate::wire::{Asking, Target, fetch};
use evalscope_core::Secret;
use evalscope_core::secrets::{self, Secrets};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How long a collector may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Name of the experiment when nobody says one.
pub const EXPERIMENT: &str = "evalscope-perf";

/// A collector.
#[derive(Debug, Clone)]
pub enum Collector {
    /// OpenTelemetry: the base of an address, or the whole one of `/v1/metrics`.
    Otlp {
        /// Its address.
        url: String,
        /// Headers.
        headers: Vec<(String, String)>,
    },
    /// An MLflow server.
    Mlflow {
        /// Its address.
        url: String,
        /// Name of the experiment; made where there is none.
        experiment: String,
        /// Its token.
        token: Option<Secret>,
    },
}

impl Collector {
    /// Its address can be used.
    pub fn check(&self) -> Result<(), Error> {
        let (Collector::Otlp { url, .. } | Collector::Mlflow { url, .. }) = self;
        Target::parse_whole(url, "/").map(drop)
    }
}

/// Passes a summary on, with these certificates trusted besides those of this machine.
pub fn send(collector: &Collector, summary: &PerfSummary, certificates: Option<&Path>) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Thread { reason: error.to_string() })?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        match collector {
            Collector::Otlp { url, headers } => {
                let target = Target::parse_whole(url, "/v1/metrics")?;
                let headers: Vec<(&str, String)> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
                let way = Way { target: &target, headers: &headers, certificates };
                post(way, &otlp(summary, now.as_nanos())).await.map(drop)
            }
            Collector::Mlflow { url, experiment, token } => {
                let client = Mlflow { url, token: token.as_ref(), certificates };
                client.log(summary, experiment, now.as_millis()).await
            }
        }
    })
}

/// How to get to a collector.
struct Way<'a> {
    target: &'a Target,
    headers: &'a [(&'a str, String)],
    certificates: Option<&'a Path>,
}

async fn post(way: Way<'_>, body: &Value) -> Result<Value, Error> {
    let Way { target, headers, certificates } = way;
    let failed = |reason: String| Error::Collector { url: target.shown(), reason };
    let bytes = body.to_string().into_bytes();
    let asking = Asking { method: "POST", target, certificates, headers, body: &bytes };
    let (status, body) = fetch(&asking, PATIENCE).await.map_err(failed)?;
    if !(200..300).contains(&status) {
        let values = headers.iter().flat_map(|(_, value)| secrets::of_header(value));
        let hidden = Secrets::new(None, target.secrets().chain(values));
        let said: String = hidden.mask(&String::from_utf8_lossy(&body)).chars().take(300).collect();
        return Err(failed(format!("status {status}: {said}")));
    }
    Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// All figures of a stage by name: times as mean and percentiles.
pub fn figures(stage: &StageSummary) -> Vec<(String, f64)> {
    let mut all: Vec<(String, f64)> =
        FIGURES.iter().filter_map(|(name, _, value)| Some(((*name).to_owned(), value(stage)?))).collect();
    for (name, figures) in times(stage) {
        all.push((format!("{name}_mean"), figures.mean));
        let percentiles = figures.percentiles.iter();
        all.extend(percentiles.map(|(percentile, found)| (format!("{name}_{percentile}"), found.value)));
    }
    all
}

/// Metrics as OTLP has them in JSON (opentelemetry-proto 1).
fn otlp(summary: &PerfSummary, now: u128) -> Value {
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let mut metrics: Vec<(String, Vec<Value>)> = Vec::new();
    for stage in &summary.stages {
        let attributes = json!([
            text("load", &stage.name),
            text("model", &summary.model),
            json!({"key": "repeat", "value": {"intValue": stage.repeat.to_string()}}),
        ]);
        for (name, value) in figures(stage) {
            let point = json!({"attributes": attributes, "timeUnixNano": now.to_string(), "asDouble": value});
            match metrics.iter_mut().find(|(known, _)| *known == name) {
                Some((_, points)) => points.push(point),
                None => metrics.push((name, vec![point])),
            }
        }
    }
    let metric = |(name, points): (String, Vec<Value>)| json!({"name": format!("evalscope.perf.{name}"), "gauge": {"dataPoints": points}});
    json!({"resourceMetrics": [{
        "resource": {"attributes": [text("service.name", "evalscope"), text("server.address", &summary.url)]},
        "scopeMetrics": [{
            "scope": {"name": "evalscope.perf", "version": summary.evalscope},
            "metrics": metrics.into_iter().map(metric).collect::<Vec<_>>(),
        }],
    }]})
}

struct Mlflow<'a> {
    url: &'a str,
    token: Option<&'a Secret>,
    certificates: Option<&'a Path>,
}

impl Mlflow<'_> {
    async fn log(&self, summary: &PerfSummary, experiment: &str, now: u128) -> Result<(), Error> {
        let experiment = self.experiment(experiment).await?;
        for stage in &summary.stages {
            let made = self.call("runs/create", &run(summary, stage, &experiment, now)).await?;
            let id = made["run"]["info"]["run_id"].as_str().unwrap_or_default().to_owned();
            // A batch holds a thousand metrics; a stage has less than a hundred.
            self.call("runs/log-batch", &batch(summary, stage, (&id, now))).await?;
            let end = json!({"run_id": id, "status": "FINISHED", "end_time": now as u64});
            self.call("runs/update", &end).await?;
        }
        Ok(())
    }

    /// The experiment of this name, made where there is none.
    async fn experiment(&self, name: &str) -> Result<String, Error> {
        let id = |found: &Value| found["experiment_id"].as_str().map(str::to_owned);
        let asked = json!({"filter": format!("name = '{}'", name.replace('\'', "")), "max_results": 1});
        let found = self.call("experiments/search", &asked).await?;
        match id(&found["experiments"][0]) {
            Some(id) => Ok(id),
            None => {
                let made = self.call("experiments/create", &json!({"name": name.replace('\'', "")})).await?;
                Ok(id(&made).unwrap_or_default())
            }
        }
    }

    async fn call(&self, name: &str, body: &Value) -> Result<Value, Error> {
        let base = self.url.trim_end_matches('/');
        let target = Target::parse_whole(&format!("{base}/api/2.0/mlflow/{name}"), "/")?;
        let token = self.token.map(|token| ("Authorization", format!("Bearer {}", token.expose())));
        let headers: Vec<(&str, String)> = token.into_iter().collect();
        post(Way { target: &target, headers: &headers, certificates: self.certificates }, body).await
    }
}

fn run(summary: &PerfSummary, stage: &StageSummary, experiment: &str, now: u128) -> Value {
    json!({
        "experiment_id": experiment,
        "run_name": format!("{} {}", summary.model, stage.name),
        "start_time": now as u64,
        "tags": [{"key": "evalscope", "value": summary.evalscope},
                 {"key": "valid", "value": stage.invalid.is_empty().to_string()}],
    })
}

fn batch(summary: &PerfSummary, stage: &StageSummary, (id, now): (&str, u128)) -> Value {
    let metric = |(name, value): (String, f64)| json!({"key": name, "value": value, "timestamp": now as u64, "step": 0});
    let param = |(name, value): (&str, String)| json!({"key": name, "value": value});
    let params = [
        ("model", summary.model.clone()),
        ("url", summary.url.clone()),
        ("api", summary.api.clone()),
        ("dataset", summary.dataset.clone()),
        ("load", stage.name.clone()),
        ("seed", summary.seed.to_string()),
    ];
    json!({
        "run_id": id,
        "metrics": figures(stage).into_iter().map(metric).collect::<Vec<_>>(),
        "params": params.into_iter().map(param).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn otlp_has_one_metric_with_a_point_for_each_stage() {
        let summary = crate::truth::tests::summary(vec![crate::truth::tests::stage_of_nothing(); 2]);
        let sent = otlp(&summary, 5);
        let metrics = sent["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
        let requests: Vec<&Value> =
            metrics.iter().filter(|metric| metric["name"] == "evalscope.perf.requests").collect();
        assert_eq!(requests.len(), 1);
        let points = requests[0]["gauge"]["dataPoints"].as_array().unwrap();
        assert_eq!((points.len(), &points[0]["timeUnixNano"]), (2, &json!("5")));
    }
}
