//! Runs a load test: prompts first, then stage after stage, then the summary.

use crate::api::{self, Api, Prompt};
use crate::bodies;
use crate::clock::Clock;
use crate::error::Error;
use crate::event::Event;
use crate::load::{Gauge, Job, Shape, Stage, allow_connections};
use crate::measure::PerfSummary;
use crate::output::table;
use crate::plan::Plan;
use crate::prompts;
use crate::random::Random;
use crate::sequence::Sequence;
use crate::stage_run::Surroundings;
use crate::wire::{Connector, Headers, Request, Target};
use evalscope_core::calendar::utc_text;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// Version of the form of `summary.json`.
const VERSION: u32 = 1;

/// How a caller ends a test.
#[derive(Clone, Default)]
pub struct Signals {
    /// No new requests; those in flight are waited for.
    pub stop: CancellationToken,
    /// At once.
    pub abort: CancellationToken,
}

/// What a test brought.
pub struct Tested {
    /// The figures.
    pub summary: PerfSummary,
    /// Somebody stopped it.
    pub interrupted: bool,
}

/// Runs a load test. Blocks until it is over; `observer` is told what happens.
///
/// Must not be called from an async context.
pub fn run(plan: &Plan, observer: &dyn Fn(Event), signals: &Signals) -> Result<Tested, Error> {
    let api = api_of(plan)?;
    let target = Target::parse(&plan.server.url, api.call())?;
    let clock = Clock::start();
    if plan.server.check {
        check(&target, plan.server.connect_timeout, clock)?;
    }
    let asked = prompts::Asked {
        min_length: plan.prompts.min_length,
        max_length: plan.prompts.max_length,
        prefix_length: plan.prompts.prefix_length,
        offset: plan.prompts.offset,
        requests: plan.stages.iter().map(Stage::most).max().unwrap_or(1),
        seed: plan.seed,
    };
    let prompts = prompts::read(&plan.prompts.dataset, &asked, plan.prompts.tokenizer.as_ref())?;
    let requests = requests(plan, api, &target, &prompts)?;
    let mut notes = notes(plan, asked.requests, requests.len() as u64);
    notes.iter().for_each(|note| observer(Event::Notice(note.clone())));
    let began = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    // Only who counts tokens needs them again.
    let prompts = if plan.prompts.tokenizer.is_some() { prompts } else { Vec::new() };
    let mut sequence = Sequence {
        surroundings: Surroundings { plan, prompts: &prompts, observer },
        base: job(plan, (api, &target), (&requests, clock), signals),
        stages: Vec::new(),
    };
    let search = match &plan.search {
        None => sequence.run_all().map(|()| None),
        Some(search) => sequence.search(search).map(Some),
    }?;
    let stages = sequence.stages;
    notes.extend(length_note(plan, &stages));
    let summary = PerfSummary {
        version: VERSION,
        evalscope: env!("CARGO_PKG_VERSION").into(),
        began_at: utc_text(began.as_secs()),
        model: plan.server.model.clone(),
        url: target.shown(),
        api: api.name().into(),
        dataset: plan.prompts.name.clone(),
        prompts: requests.len() as u64,
        seed: plan.seed,
        stages,
        search,
        notes,
    };
    write(&plan.folder, &summary)?;
    Ok(Tested { summary, interrupted: signals.stop.is_cancelled() })
}

fn api_of(plan: &Plan) -> Result<&'static dyn Api, Error> {
    let name = &plan.server.api;
    api::by_name(name, &plan.server.url).ok_or_else(|| {
        Error::option(
            format!("there is no API `{name}`"),
            Some(&format!("take one of {}", api::NAMES.join(", "))),
        )
    })
}

/// A server that is not there is an error before anything is written.
fn check(target: &Target, timeout: Duration, clock: Clock) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Thread { reason: error.to_string() })?;
    runtime.block_on(async {
        let connector = Connector::new(target, timeout, clock).await?;
        let made = connector.connect().await;
        made.map(drop).map_err(|reason| Error::Unreachable { url: target.shown(), reason })
    })
}

