//! Looks at an endpoint before a run spends tokens on it, and holds the run against what was seen.

mod ask;
mod keep;

use crate::argument::ArgumentError;
use crate::endpoint;
use crate::environment::Environment;
use crate::error::Error;
use crate::eval_type::EvalType;
use crate::generation_config::GenerationConfig;
use crate::model;
use crate::options::{EvalOptions, ModelOptions};
use crate::runtime::runtime;
use ask::Way;
use evalscope_benchmarks::{Needs, OpenBenchmark};
use evalscope_core::{CallFailure, Sampling, calendar};
use evalscope_model_api::{CallContext, Capabilities};
use evalscope_models::ProviderKind;
use evalscope_probe::{Asking, Findings, Objection, Subject, objections};
use evalscope_runner::{RunModel, Stage};
use evalscope_runs::{RunFolder, write_file};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Time for a list of models.
const LIST_TIMEOUT: Duration = Duration::from_secs(30);

/// The endpoint to be looked at.
#[derive(Debug, Clone)]
pub struct ProbeOptions {
    /// Address, name, key. Without a name it is the only model that the endpoint lists.
    pub model: ModelOptions,
    /// Headers, `extra_body` and the like, as a run would send them.
    pub generation: GenerationConfig,
}

/// Looks at an endpoint now, whatever is known from earlier, and keeps what was seen for the runs of the day.
///
/// Must not be called from an async context.
pub fn probe(options: &ProbeOptions, environment: &Environment) -> Result<Findings, Error> {
    let mut options = EvalOptions::asking(options.model.clone(), options.generation.clone());
    let provider = endpoint_of(&options).ok_or_else(|| {
        ArgumentError::new("only an endpoint can be probed")
            .with_hint(Some("give its address: `evalscope probe http://HOST:PORT/v1`".into()))
    })?;
    runtime()?.block_on(async {
        if options.model.model.is_none() {
            options.model.model = Some(only_model(&options, environment, provider).await?);
        }
        let opened = model::open(&options, environment)?;
        let (model, capabilities) = opened.probe(None).await?;
        let (findings, failure) = look(&options, environment, &model, capabilities).await?;
        match failure {
            Some(failure) => Err(evalscope_runner::Error::Model { model: model.id, failure }.into()),
            None => Ok(findings),
        }
    })
}

/// What is known of the endpoint of a run: from today, or found out now. Nothing where there is nothing to look at: no
/// endpoint, no calls, or the user does not want it.
pub(crate) async fn before_run(
    options: &EvalOptions,
    environment: &Environment,
    model: &RunModel,
    capabilities: &Capabilities,
) -> Result<Probed, Error> {
    if !options.probe || options.stage == Stage::Review || endpoint_of(options).is_none() {
        return Ok(Probed { findings: None, notice: None });
    }
    let key = keep::key(model, &options.generation.sampling);
    if let Some(findings) = keep::of_today(environment, &key, &now()) {
        return Ok(Probed { findings: Some(findings), notice: None });
    }
    let (findings, failure) = look(options, environment, model, capabilities.clone()).await?;
    let notice = match failure {
        None => format!("probe: {} calls, {} tokens", findings.calls, findings.tokens),
        Some(failure) => format!("probe: nothing is known of the endpoint: {failure}"),
    };
    Ok(Probed { findings: Some(findings), notice: Some(notice) })
}

/// What is known of the endpoint of a run.
pub(crate) struct Probed {
    findings: Option<Findings>,
    notice: Option<String>,
}

impl Probed {
    /// What a person should know before the run begins. An error when a score would be wrong.
    pub fn judge(&self, model: &RunModel, benchmarks: &[Arc<OpenBenchmark>]) -> Result<Vec<String>, Error> {
        let Some(findings) = &self.findings else { return Ok(Vec::new()) };
        let mut notices: Vec<String> = self.notice.iter().cloned().collect();
        for benchmark in benchmarks {
            let protocol = benchmark.protocol();
            let sampling = match protocol.needs() {
                // Nothing is drawn.
                Needs::Loglikelihood => Sampling::default(),
                Needs::Chat | Needs::Text => {
                    model.defaults.overridden_by(protocol.sampling()).overridden_by(&model.sampling)
                }
            };
            let asking = Asking { sampling: &sampling, is_chat: protocol.needs() == Needs::Chat };
            for objection in objections(findings, asking) {
                let why = match objection {
                    Objection::Wrong(why) => {
                        let (benchmark, model) = (protocol.name().to_owned(), model.id.clone());
                        return Err(Error::Unfit { benchmark, model, why });
                    }
                    Objection::Doubtful(why) => format!("the endpoint of `{}`: {why}", model.id),
                };
                if !notices.contains(&why) {
                    notices.push(why);
                }
            }
        }
        Ok(notices)
    }

    /// Writes the findings into the run folder, by the model's id. What is known of its other models stays.
    pub fn write_down(&self, folder: &RunFolder, model: &str) -> Result<(), Error> {
        let Some(findings) = &self.findings else { return Ok(()) };
        let path = folder.probe_path();
        let known = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut all: BTreeMap<String, serde_json::Value> = known.unwrap_or_default();
        all.insert(model.to_owned(), serde_json::to_value(findings).unwrap_or_default());
        let text = serde_json::to_string_pretty(&all).unwrap_or_default();
        Ok(write_file(&path, format!("{text}\n").as_bytes())?)
    }
}

/// Asks the endpoint and keeps what was seen; why the first call was not answered, when it was not.
async fn look(
    options: &EvalOptions,
    environment: &Environment,
    model: &RunModel,
    capabilities: Capabilities,
) -> Result<(Findings, Option<CallFailure>), Error> {
    let key = keep::key(model, &options.generation.sampling);
    let provider = model.identity.get("provider").cloned().unwrap_or_default();
    let subject = Subject { provider, capabilities };
    let way = Way::open(options, environment, model)?;
    let (mut findings, failure) = ask::ask(&subject, &way).await;
    findings.endpoint = model.identity.clone().into_iter().collect();
    findings.probed_at = now();
    if failure.is_none() {
        // Without it the next run looks again.
        let _ = keep::put(environment, &key, &findings);
    }
    Ok((findings, failure))
}

fn endpoint_of(options: &EvalOptions) -> Option<ProviderKind> {
    match model::eval_type(options) {
        EvalType::Endpoint(provider) => Some(provider),
        EvalType::Command | EvalType::Replay | EvalType::Local => None,
    }
}

/// The only model that the endpoint lists.
async fn only_model(
    options: &EvalOptions,
    environment: &Environment,
    provider: ProviderKind,
) -> Result<String, Error> {
    let url = options.model.api_url.clone().unwrap_or_default();
    let connection = endpoint::connection(options, environment, provider, (url, String::new()));
    let names = evalscope_models::list(connection, &CallContext::with_timeout(LIST_TIMEOUT)).await?;
    match names.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(ArgumentError::new("the endpoint lists no model")
            .with_hint(Some("name the one that it serves with `--model NAME`".into()))
            .into()),
        several => Err(ArgumentError::new(format!("the endpoint lists {} models", several.len()))
            .with_hint(Some(format!("choose one: `--model {}`", shortened(several))))
            .into()),
    }
}

/// The names; of very many, the first ones.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let more = if names.len() > SHOWN { "|…" } else { "" };
    format!("{}{more}", names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("|"))
}

fn now() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    calendar::utc_text(since.as_secs())
}
