//! Runs a load test: prompts first, then stage after stage, then the summary.

use crate::api::Prompt;
use crate::bodies;
use crate::clock::{Clock, nanoseconds};
use crate::error::Error;
use crate::event::Event;
use crate::load::{Before, Gauge, Job, Sessions, Shape, Stage, Work, allow_connections};
use crate::measure::{PerfSummary, knees, spreads};
use crate::notes;
use crate::output;
use crate::plan::{Plan, Server};
use crate::prompts::{self, Dataset, Material};
use crate::random::Random;
use crate::scrape::Scraper;
use crate::sequence::{Sequence, first_trial};
use crate::stage_run::Surroundings;
use crate::wire::{Connecting, Connector, Headers, Request, Target};
use evalscope_core::calendar::utc_text;
use evalscope_core::secrets::{self, Secrets};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// Version of the form of `summary.json`.
const VERSION: u32 = 1;
/// Stages that a search or a sweep comes to, roughly.
const TRIALS: u64 = 20;

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
    let api = &plan.server.api;
    let target = match api.has_own_path() {
        true => Target::parse_whole(&plan.server.url, api.call())?,
        false => Target::parse(&plan.server.url, api.call())?,
    };
    let clock = Clock::start();
    if plan.server.check {
        check(plan, &target, clock)?;
    }
    let began = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let asked = asked(plan, began);
    let mut material = prompts::read(&plan.prompts.dataset, &asked, plan.prompts.tokenizer.as_ref())?;
    let scraper = Scraper::start(&plan.metrics, plan.server.certificates.as_deref(), clock)?;
    let made = material.prompts.len().max(material.scripts.len()) as u64;
    let times = material.times.as_slice().into();
    let mut notes = std::mem::take(&mut material.notes);
    let (work, prompts) = work(plan, &target, material)?;
    let counts = (planned(plan), made);
    notes.extend(notes::before(plan, counts));
    notes.extend(allow_connections(notes::most_ends(plan)));
    notes.iter().for_each(|note| observer(Event::Notice(note.clone())));
    let job = job(plan, (&target, work), (clock, times), signals);
    let secrets = secrets(plan, &target);
    let surroundings =
        Surroundings { plan, prompts: &prompts, observer, secrets: &secrets, scraper: scraper.as_ref() };
    let mut sequence = Sequence { surroundings, base: job, stages: Vec::new() };
    let (search, failed) = match sequence.run() {
        Ok(found) => (found, None),
        Err(error) if sequence.stages.is_empty() => return Err(error),
        // What stages before it have shown is kept.
        Err(error) => (None, Some(error)),
    };
    let (stages, sent) = (sequence.stages, sequence.base.before);
    let doubt = search.iter().filter_map(notes::doubted);
    let found = notes::after(&stages).into_iter().chain(doubt).chain(notes::again(plan, sent, counts));
    let found: Vec<String> = found
        .chain(scraper.iter().flat_map(Scraper::failures))
        .chain(failed.iter().map(|error| format!("the test ended with an error: {error}")))
        .collect();
    found.iter().for_each(|note| observer(Event::Notice(note.clone())));
    notes.extend(found);
    let summary = PerfSummary {
        version: VERSION,
        evalscope: env!("CARGO_PKG_VERSION").into(),
        began_at: utc_text(began.as_secs()),
        model: plan.server.model.clone(),
        url: target.shown(),
        api: plan.server.api.name().into(),
        dataset: plan.prompts.name.clone(),
        prompts: made,
        seed: plan.seed,
        knees: knees(&stages),
        spreads: spreads(&stages),
        stages,
        search,
        notes,
    };
    let written = output::write(&plan.folder, &summary);
    failed.map_or(written, Err)?;
    Ok(Tested { summary, interrupted: signals.stop.is_cancelled() })
}

/// Requests of all stages, where that is known before.
fn planned(plan: &Plan) -> Option<u64> {
    let is_known = plan.search.is_none() && plan.sweep.is_none();
    let all = plan.stages.iter().map(Stage::most).fold(0, u64::saturating_add);
    Some(all.saturating_mul(plan.repeat.into())).filter(|all| is_known && *all < u64::MAX)
}

