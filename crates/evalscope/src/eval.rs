//! The main job: benchmarks, a model, a run, a report.

use crate::cache;
use crate::environment::Environment;
use crate::error::Error;
use crate::log::RunLog;
use crate::managed::Servers;
use crate::open_model::OpenModel;
use crate::options::EvalOptions;
use crate::place::{Placed, Wanted};
use crate::prepare::Prepared;
use crate::progress_file::write_progress;
use crate::runtime::runtime;
use crate::{choice, judges, manifest, model, place, prepare, prices, probe, programs};
use evalscope_cache::ResponseCache;
use evalscope_core::{Event, Manifest, Money, Plan};
use evalscope_model_api::Capabilities;
use evalscope_report::{Summary, Written};
use evalscope_runner::{
    Ending, Executor, Observer, PlanOptions, Progress, Questions, RunModel, RunOptions, Stage, check_needs,
    make_plan,
};
use evalscope_runs::{RunFolder, Status};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// How often `progress.json` is written.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// How a caller stops a run.
#[derive(Clone, Default)]
pub struct Signals {
    /// No new calls; those in flight are waited for.
    pub stop: CancellationToken,
    /// At once.
    pub abort: CancellationToken,
}

/// What an evaluation brought.
pub struct EvalResult {
    /// The run's folder.
    pub folder: PathBuf,
    /// The summary; `None` after `--stage infer`.
    pub summary: Option<Summary>,
    /// The report files.
    pub written: Option<Written>,
    /// Samples whose calls failed for good.
    pub failed: u64,
    /// It was stopped before its end.
    pub interrupted: bool,
    /// Why, when nobody stopped it.
    pub stopped: Option<String>,
    /// Why the run could not go on, when there are scores all the same: those of the other models, or of the time before.
    pub error: Option<Error>,
}

pub(crate) fn plan_options(options: &EvalOptions, prepared: &Prepared) -> PlanOptions {
    PlanOptions {
        seed: options.seed,
        repeats: options.repeats,
        limit: options.limit,
        collections: prepared.collections.clone(),
    }
}

/// Evaluates. Blocks until the run has ended; `observer` is told what happens, from several threads.
///
/// Must not be called from an async context.
pub fn eval(
    options: &EvalOptions,
    environment: &Environment,
    observer: Observer,
    signals: &Signals,
) -> Result<EvalResult, Error> {
    let mut servers = Servers::new(environment, &observer, &signals.stop);
    let options = &servers.for_judges(options)?;
    let (options, judges) = &judges::open(options, environment)?;
    let mut prepared = prepare::prepare(options, environment)?;
    for message in &prepared.notices {
        observer(Event::Notice { message: message.clone() });
    }
    let executor = match options.stage {
        Stage::Infer => None,
        Stage::All | Stage::Review => programs::executor(&prepared.benchmarks, options, environment)?,
    };
    let runtime = runtime()?;
    let options = &servers.for_models(options)?;
    let opened = model::open_all(options, environment)?;
    let ids: Vec<&str> = opened.iter().map(|model| model.id.as_str()).collect();
    prices::check(options, &ids, &prepared.benchmarks)?;
    let looked = look_at_models(opened, options.stage, &observer, &runtime)?;
    let (mut models, capabilities): (Vec<RunModel>, Vec<Capabilities>) = looked.into_iter().unzip();
    // All is refused before a call is made. A mode that the endpoint decides has to wait for the look at it.
    let known = match options.choice_mode {
        None => Some(plan_run(options, &prepared, &mut models, &capabilities)?),
        Some(_) => None,
    };
    let probed = runtime.block_on(probe::before_run(options, environment, (&models, &capabilities)))?;
    for message in choice::settle(options, &mut prepared, (&models, &capabilities), &probed)? {
        observer(Event::Notice { message: message.clone() });
        prepared.notices.push(message);
    }
    let (plan, max_cost) =
        known.map_or_else(|| plan_run(options, &prepared, &mut models, &capabilities), Ok)?;
    for message in probed.judge(&models, &prepared.benchmarks)? {
        observer(Event::Notice { message: message.clone() });
        prepared.notices.push(message);
    }
    let manifest = manifest::begin(&plan, &prepared.benchmarks)?;
    let wanted = Wanted { plan: &plan, manifest: &manifest, stage: options.stage };
    let chosen = place::choose(&options.place, wanted)?;
    if let Some(message) = &chosen.notice {
        observer(Event::Notice { message: message.clone() });
        prepared.notices.push(message.clone());
    }
    let placed = chosen.open(&options.place, wanted, &options.given)?;
    probed.write_down(&placed.folder, &models)?;
    let ready = Ready {
        models,
        judges: judges.clone(),
        prepared,
        manifest,
        placed,
        executor,
        cache: options.cache.then(|| cache::open(environment)).transpose()?.map(Arc::new),
        max_cost,
    };
    let result = carry_out(ready, options, Arc::clone(&observer), signals, &runtime);
    servers.say_what_happened();
    result
}

