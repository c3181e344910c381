//! The life of one sample: step, carry out what it needs, write it down, step again.

use crate::act::RunModel;
use crate::budget::Reserved;
use crate::error::Error;
use crate::executor;
use crate::job::{Job, Stage};
use crate::pace::Pacer;
use crate::queue::Work;
use crate::turn::Waiting;
use evalscope_cache::ResponseCache;
use evalscope_core::{CallFailure, Effect, Event, FailureKind, Generation, Outcome, SampleKey, Score, Step};
use evalscope_model_api::{CallContext, Pace};
use evalscope_runs::{CallKey, JournalEntry, Review, Verdict};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;
use tokio_util::sync::CancellationToken;

/// Rounds after which a step function that never finishes is stopped.
const MAX_ROUNDS: u32 = 1_000;

/// How a sample ended.
enum End {
    Scored {
        score: Score,
        resumed: bool,
    },
    /// With why no more calls are made, when this one is the last.
    Failed(CallFailure, Option<Error>),
    /// `--stage review` met a call that was never recorded, or the run is stopping.
    Left,
}

/// Brings one sample to its score, or finds out why not.
pub(crate) async fn drive(job: &Job, work: Work) -> Result<(), Error> {
    let end = live(job, &work).await?;
    let key = SampleKey {
        benchmark: work.subset.questions.name().to_owned(),
        subset: work.subset.subset.clone(),
        index: work.sample.index,
        repeat: work.repeat,
    };
    let model = work.subset.model;
    // A failure that ends the run is the failure of a sample all the same.
    let mut last = None;
    let verdict = match end {
        End::Left => return Ok(()),
        End::Scored { score, resumed } => {
            let main_value = score.main().map(|(_, value)| value);
            job.tell(Event::SampleScored { model, key, resumed, main_value });
            Verdict::Scored(score)
        }
        End::Failed(failure, why) => {
            job.tell(Event::SampleFailed { model, key, failure: failure.clone() });
            last = why.or(job.patience.sample_failed(&failure).err());
            Verdict::Failed(failure)
        }
    };
    let is_last = work.subset.review(Review {
        index: work.sample.index,
        repeat: work.repeat,
        sample_id: work.sample.id.clone(),
        subset: work.subset.subset.clone(),
        category: work.sample.category.clone(),
        cluster: work.sample.cluster.clone(),
        targets: work.sample.targets.clone(),
        verdict,
    })?;
    if is_last {
        job.forget(&work.subset);
    }
    last.map_or(Ok(()), Err)
}

async fn live(job: &Job, work: &Work) -> Result<End, Error> {
    let mut seen: Vec<Outcome> = Vec::new();
    let mut resumed = true;
    for _ in 0..MAX_ROUNDS {
        let step = match work.subset.questions.step(&work.sample, &seen) {
            Ok(step) => step,
            Err(error) if seen.is_empty() => return Err(error.into()),
            // What a reply makes impossible to score must not end the run: it would do so at every resume.
            Err(error) => {
                let kind = match &error {
                    evalscope_benchmarks::Error::Unjudged { .. } => FailureKind::NoVerdict,
                    _ => FailureKind::BadRequest,
                };
                let failure = CallFailure::new(kind, error.to_string());
                return Ok(End::Failed(failure, None));
            }
        };
        if seen.is_empty() && work.repeat == 0 {
            job.evidence.note_prompts(&work.subset, work.sample.index, &step);
        }
        let effects = match step {
            Step::Done(score) => return Ok(End::Scored { score, resumed }),
            // Programs and judges are scoring: a run that only asks has all that it came for.
            Step::Need(effects) if job.options.stage == Stage::Infer && effects.iter().all(is_scoring) => {
                return Ok(End::Scored { score: Score::default(), resumed });
            }
            Step::Need(effects) => effects,
        };
        let first = seen.len();
        let mut calls = effects
            .into_iter()
            .enumerate()
            .map(|(offset, effect)| call(job, work, (first + offset) as u32, effect));
        // Most samples ask one thing at a time, for which no list of futures need be made and moved.
        let results = match (calls.len(), calls.next()) {
            (1, Some(only)) => vec![only.await],
            (_, first) => futures::future::join_all(first.into_iter().chain(calls)).await,
        };
        for result in results {
            match result? {
                Call::Recorded(outcome) => seen.push(outcome),
                Call::Made(outcome) => {
                    resumed = false;
                    seen.push(outcome);
                }
                Call::Failed(failure, why) => return Ok(End::Failed(failure, why)),
                Call::Left => return Ok(End::Left),
            }
        }
    }
    let message = format!("the benchmark asked {MAX_ROUNDS} times without finishing");
    Ok(End::Failed(CallFailure::new(FailureKind::Unsupported, message), None))
}

