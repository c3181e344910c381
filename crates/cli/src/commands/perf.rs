//! `evalscope perf`: puts load on a server.

use crate::arguments::{PerfArguments, PerfCommand};
use crate::commands::perf_more;
use crate::commands::perf_options::options;
use crate::environment;
use crate::output::{self, Failure, printable};
use crate::perf_progress::Live;
use evalscope::perf::{self, Event, Found, Knee, PerfResult, Signals};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Exit code when a request failed or a stage is invalid.
const PARTIAL: u8 = 1;
/// Exit code after Ctrl-C.
const INTERRUPTED: u8 = 130;

pub fn run(arguments: PerfArguments) -> Result<ExitCode, Failure> {
    if let Some(PerfCommand::Compare { before, after, json }) = &arguments.command {
        return perf_more::compare(before, after, *json);
    }
    let json = arguments.json;
    let signals = Signals::default();
    let begun = Arc::new(AtomicBool::new(false));
    listen_to_ctrl_c(&signals, &begun);
    if arguments.selftest {
        return perf_more::selftest(&signals, json);
    }
    let options = options(arguments)?;
    let live = Live::new();
    let result = perf::perf(
        &options,
        &environment::read(false),
        &|event| {
            begun.store(true, Ordering::SeqCst);
            show(&event, json, &live);
        },
        &signals,
    );
    live.end();
    let result = result?;
    Ok(finish(&result, json))
}

fn show(event: &Event, json: bool, live: &Live) {
    match event {
        Event::Stage { number, of, name } => {
            let of = of.map(|of| format!("/{of}")).unwrap_or_default();
            live.begin(&format!("[{number}{of}] {name}"));
        }
        Event::Progress(snapshot) => live.show(snapshot),
        Event::Done(stage) if !json => live.say(|| output::result(&printable(&perf::stage_text(stage)))),
        Event::Done(_) => {}
        Event::Notice(text) => live.say(|| output::note(&format!("note: {}", printable(text)))),
    }
}

fn finish(result: &PerfResult, json: bool) -> ExitCode {
    let stages = &result.summary.stages;
    if json {
        output::json(&result.summary);
    } else if stages.len() > 1 {
        output::result(&perf::overview(stages));
        let spreads = perf::spreads(&result.summary.spreads);
        if !spreads.is_empty() {
            output::result(&spreads);
        }
    }
    if !json {
        for knee in &result.summary.knees {
            output::result(&saturation(knee));
        }
    }
    if let Some(found) = result.summary.search.as_ref().filter(|_| !json) {
        output::result(&search(found));
    }
    output::note(&format!("results: {}", result.folder.display()));
    if result.interrupted {
        return ExitCode::from(INTERRUPTED);
    }
    let is_clean = stages.iter().all(|stage| stage.invalid.is_empty() && stage.requests.failed == 0);
    if is_clean { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) }
}

fn saturation(knee: &Knee) -> String {
    let (low, high) = knee.between;
    format!(
        "saturation: at {} {}, between {low} and {high}, with {} requests/s",
        knee.load,
        perf::number(knee.at),
        perf::number(knee.requests_per_s)
    )
}

fn search(found: &Found) -> String {
    let Found { maximize, goals, kept, missed, ended, doubt } = found;
    let kept = kept.map_or("none that was tried".to_owned(), perf::number);
    let missed = missed.map_or("none that was tried".to_owned(), perf::number);
    let ended = ended.as_ref().map(|ended| format!("\nthe search ended early, {ended}")).unwrap_or_default();
    let doubt = doubt.as_ref().map(|reason| format!("\nit may be the client that missed: {reason}"));
    format!("{goals}\nkept at {maximize} {kept}, missed at {missed}{ended}{}", doubt.unwrap_or_default())
}

/// The first Ctrl-C lets the requests in flight end, the second ends them. Before the first stage nothing is lost.
fn listen_to_ctrl_c(signals: &Signals, begun: &Arc<AtomicBool>) {
    let (signals, begun) = (signals.clone(), Arc::clone(begun));
    let handler = move || {
        if !begun.load(Ordering::SeqCst) || signals.abort.is_cancelled() {
            output::end_now(INTERRUPTED);
        } else if signals.stop.is_cancelled() {
            signals.abort.cancel();
        } else {
            signals.stop.cancel();
            output::note("stopping after the requests in flight; Ctrl-C again stops at once");
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        output::note(&format!("note: Ctrl-C will end at once: {error}"));
    }
}
