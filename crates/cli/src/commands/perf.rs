//! `evalscope perf`: puts load on a server.

use crate::arguments::{ArrivalsName, MaximizeName, PerfArguments, PerfCommand};
use crate::commands::perf_more;
use crate::environment;
use crate::output::{self, Failure, printable, thousands};
use evalscope::ArgumentError;
use evalscope::core::Secret;
use evalscope::perf::{self, Arrivals, Event, Found, Loads, PerfOptions, PerfResult, Signals, Snapshot};
use serde_json::{Map, Value, json};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Exit code when a request failed or a stage is invalid.
const PARTIAL: u8 = 1;
/// Exit code after Ctrl-C.
const INTERRUPTED: u8 = 130;
/// A line of progress each so many seconds.
const LINE_EVERY: u64 = 5;

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
    let result = perf::perf(
        &options,
        &environment::read(false),
        &|event| {
            begun.store(true, Ordering::SeqCst);
            show(&event, json);
        },
        &signals,
    )?;
    Ok(finish(&result, json))
}

fn show(event: &Event, json: bool) {
    match event {
        Event::Stage { number, of, name } => {
            let of = of.map(|of| format!("/{of}")).unwrap_or_default();
            output::note(&format!("[{number}{of}] {name}"));
        }
        Event::Progress(snapshot) if (snapshot.seconds as u64).is_multiple_of(LINE_EVERY) => {
            output::note(&progress(snapshot));
        }
        Event::Progress(_) => {}
        Event::Done(stage) if !json => output::result(&printable(&perf::stage_text(stage))),
        Event::Done(_) => {}
        Event::Notice(text) => output::note(&format!("note: {}", printable(text))),
    }
}

fn progress(snapshot: &Snapshot) -> String {
    let planned = snapshot.planned.map(|planned| format!(" of {}", thousands(planned))).unwrap_or_default();
    let failed =
        if snapshot.failed > 0 { format!(", {} failed", thousands(snapshot.failed)) } else { String::new() };
    let ttft = snapshot.ttft_p50_ms.map(|ttft| format!(", TTFT p50 {ttft:.1} ms")).unwrap_or_default();
    format!(
        "  {:.0} s: {}{planned} requests{failed}, {} in flight, {:.1} requests/s, {:.0} tokens/s{ttft}",
        snapshot.seconds,
        thousands(snapshot.finished),
        thousands(snapshot.in_flight),
        snapshot.requests_per_s,
        snapshot.tokens_per_s,
    )
}

fn finish(result: &PerfResult, json: bool) -> ExitCode {
    let stages = &result.summary.stages;
    if json {
        output::json(&result.summary);
    } else if stages.len() > 1 {
        output::result(&perf::overview(stages));
    }
    if let Some(found) = &result.summary.search {
        output::result(&search(found));
    }
    output::note(&format!("results: {}", result.folder.display()));
    if result.interrupted {
        return ExitCode::from(INTERRUPTED);
    }
    let is_clean = stages.iter().all(|stage| stage.invalid.is_empty() && stage.requests.failed == 0);
    if is_clean { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) }
}