/// Refuses benchmarks that need what a model lacks, and prices that a limit cannot do without; else the plan, and the
/// limit on what the models may cost together.
fn plan_run(
    options: &EvalOptions,
    prepared: &Prepared,
    models: &mut [RunModel],
    capabilities: &[Capabilities],
) -> Result<(Plan, Option<Money>), Error> {
    for (model, capabilities) in models.iter().zip(capabilities) {
        for benchmark in &prepared.benchmarks {
            check_needs(&model.id, capabilities, benchmark)?;
        }
    }
    let plan = make_plan(models, &prepared.benchmarks, &plan_options(options, prepared))?;
    let max_cost = prices::set(options, models, (prepared, &plan))?;
    Ok((plan, max_cost))
}

/// Asks what each model can do.
fn look_at_models(
    opened: Vec<OpenModel>,
    stage: Stage,
    observer: &Observer,
    runtime: &Runtime,
) -> Result<Vec<(RunModel, Capabilities)>, Error> {
    let mut models = Vec::new();
    for opened in opened {
        let (model, capabilities) = match stage {
            // Nothing is asked, so nobody has to answer.
            Stage::Review => opened.unprobed(),
            Stage::All | Stage::Infer => runtime.block_on(opened.probe())?,
        };
        for notice in &capabilities.notices {
            observer(Event::Notice { message: format!("{}: {notice}", model.id) });
        }
        models.push((model, capabilities));
    }
    Ok(models)
}

/// All that a run needs.
pub(crate) struct Ready {
    pub models: Vec<RunModel>,
    /// Who judges replies.
    pub judges: Vec<RunModel>,
    pub prepared: Prepared,
    /// What is known of the run before a model is asked.
    pub manifest: Manifest,
    pub placed: Placed,
    /// Runs programs, when a benchmark has some to run.
    pub executor: Option<Executor>,
    /// Answers of earlier runs, when they may serve this one.
    pub cache: Option<Arc<ResponseCache>>,
    /// What the run may cost, calls of earlier sessions included.
    pub max_cost: Option<Money>,
}

/// Runs what is ready, and writes down how it ended.
pub(crate) fn carry_out(
    ready: Ready,
    options: &EvalOptions,
    observer: Observer,
    signals: &Signals,
    runtime: &Runtime,
) -> Result<EvalResult, Error> {
    let folder = Arc::new(ready.placed.folder);
    let models = prices::priced(ready.models, &folder)?;
    let judges = prices::priced(ready.judges, &folder)?;
    prices::check_currency(ready.max_cost.as_ref(), &models)?;
    prices::check_currency(ready.max_cost.as_ref(), &judges)?;
    // One that is damaged says nothing.
    folder.write_manifest(&match folder.manifest().unwrap_or_default() {
        Some(recorded) => ready.manifest.after(&recorded),
        None => ready.manifest,
    })?;
    let mut work = Running::start(folder, options, observer);
    ready.prepared.notices.iter().for_each(|notice| work.log.line("WARNING", notice));
    if ready.placed.continued {
        work.observe(Event::Notice { message: format!("going on with {}", work.folder.path().display()) });
    }
    let run_options = RunOptions {
        stage: options.stage,
        seed: options.seed,
        limit: options.limit,
        repeats: options.repeats,
        cache: ready.cache,
        judges,
        executor: ready.executor,
        // What failed when it was asked costs nothing more, and must not keep the rest from its score.
        max_errors: options.max_errors.filter(|_| options.stage != Stage::Review),
        ignore_errors: options.ignore_errors,
        max_cost: ready.max_cost,
    };
    let run = evalscope_runner::run(
        models,
        ready.prepared.benchmarks.into_iter().map(|open| open as Arc<dyn Questions>).collect(),
        Arc::clone(&work.folder),
        run_options,
        work.observer(),
        signals.stop.clone(),
        signals.abort.clone(),
    );
    let ended = runtime.block_on(runtime.spawn(run));
    let ended = ended.unwrap_or_else(|error| Err(evalscope_runner::Error::Worker(error.to_string())));
    work.finish(ended, options.stage)
}

