//! The life of one sample: step, carry out what it needs, write it down, step again.

use crate::error::Error;
use crate::job::{Job, Stage};
use crate::queue::Work;
use evalscope_core::{CallFailure, Effect, Event, FailureKind, Outcome, SampleKey, Score, Step};
use evalscope_model_api::CallContext;
use evalscope_runs::{CallKey, JournalEntry, Review, Verdict};
use std::time::SystemTime;

/// Rounds after which a step function that never finishes is stopped.
const MAX_ROUNDS: u32 = 1_000;

/// How a sample ended.
enum End {
    Scored {
        score: Score,
        resumed: bool,
    },
    Failed(CallFailure),
    /// `--stage review` met a call that was never recorded, or the run is stopping.
    Left,
}

/// Brings one sample to its score, or finds out why not.
pub(crate) async fn drive(job: &Job, work: Work) -> Result<(), Error> {
    let end = live(job, &work).await?;
    let key = SampleKey {
        benchmark: work.subset.protocol.name().to_owned(),
        subset: work.subset.subset.clone(),
        index: work.sample.index,
        repeat: work.repeat,
    };
    let model = work.subset.model;
    let verdict = match end {
        End::Left => return Ok(()),
        End::Scored { score, resumed } => {
            let main_value = score.main().map(|(_, value)| value);
            job.tell(Event::SampleScored { model, key, resumed, main_value });
            Verdict::Scored(score)
        }
        End::Failed(failure) => {
            job.tell(Event::SampleFailed { model, key, failure: failure.clone() });
            Verdict::Failed(failure)
        }
    };
    let is_last = work.subset.review(Review {
        index: work.sample.index,
        repeat: work.repeat,
        sample_id: work.sample.id.clone(),
        subset: work.subset.subset.clone(),
        category: work.sample.category.clone(),
        targets: work.sample.targets.clone(),
        verdict,
    })?;
    if is_last {
        job.forget(&work.subset);
    }
    Ok(())
}

async fn live(job: &Job, work: &Work) -> Result<End, Error> {
    let mut seen: Vec<Outcome> = Vec::new();
    let mut resumed = true;
    for _ in 0..MAX_ROUNDS {
        let step = match work.subset.protocol.step(&work.sample, &seen) {
            Ok(step) => step,
            Err(error) if seen.is_empty() => return Err(error.into()),
            // What a reply makes impossible to score must not end the run: it would do so at every resume.
            Err(error) => {
                return Ok(End::Failed(CallFailure::new(FailureKind::BadRequest, error.to_string())));
            }
        };
        if seen.is_empty() && work.repeat == 0 {
            job.evidence.note_prompts(&work.subset, work.sample.index, &step);
        }
        let effects = match step {
            Step::Done(score) => return Ok(End::Scored { score, resumed }),
            Step::Need(effects) => effects,
        };
        let first = seen.len();
        let calls = effects
            .into_iter()
            .enumerate()
            .map(|(offset, effect)| call(job, work, (first + offset) as u32, effect));
        for result in futures::future::join_all(calls).await {
            match result? {
                Call::Recorded(outcome) => seen.push(outcome),
                Call::Made(outcome) => {
                    resumed = false;
                    seen.push(outcome);
                }
                Call::Failed(failure) => return Ok(End::Failed(failure)),
                Call::Left => return Ok(End::Left),
            }
        }
    }
    let message = format!("the benchmark asked {MAX_ROUNDS} times without finishing");
    Ok(End::Failed(CallFailure::new(FailureKind::Unsupported, message)))
}

enum Call {
    Recorded(Outcome),
    Made(Outcome),
    Failed(CallFailure),
    Left,
}

/// One effect: from the journal when it is there, else from the model and into the journal.
async fn call(job: &Job, work: &Work, number: u32, effect: Effect) -> Result<Call, Error> {
    let model = &job.models[work.subset.model];
    let options = &job.options;
    let effect = model.adapt(effect, work.repeat, options.repeats, options.seed);
    if work.repeat == 0 {
        job.evidence.note_sampling(work.subset.protocol.name(), &effect);
    }
    let digest = model.call_digest(&effect);
    let key = CallKey { index: work.sample.index, repeat: work.repeat, call: number };
    if let Some(recorded) = work.subset.journal.recorded(&key)?
        && recorded.digest == digest
    {
        match recorded.outcome {
            Ok(outcome) => {
                job.evidence.note_reported(&model.id, &outcome);
                return Ok(Call::Recorded(outcome));
            }
            Err(failure) if options.stage == Stage::Review => return Ok(Call::Failed(failure)),
            Err(_) => {}
        }
    }
    if options.stage == Stage::Review || job.stop.is_cancelled() {
        return Ok(Call::Left);
    }
    let context = CallContext { cancel: job.abort.clone(), timeout: options.timeout, on_text: None };
    let outcome = model.act(&effect, &context).await;
    if let Err(failure) = &outcome
        && failure.kind == FailureKind::Cancelled
    {
        return Ok(Call::Left);
    }
    // Written down before anything looks at it.
    work.subset.journal.append(&JournalEntry {
        key,
        sample_id: work.sample.id.clone(),
        digest,
        model: model.id.clone(),
        effect,
        outcome: outcome.clone(),
        at: SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
    })?;
    let sample_key = SampleKey {
        benchmark: work.subset.protocol.name().to_owned(),
        subset: work.subset.subset.clone(),
        index: work.sample.index,
        repeat: work.repeat,
    };
    job.note_call(work.subset.model, &outcome)?;
    job.tell(Event::CallDone { model: work.subset.model, key: sample_key });
    Ok(match outcome {
        Ok(outcome) => {
            job.evidence.note_reported(&model.id, &outcome);
            Call::Made(outcome)
        }
        Err(failure) => Call::Failed(failure),
    })
}
