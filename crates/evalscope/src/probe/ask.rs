//! Carries the questions of a probe out.

use crate::environment::Environment;
use crate::error::Error;
use crate::model;
use crate::options::EvalOptions;
use evalscope_core::{CallFailure, FailureKind, Sampling};
use evalscope_model_api::{CallContext, Model, Pace};
use evalscope_probe::{Findings, Next, Question, Reply, Subject, step};
use evalscope_runner::RunModel;
use futures::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Time for the whole probe. A small model on a slow machine writes its three hundred tokens in it.
const MOST_TIME: Duration = Duration::from_secs(60);
/// Questions in flight: several, so that an endpoint whose answers depend on its load shows it.
const IN_FLIGHT: usize = 4;
/// A passing failure is forgiven once.
const RETRIES: u32 = 1;

/// The two ways to one endpoint, and what its calls have in common.
pub(super) struct Way {
    whole: Arc<dyn Model>,
    streamed: Arc<dyn Model>,
    /// What the user sends with every request, such as a switch for reasoning.
    base: Sampling,
    pace: Option<Arc<dyn Pace>>,
}

impl Way {
    /// Opens them; nothing is sent yet.
    pub fn open(options: &EvalOptions, environment: &Environment, run: &RunModel) -> Result<Way, Error> {
        let open = |stream| {
            let mut options = options.clone();
            let generation = &mut options.generation;
            generation.stream = Some(stream);
            generation.retries = Some(generation.retries.unwrap_or(RETRIES).min(RETRIES));
            generation.timeout = Some(generation.timeout.unwrap_or(MOST_TIME).min(MOST_TIME));
            Ok::<_, Error>(model::open(&options, environment)?.model)
        };
        Ok(Way {
            whole: open(false)?,
            streamed: open(true)?,
            base: Sampling { extra_body: run.sampling.extra_body.clone(), ..Sampling::default() },
            pace: run.pace.clone().map(|pace| pace as Arc<dyn Pace>),
        })
    }
}

/// Asks what the logic wants to know, until it has its findings. Why the first call was not answered, when it was not.
pub(super) async fn ask(subject: &Subject, way: &Way) -> (Findings, Option<CallFailure>) {
    let end = Instant::now() + MOST_TIME;
    let mut replies: Vec<Reply> = Vec::new();
    loop {
        match step(subject, &replies) {
            Next::Done(findings) => return (findings, replies.into_iter().next().and_then(Result::err)),
            Next::Ask(questions) => {
                let asked = questions.iter().map(|question| ask_one(question, way, end));
                let more: Vec<Reply> = futures::stream::iter(asked).buffered(IN_FLIGHT).collect().await;
                replies.extend(more);
            }
        }
    }
}

async fn ask_one(question: &Question, way: &Way, end: Instant) -> Reply {
    let mut request = question.request.clone();
    request.sampling = way.base.overridden_by(&request.sampling);
    let model = if question.stream { &way.streamed } else { &way.whole };
    let context = CallContext { pace: way.pace.clone(), ..CallContext::with_timeout(MOST_TIME) };
    let late = || CallFailure::new(FailureKind::Timeout, "the time for the probe was over");
    if Instant::now() >= end {
        return Err(late());
    }
    tokio::time::timeout_at(end, model.generate(&request, &context)).await.unwrap_or_else(|_| Err(late()))
}