/// A run that is under way: its log, its progress file.
struct Running {
    folder: Arc<RunFolder>,
    observer: Observer,
    progress: Arc<Mutex<Progress>>,
    ticker: Option<std::thread::JoinHandle<()>>,
    ended: CancellationToken,
    log: Arc<RunLog>,
}

impl Running {
    fn start(folder: Arc<RunFolder>, options: &EvalOptions, caller: Observer) -> Running {
        let log = Arc::new(RunLog::open(&folder.log_path(), options.debug));
        log.line("INFO", &format!("evalscope {}: {}", env!("CARGO_PKG_VERSION"), options.given));
        let progress = Arc::new(Mutex::new(Progress::new(Instant::now())));
        let observer: Observer = {
            let (log, progress) = (Arc::clone(&log), Arc::clone(&progress));
            Arc::new(move |event: Event| {
                log.event(&event);
                progress.lock().unwrap_or_else(PoisonError::into_inner).observe(&event, Instant::now());
                caller(event);
            })
        };
        let ended = CancellationToken::new();
        let ticker = {
            let (folder, progress, ended) = (Arc::clone(&folder), Arc::clone(&progress), ended.clone());
            std::thread::spawn(move || {
                while !ended.is_cancelled() {
                    write_progress(&folder, &progress, "running");
                    std::thread::park_timeout(PROGRESS_EVERY);
                }
            })
        };
        Running { folder, observer, progress, ticker: Some(ticker), ended, log }
    }

    fn observer(&self) -> Observer {
        Arc::clone(&self.observer)
    }

    fn observe(&self, event: Event) {
        (self.observer)(event);
    }

    /// Writes down how it ended, and the reports.
    fn finish(
        &mut self,
        ended: Result<Ending, evalscope_runner::Error>,
        stage: Stage,
    ) -> Result<EvalResult, Error> {
        self.ended.cancel();
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
            let _ = ticker.join();
        }
        let (total, scored, failed) = self.progress.lock().unwrap_or_else(PoisonError::into_inner).totals();
        // Stopped while the last samples were in flight: nothing is missing.
        let ended = match ended {
            Ok(Ending::Interrupted(_)) if total > 0 && scored + failed == total => Ok(Ending::Complete),
            other => other,
        };
        let (status, word) = match &ended {
            Err(_) => (Status::Failed, "error"),
            Ok(Ending::Interrupted(_)) => (Status::Interrupted, "interrupted"),
            Ok(Ending::Complete) if failed > 0 || scored < total => (Status::Partial, "completed"),
            Ok(Ending::Complete) => (Status::Finished, "completed"),
        };
        write_progress(&self.folder, &self.progress, word);
        if let Err(error) = &ended {
            self.log.line("ERROR", &error.to_string());
        }
        let unanswered = match (stage, &ended) {
            (Stage::Review, Ok(Ending::Complete)) => total.saturating_sub(scored + failed),
            _ => 0,
        };
        let marked = self.folder.set_scored(status, unanswered);
        let reported = match stage {
            Stage::Infer => Ok((None, None)),
            Stage::All | Stage::Review => {
                report(&self.folder).map(|(summary, written)| (Some(summary), Some(written)))
            }
        };
        let (error, stopped, interrupted) = match ended {
            // The reason of a failed run matters more than that the failure could not be written down.
            Err(error) => match &reported {
                Ok((Some(summary), _)) if summary.counts.scored > 0 => (Some(error.into()), None, false),
                _ => return Err(error.into()),
            },
            Ok(Ending::Interrupted(reason)) => (None, reason, true),
            Ok(Ending::Complete) => (None, None, false),
        };
        if error.is_none() {
            marked?;
        }
        let (summary, written) = reported?;
        let folder = self.folder.path().to_owned();
        Ok(EvalResult { folder, failed, summary, written, interrupted, stopped, error })
    }
}

/// Summarises a run and writes its reports.
fn report(folder: &RunFolder) -> Result<(Summary, Written), Error> {
    Ok(evalscope_report::report(folder)?)
}
