//! Looks at endpoints before a run spends tokens on them, and holds the run against what was seen.

mod command;
mod keep;
mod known;
mod only_model;
mod target;

use crate::argument::ArgumentError;
use crate::environment::Environment;
use crate::error::Error;
use crate::options::{EvalOptions, ModelOptions};
use crate::runtime::runtime;
use evalscope_core::{CallFailure, calendar};
use evalscope_model_api::Capabilities;
use evalscope_probe::{Findings, cost};
use evalscope_runner::{Pacer, RunModel, Stage};
use futures::future::join_all;
use indexmap::IndexMap;
use known::Known;
pub(crate) use known::Probed;
use std::sync::Arc;
use std::time::SystemTime;
use target::Target;

/// Calls per minute below which a dozen questions would hold the run up for longer than their time.
const LEAST_CALLS_PER_MINUTE: f64 = 15.0;

/// Looks at the endpoint of a model now, whatever is known from earlier, and keeps what was seen for the runs of the
/// day. Without a name the model is the only one that the endpoint lists.
///
/// Must not be called from an async context.
pub fn probe(model: &ModelOptions, environment: &Environment) -> Result<Findings, Error> {
    let mut given = model.clone();
    let provider = target::provider_of(&given).ok_or_else(|| {
        ArgumentError::new("only an endpoint can be probed")
            .with_hint(Some("give its address: `evalscope probe http://HOST:PORT/v1`".into()))
    })?;
    runtime()?.block_on(async {
        let name = match given.model.take() {
            Some(name) => name,
            None => only_model::only_model(&given, environment, provider).await?,
        };
        given.model = Some(name.clone());
        let targets = Target::all(&given, environment)?;
        let target = targets.first().ok_or_else(|| ArgumentError::new("the address is missing"))?;
        let (findings, failure) = look(target, environment, (None, None)).await;
        match failure {
            Some(failure) => {
                let key = target.key_source();
                Err(evalscope_runner::Error::Model { model: name, failure, key }.into())
            }
            None => Ok(findings),
        }
    })
}

/// What is known of the endpoints of a run: from today, or found out now, all of them at the same time. Nothing where
/// there is nothing to look at: no endpoint, no calls, or the user does not want it.
pub(crate) async fn before_run(
    options: &EvalOptions,
    environment: &Environment,
    (models, capabilities): (&[RunModel], &[Capabilities]),
) -> Result<Probed, Error> {
    if !options.probe || options.stage == Stage::Review {
        return Ok(Probed::default());
    }
    let mut probed = Probed::default();
    let mut targets = Vec::new();
    for (place, given) in options.models.iter().enumerate() {
        targets.extend(Target::all(given, environment)?.into_iter().map(|target| (place, target)));
    }
    let has_several = |place: usize| options.models[place].endpoints.len() > 1;
    // Two models of a run may be one at the endpoint, with other sampling: it is asked once.
    let (mut found, mut unseen) = (IndexMap::new(), IndexMap::new());
    let now = now();
    for (place, target) in &targets {
        match keep::of_today(environment, &target.key, &now) {
            Some(findings) => drop(found.insert(target.key.as_str(), findings)),
            None if is_too_slow(&options.models[*place]) => {
                let name = target.name(&models[*place].id, has_several(*place));
                probed
                    .notices
                    .push(format!("probe: {name} is not looked at, as `--rpm` allows too few calls"));
            }
            None => drop(unseen.insert(target.key.as_str(), (*place, target))),
        }
    }
    let looked = join_all(unseen.values().map(|(place, target)| {
        // Of several addresses it is not known which said what.
        let known = (!has_several(*place)).then(|| capabilities[*place].clone());
        look(target, environment, (known, models[*place].pace.clone()))
    }));
    let (mut calls, mut tokens) = (0, 0);
    for ((key, (place, target)), (findings, failure)) in unseen.iter().zip(looked.await) {
        calls += findings.calls;
        tokens += findings.tokens;
        probed.spent.extend(findings.usage.map(|usage| (*place, usage)));
        let name = target.name(&models[*place].id, has_several(*place));
        probed.notices.extend(failure.map(|failure| format!("probe: nothing is known of {name}: {failure}")));
        found.insert(key, findings);
    }
    if calls > 0 {
        probed.notices.insert(0, cost(calls, tokens));
    }
    probed.known.extend(targets.iter().filter_map(|(place, target)| {
        let name = target.name(&models[*place].id, has_several(*place));
        let findings = found.get(target.key.as_str())?.clone();
        Some(Known { model: *place, name, findings, command: target.command.clone() })
    }));
    Ok(probed)
}

fn is_too_slow(given: &ModelOptions) -> bool {
    given.limits.calls_per_minute.is_some_and(|calls| calls < LEAST_CALLS_PER_MINUTE)
}

/// Asks the endpoint and keeps what was seen; why the first call was not answered, when it was not.
async fn look(
    target: &Target,
    environment: &Environment,
    (known, pacer): (Option<Capabilities>, Option<Arc<Pacer>>),
) -> (Findings, Option<CallFailure>) {
    let (mut findings, failure) = target.look(known, pacer).await;
    findings.probed_at = now();
    if failure.is_none() {
        // Without it the next run looks again.
        let _ = keep::put(environment, &target.key, &findings);
    }
    (findings, failure)
}

fn now() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    calendar::utc_text(since.as_secs())
}