enum Call {
    Recorded(Outcome),
    Made(Outcome),
    /// With why no more calls are made, when this one is the last.
    Failed(CallFailure, Option<Error>),
    Left,
}

/// One effect: from the journal or the cache when it is there, else from the model; and into the journal.
async fn call(job: &Job, work: &Work, number: u32, effect: Effect) -> Result<Call, Error> {
    let options = &job.options;
    let Some((place, model)) = job.answerer(work.subset.model, &effect) else {
        let failure = CallFailure::new(FailureKind::Unsupported, "the run has no judge for this");
        return Ok(Call::Failed(failure, None));
    };
    // A judge is asked as it is, how often the sample is repeated does not matter to it.
    let (repeat, repeats) = if effect.judge().is_some() { (0, 1) } else { (work.repeat, options.repeats) };
    let effect = model.adapt(effect, repeat, repeats, options.seed);
    if work.repeat == 0 && effect.judge().is_none() {
        job.evidence.note_sampling(work.subset.questions.name(), &effect);
    }
    // It would be asked the same as in the first repeat.
    if work.repeat > 0 && is_probe(work, &effect) {
        return Ok(Call::Recorded(nothing()));
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
            Err(failure) if options.stage == Stage::Review && !is_scoring(&effect) => {
                return Ok(Call::Failed(failure, None));
            }
            Err(_) if options.stage == Stage::Review && is_probe(work, &effect) => {
                return Ok(Call::Recorded(nothing()));
            }
            Err(_) => {}
        }
    }
    // A review asks no evaluated model, but runs programs that were not run before and asks judges who were not asked.
    let may_act = options.stage != Stage::Review || is_scoring(&effect);
    if !may_act || job.is_stopping(place) || job.is_stopping(work.subset.model) {
        return Ok(Call::Left);
    }
    let Some(answer) = act(job, (place, model), &effect, &cache_key(&digest, work.repeat)).await? else {
        job.stop_when_spent();
        return Ok(Call::Left);
    };
    let Answer { outcome, from_cache, reserved } = answer;
    if let Err(failure) = &outcome
        && failure.kind == FailureKind::Cancelled
    {
        return Ok(Call::Left);
    }
    let entry = JournalEntry {
        key,
        sample_id: work.sample.id.clone(),
        digest,
        model: model.id.clone(),
        effect,
        outcome,
        at: SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
        cached: from_cache,
    };
    // Written down before anything looks at it.
    work.subset.journal.append(&entry)?;
    let (mut spent, mut last) = (None, None);
    if !from_cache && !is_program(&entry.effect) {
        job.has_called.store(true, Ordering::SeqCst);
        keep(job, &entry)?;
        spent = job.budget.settle(model, &entry.outcome)?;
        drop(reserved);
        last = job.patience.note_call(place, model, &entry.outcome).err();
    }
    let sample_key = SampleKey {
        benchmark: work.subset.questions.name().to_owned(),
        subset: work.subset.subset.clone(),
        index: work.sample.index,
        repeat: work.repeat,
    };
    let judge = entry.effect.judge();
    job.tell(Event::CallDone { model: work.subset.model, key: sample_key, judge, spent });
    Ok(match entry.outcome {
        Ok(outcome) => {
            job.evidence.note_reported(&model.id, &outcome);
            Call::Made(outcome)
        }
        // Verdicts on the reply are not thrown away for it.
        Err(_) if last.is_none() && is_probe(work, &entry.effect) => Call::Made(nothing()),
        Err(failure) => Call::Failed(failure, last),
    })
}