fn requests(
    plan: &Plan,
    api: &dyn Api,
    target: &Target,
    prompts: &[Prompt],
) -> Result<Arc<[Request]>, Error> {
    let headers = Headers::new(target, api, plan.server.key.as_ref(), &plan.server.headers)?;
    let mut random = Random::new(plan.seed, 3);
    let made = prompts.iter().map(|prompt| {
        headers.with(&bodies::body(api, &plan.server.model, prompt, &plan.answers, &mut random))
    });
    Ok(made.collect())
}

fn job(
    plan: &Plan,
    (api, target): (&'static dyn Api, &Target),
    (requests, clock): (&Arc<[Request]>, Clock),
    signals: &Signals,
) -> Job {
    Job {
        stage: plan.stages[0].clone(),
        target: target.clone(),
        api,
        requests: Arc::clone(requests),
        clock,
        seed: plan.seed,
        connect_timeout: plan.server.connect_timeout,
        read_timeout: plan.server.read_timeout,
        total_timeout: plan.server.total_timeout,
        keep_text: plan.prompts.tokenizer.is_some(),
        stop: signals.stop.clone(),
        abort: signals.abort.clone(),
        gauge: Arc::new(Gauge::default()),
    }
}

fn notes(plan: &Plan, requests: u64, prompts: u64) -> Vec<String> {
    let mut notes = Vec::new();
    if requests > prompts && requests < u64::MAX && prompts > 1 {
        notes.push(format!(
            "{prompts} prompts are asked again and again for {requests} requests: a server that caches prompts has them"
        ));
    }
    let few = plan.stages.iter().filter(|stage| match stage.shape {
        Shape::Closed { parallel, .. } => stage.most() < u64::from(parallel),
        Shape::Open { .. } => false,
    });
    let most = plan.stages.iter().map(|stage| match stage.shape {
        Shape::Closed { parallel, .. } => u64::from(parallel),
        Shape::Open { cap, .. } => cap.map_or(UNCAPPED.min(stage.most()), u64::from),
    });
    notes.extend(allow_connections(most.max().unwrap_or(0)));
    notes.extend(few.map(|stage| format!("{}: {} requests cannot fill it", stage.name(), stage.most())));
    notes
}

/// Random prompts have a length that was asked for; a server that counts another one has another tokenizer, or a
/// template.
fn length_note(plan: &Plan, stages: &[crate::measure::StageSummary]) -> Option<String> {
    let is_random = matches!(plan.prompts.dataset, prompts::Dataset::Random);
    let (low, high) = (plan.prompts.min_length?, plan.prompts.max_length?);
    let counted = stages.iter().find_map(|stage| stage.tokens.prompt.as_ref())?.mean;
    let prefix = plan.prompts.prefix_length as f64;
    let (low, high) = (low as f64 + prefix, high as f64 + prefix);
    // The words of a template are a few dozen tokens.
    let is_near = counted >= low && counted <= high + TEMPLATE_TOKENS;
    (is_random && !is_near).then(|| {
        format!("prompts were made with {low} to {high} tokens, and the server counts {counted:.1}: is it its tokenizer?")
    })
}

/// Connections that an open loop without a cap may come to.
const UNCAPPED: u64 = 4096;
/// Tokens that a chat template adds at most.
const TEMPLATE_TOKENS: f64 = 64.0;

fn write(folder: &Path, summary: &PerfSummary) -> Result<(), Error> {
    let path = folder.join("summary.json");
    let text = serde_json::to_string_pretty(summary).map_err(Error::file("write", &path))?;
    std::fs::write(&path, text + "\n").map_err(Error::file("write", &path))?;
    let path = folder.join("performance_summary.txt");
    let mut text: String = summary.stages.iter().map(|stage| table::stage(stage) + "\n").collect();
    text.push_str(&table::overview(&summary.stages));
    std::fs::write(&path, text).map_err(Error::file("write", &path))
}