fn asked(plan: &Plan, began: Duration) -> prompts::Asked {
    let most = || plan.stages.iter().map(Stage::most).max().unwrap_or(1);
    let of_trials = || first_trial(plan).map_or(1, |stage| stage.most()).saturating_mul(TRIALS);
    prompts::Asked {
        min_length: plan.prompts.min_length,
        max_length: plan.prompts.max_length,
        prefix: plan.prompts.prefix,
        bust_cache: plan.prompts.bust_cache,
        images: plan.prompts.images.clone(),
        turns: plan.prompts.turns,
        counts_conversations: plan.stages.iter().any(|stage| matches!(stage.shape, Shape::Open { .. })),
        offset: plan.prompts.offset,
        requests: match plan.prompts.dataset {
            // Each stage begins with its first row.
            Dataset::Trace(_) => most(),
            _ => planned(plan).unwrap_or_else(of_trials),
        },
        seed: plan.seed,
        moment: nanoseconds(began),
    }
}

/// A server that is not there, or speaks another version, is an error before anything is written.
fn check(plan: &Plan, target: &Target, clock: Clock) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Thread { reason: error.to_string() })?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let connector = Connector::new(target, &connecting(plan), clock).await?;
        let made = connector.connect().await;
        let mut made = made.map_err(|reason| Error::Unreachable { url: target.shown(), reason })?;
        let answered = tokio::time::timeout(plan.server.connect_timeout, made.agrees()).await;
        let answered = answered.unwrap_or_else(|_| Err("it does not answer in it".to_owned()));
        answered.map_err(|reason| Error::Http2 { url: target.shown(), reason })
    })
}

fn connecting(plan: &Plan) -> Connecting {
    let Server { http, connect_timeout, .. } = plan.server;
    Connecting { http, certificates: plan.server.certificates.clone(), timeout: connect_timeout }
}

/// What is sent in secret. A server may say it again where it refuses a request.
fn secrets(plan: &Plan, target: &Target) -> Secrets {
    let values = plan.server.headers.iter().flat_map(|(_, value)| secrets::of_header(value));
    Secrets::new(plan.server.key.as_ref(), target.secrets().chain(values))
}

/// What is to be sent, and the prompts where they are needed again: who counts tokens does.
fn work(plan: &Plan, target: &Target, material: Material) -> Result<(Work, Vec<Prompt>), Error> {
    let api = &plan.server.api;
    let headers = Headers::new(target, &**api, plan.server.key.as_ref(), &plan.server.headers)?;
    if material.prompts.is_empty() {
        let sessions = Work::Sessions(Arc::new(Sessions {
            scripts: material.scripts,
            think: plan.prompts.think,
            headers,
            api: Arc::clone(api),
            model: plan.server.model.clone(),
            answers: plan.answers.clone(),
            seed: plan.seed,
        }));
        return Ok((sessions, Vec::new()));
    }
    let mut random = Random::new(plan.seed, 3);
    let mut kept = Vec::new();
    let made = material.prompts.into_iter().enumerate().map(|(number, prompt)| {
        let mut answers = plan.answers.clone();
        if let Some(output) = material.outputs.get(number).copied().flatten() {
            answers.max_tokens = Some((output.max(1), output.max(1)));
        }
        let body = bodies::body(&**api, &plan.server.model, &prompt, &answers, &mut random);
        kept.extend(plan.prompts.tokenizer.is_some().then_some(prompt));
        headers.with(&body)
    });
    let requests = made.collect::<Arc<[Request]>>();
    Ok((Work::Requests(requests), kept))
}

fn job(
    plan: &Plan,
    (target, work): (&Target, Work),
    (clock, trace): (Clock, Arc<[Duration]>),
    signals: &Signals,
) -> Job {
    Job {
        stage: plan.stages[0].clone(),
        target: target.clone(),
        connecting: connecting(plan),
        work,
        before: Before::default(),
        trace,
        clock,
        seed: plan.seed,
        read_timeout: plan.server.read_timeout,
        total_timeout: plan.server.total_timeout,
        stop: signals.stop.clone(),
        abort: signals.abort.clone(),
        gauge: Arc::new(Gauge::default()),
    }
}
