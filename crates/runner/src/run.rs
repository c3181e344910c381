//! Runs a plan: every model side by side, each with its own number of samples in flight.

use crate::act::RunModel;
use crate::budget::Budget;
use crate::busy::Busy;
use crate::drivers::run_model;
use crate::error::Error;
use crate::evidence::Evidence;
use crate::job::{Job, Observer, RunOptions, Stage};
use crate::patience::Patience;
use crate::questions::Questions;
use evalscope_core::event::{Spent, Total};
use evalscope_core::{Event, Usage};
use evalscope_runs::RunFolder;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Every planned sample was brought to its end (some may have failed).
    Complete,
    /// It was stopped before, by the caller or for this reason.
    Interrupted(Option<String>),
}

/// Runs all `benchmarks` on all `models` and journals into `folder`.
///
/// `stop` ends the run after the calls in flight, `abort` at once. An error ends the run; what was journaled
/// stays, and running again goes on from there.
pub async fn run(
    models: Vec<RunModel>,
    benchmarks: Vec<Arc<dyn Questions>>,
    folder: Arc<RunFolder>,
    options: RunOptions,
    observer: Observer,
    stop: CancellationToken,
    abort: CancellationToken,
) -> Result<Ending, Error> {
    let mut totals = totals(&models, &benchmarks, &options)?;
    let planned = totals.iter().map(|total| total.samples).sum();
    let everyone = models.len() + options.judges.len();
    let job = Arc::new(Job {
        budget: Budget::new(options.max_cost.clone()),
        patience: Patience::new(everyone, planned, options.max_errors, options.ignore_errors),
        stops: (0..everyone).map(|_| stop.child_token()).collect(),
        models,
        benchmarks,
        folder,
        options,
        stop,
        abort,
        over: CancellationToken::new(),
        observer,
        subsets: Mutex::default(),
        stopped_early: AtomicBool::new(false),
        has_called: AtomicBool::new(false),
        busy: Busy::default(),
        evidence: Evidence::default(),
    });
    let _over = job.over.clone().drop_guard();
    add_earlier(&job, &mut totals)?;
    job.tell(Event::Started { totals });
    let running = (0..job.models.len()).map(|model| run_model(Arc::clone(&job), model));
    let results = futures::future::join_all(running).await;
    let finished = finish_subsets(&job).and_then(|()| Ok(job.evidence.complete(&job.folder)?));
    let interrupted = job.stopped_early.load(Ordering::SeqCst) || job.stop.is_cancelled();
    if job.has_called.load(Ordering::SeqCst) && job.options.stage != Stage::Review {
        job.busy.notice().into_iter().for_each(|message| job.notice(message));
    }
    job.tell(Event::Finished { interrupted });
    results.into_iter().collect::<Result<(), Error>>()?;
    finished?;
    Ok(if interrupted { Ending::Interrupted(job.budget.ended()) } else { Ending::Complete })
}

/// Takes note of what calls of earlier sessions and looks at the endpoints took, and of what they brought. Nothing is asked
/// for a review, and nothing is spent.
fn add_earlier(job: &Job, totals: &mut [Total]) -> Result<(), Error> {
    if job.options.stage == Stage::Review {
        return Ok(());
    }
    let probes = job.folder.probe_usage()?;
    let mut judged: BTreeMap<u32, Usage> = BTreeMap::new();
    for (place, model) in job.models.iter().enumerate() {
        let mut tokens = probes.get(&model.id).copied();
        tokens.iter().for_each(|usage| job.budget.add_probe(model, usage));
        if job.folder.status().resumed > 0 {
            let mut of_model: Vec<&mut Total> =
                totals.iter_mut().filter(|total| total.model == place).collect();
            add_sessions(job, model, &mut of_model, (&mut tokens, &mut judged))?;
        }
        let Some(tokens) = tokens else { continue };
        let cost = model.price.as_ref().map(|price| price.money(price.of(&tokens)));
        job.tell(Event::SpentBefore { judge: None, spent: Spent { tokens, cost } });
    }
    for (judge, tokens) in judged {
        let price = job.options.judges.get(judge as usize).and_then(|judge| judge.price.as_ref());
        let cost = price.map(|price| price.money(price.of(&tokens)));
        job.tell(Event::SpentBefore { judge: Some(judge), spent: Spent { tokens, cost } });
    }
    Ok(())
}

/// Adds what the journals say of a model's calls.
fn add_sessions(
    job: &Job,
    model: &RunModel,
    totals: &mut [&mut Total],
    (tokens, judged): (&mut Option<Usage>, &mut BTreeMap<u32, Usage>),
) -> Result<(), Error> {
    for benchmark in &job.folder.plan().benchmarks {
        for subset in benchmark.subsets.keys() {
            let mut reader = job.folder.read_spending(&model.id, &benchmark.name, subset)?;
            for spending in &mut reader {
                let (judge, usage) = spending?;
                // A judge of an earlier session who is none any more is priced as nobody.
                let payer = match judge {
                    None => Some(model),
                    Some(judge) => job.options.judges.get(judge as usize),
                };
                payer.into_iter().for_each(|payer| job.budget.add_earlier(payer, &usage));
                match judge {
                    None => tokens.get_or_insert_default().add(&usage),
                    Some(judge) => judged.entry(judge).or_default().add(&usage),
                }
            }
            if let Some(total) = totals.iter_mut().find(|total| total.benchmark == benchmark.name) {
                total.recorded += reader.samples();
            }
        }
    }
    Ok(())
}

fn totals(
    models: &[RunModel],
    benchmarks: &[Arc<dyn Questions>],
    options: &RunOptions,
) -> Result<Vec<Total>, Error> {
    let mut totals = Vec::new();
    for benchmark in benchmarks {
        let mut samples = 0;
        for subset in benchmark.subsets() {
            samples += benchmark.count(&subset, options.limit)?;
        }
        let samples = samples * u64::from(options.repeats);
        let benchmark = benchmark.name().to_owned();
        totals.extend((0..models.len()).map(|model| Total {
            model,
            benchmark: benchmark.clone(),
            samples,
            recorded: 0,
        }));
    }
    Ok(totals)
}

fn finish_subsets(job: &Job) -> Result<(), Error> {
    let subsets = std::mem::take(&mut *job.subsets.lock().unwrap_or_else(PoisonError::into_inner));
    subsets.iter().try_for_each(|subset| subset.finish())
}