/// Whether an effect only tries a judge.
fn is_probe(work: &Work, effect: &Effect) -> bool {
    work.subset.questions.is_probe(&work.sample, effect)
}

/// Stands for what a call did not bring where the score can do without.
fn nothing() -> Outcome {
    Outcome::Generation(Generation::default())
}

fn is_program(effect: &Effect) -> bool {
    matches!(effect, Effect::Execute(_))
}

/// Whether an effect serves the score and not the reply.
fn is_scoring(effect: &Effect) -> bool {
    is_program(effect) || effect.judge().is_some()
}

/// What an effect brought.
struct Answer {
    outcome: Result<Outcome, CallFailure>,
    from_cache: bool,
    /// What was set aside for the call.
    reserved: Option<Reserved>,
}

/// Carries out an effect; nothing when there is no money left for it. Programs are not kept in the cache: they cost less
/// than a look.
async fn act(
    job: &Job,
    (place, model): (usize, &RunModel),
    effect: &Effect,
    key: &str,
) -> Result<Option<Answer>, Error> {
    if let Effect::Execute(request) = effect {
        let outcome = executor::execute(job.options.executor.as_ref(), request, &job.abort).await;
        return Ok(Some(Answer { outcome, from_cache: false, reserved: None }));
    }
    if let Some(outcome) = cached(job, key)? {
        return Ok(Some(Answer { outcome: Ok(outcome), from_cache: true, reserved: None }));
    }
    let stop = &job.stops[place];
    let Some(reserved) = job.budget.reserve(model, effect, stop).await else { return Ok(None) };
    let outcome = ask(job, model, effect, stop).await;
    Ok(Some(Answer { outcome, from_cache: false, reserved: Some(reserved) }))
}

async fn ask(
    job: &Job,
    model: &RunModel,
    effect: &Effect,
    stop: &CancellationToken,
) -> Result<Outcome, CallFailure> {
    let end = job.abort.child_token();
    let waiting = |pace: &Arc<Pacer>| {
        let (pace, stop, end) = (Arc::clone(pace), stop.clone(), end.clone());
        Arc::new(Waiting { pace, stop, end }) as Arc<dyn Pace>
    };
    let pace = model.pace.as_ref().map(waiting);
    let context = CallContext { cancel: end.clone(), pace, ..CallContext::with_timeout(model.timeout) };
    model.act(effect, &context).await
}

/// The cache's key: repetitions of a sample have answers of their own.
fn cache_key(digest: &str, repeat: u32) -> String {
    format!("{digest}.{repeat}")
}

/// What an earlier run was answered.
fn cached(job: &Job, key: &str) -> Result<Option<Outcome>, Error> {
    let Some(cache) = &job.options.cache else { return Ok(None) };
    let Some(line) = cache.get(key)? else { return Ok(None) };
    // A line that another version wrote and this one cannot read is no answer.
    Ok(JournalEntry::from_line(&line).ok().and_then(|entry| entry.outcome.ok()))
}

/// Keeps an answer for later runs. A failure is none.
fn keep(job: &Job, entry: &JournalEntry) -> Result<(), Error> {
    match &job.options.cache {
        Some(cache) => keep_answer(cache, entry),
        None => Ok(()),
    }
}

/// Puts the answer of a journaled call into a cache; a failure is none.
pub fn keep_answer(cache: &ResponseCache, entry: &JournalEntry) -> Result<(), Error> {
    if entry.outcome.is_ok()
        && let Ok(line) = entry.to_line()
    {
        cache.put(&cache_key(&entry.digest, entry.key.repeat), &entry.model, &line)?;
    }
    Ok(())
}