fn search(found: &Found) -> String {
    let Found { maximize, goals, kept, missed, ended } = found;
    let kept = kept.map_or("none that was tried".to_owned(), perf::number);
    let missed = missed.map_or("none that was tried".to_owned(), perf::number);
    let ended = ended.as_ref().map(|ended| format!("\nthe search ended early, {ended}")).unwrap_or_default();
    format!("{goals}\nkept at {maximize} {kept}, missed at {missed}{ended}")
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

fn options(arguments: PerfArguments) -> Result<PerfOptions, Failure> {
    Ok(PerfOptions {
        headers: headers(&arguments.headers)?,
        connect_timeout: time("--connect-timeout", &arguments.connect_timeout)?,
        read_timeout: time("--read-timeout", &arguments.read_timeout)?,
        total_timeout: time("--total-timeout", &arguments.total_timeout)?,
        rest: time("--sleep-interval", &arguments.sleep_interval)?,
        parameters: parameters(&arguments)?,
        loads: loads(&arguments)?,
        url: arguments.url.unwrap_or_default(),
        api: arguments.api,
        model: arguments.model.unwrap_or_default(),
        api_key: arguments.api_key.map(Secret::new),
        check: !arguments.no_test_connection,
        dataset: arguments.dataset,
        dataset_path: arguments.dataset_path,
        column: arguments.column,
        prompt: arguments.prompt,
        min_prompt_length: arguments.min_prompt_length,
        max_prompt_length: arguments.max_prompt_length,
        prefix_length: arguments.prefix_length,
        dataset_offset: arguments.dataset_offset,
        tokenizer_path: arguments.tokenizer_path,
        stream: arguments.stream || !arguments.no_stream,
        max_tokens: arguments.max_tokens,
        repeat: arguments.repeat,
        goodput: arguments.goodput,
        slo: arguments.slo,
        slo_upper_bound: arguments.slo_upper_bound,
        seed: arguments.seed,
        outputs_dir: arguments.outputs_dir,
        timestamp: (!arguments.no_timestamp).then(evalscope::timestamp_name),
        name: arguments.name,
    })
}

fn time(flag: &str, text: &str) -> Result<Duration, Failure> {
    Ok(perf::parse_time(text).map_err(|error| ArgumentError::new(format!("{flag}: {error}")))?)
}

fn loads(arguments: &PerfArguments) -> Result<Loads, Failure> {
    let arrivals = match (arguments.burstiness, arguments.arrivals) {
        (Some(shape), _) => Arrivals::Gamma(shape),
        (None, ArrivalsName::Poisson) => Arrivals::Poisson,
        (None, ArrivalsName::Constant) => Arrivals::Constant,
    };
    let has_rate = arguments.rate.iter().any(|rate| *rate > 0.0);
    if arguments.maximize.is_some_and(|name| (name == MaximizeName::Rate) != has_rate) {
        let message = "--maximize names another load than the one to begin with";
        let hint = "`--maximize rate` begins with `--rate`, `--maximize parallel` with `--parallel`";
        return Err(ArgumentError::new(message).with_hint(Some(hint.into())).into());
    }
    let optional = |flag, text: &Option<String>| text.as_deref().map(|text| time(flag, text)).transpose();
    Ok(Loads {
        parallel: arguments.parallel.clone(),
        rate: arguments.rate.iter().copied().filter(|rate| *rate > 0.0).collect(),
        open: arguments.open_loop,
        arrivals,
        number: arguments.number.clone(),
        duration: optional("--duration", &arguments.duration)?,
        warm_up: arguments.warmup_num.clone(),
        cool_down: arguments.cooldown_num.clone(),
        ramp: optional("--ramp-up", &arguments.ramp_up)?.unwrap_or_default(),
    })
}

fn headers(given: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let pair = |text: &String| {
        let (name, value) =
            text.split_once('=').ok_or_else(|| ArgumentError::new("--headers: a header is NAME=VALUE"))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    given.iter().map(pair).collect()
}

/// The members of each request that flags name; `--extra-args` goes over them.
fn parameters(arguments: &PerfArguments) -> Result<Map<String, Value>, Failure> {
    let list = |list: &[u64]| (!list.is_empty()).then(|| json!(list));
    let named = [
        ("min_tokens", arguments.min_tokens.map(|number| json!(number))),
        ("temperature", arguments.temperature.map(|number| json!(number))),
        ("top_p", arguments.top_p.map(|number| json!(number))),
        ("top_k", arguments.top_k.map(|number| json!(number))),
        ("frequency_penalty", arguments.frequency_penalty.map(|number| json!(number))),
        ("repetition_penalty", arguments.repetition_penalty.map(|number| json!(number))),
        ("stop", (!arguments.stop.is_empty()).then(|| json!(arguments.stop))),
        ("stop_token_ids", list(&arguments.stop_token_ids)),
    ];
    let mut parameters: Map<String, Value> =
        named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    if let Some(text) = &arguments.extra_args {
        let extra: Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| ArgumentError::new(format!("--extra-args is no JSON object: {error}")))?;
        parameters.extend(extra);
    }
    Ok(parameters)
}
