//! From what a user types to what a load test is: options of `evalscope perf` as plain data.

use crate::arguments::{ArrivalsName, MaximizeName, PerfArguments};
use crate::output::Failure;
use evalscope::core::Secret;
use evalscope::perf::{
    self, Arrivals, Collector, Http, ImageSource, Images, Loads, PerfOptions, Pixel, Prefix, Sweep, Think,
    Tracker,
};
use evalscope::{ArgumentError, ManagedServer};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Seed when nobody says one.
const SEED: u64 = 42;
/// APIs whose requests have a `seed`; others refuse members that they do not know, or are described with a place for it.
const SEEDED: [&str; 4] = ["openai", "openai_chat", "openai_completions", "local"];
/// Rates of a sweep when nobody says how many, and the most in flight.
const SWEEP_RATES: u32 = 8;
const SWEEP_PARALLEL: u32 = 4096;
/// Turns of a conversation at least and at most when nobody says how many.
const LEAST_TURNS: u32 = 2;
const MOST_TURNS: u32 = 4;
/// Width and height of random images, as in EvalScope.
const IMAGE_SIDE: u32 = 224;

pub fn options(arguments: PerfArguments) -> Result<PerfOptions, Failure> {
    let serve = arguments.serve.as_deref().map(ManagedServer::parse).transpose()?;
    if arguments.url.is_none() && arguments.api != "local" && serve.is_none() {
        return Err(ArgumentError::new("there is no server to put load on")
            .with_hint(Some(
                "add `--url http://HOST:PORT/v1`, or `--serve vllm`, or take `--api local`".into(),
            ))
            .into());
    }
    Ok(PerfOptions {
        serve,
        headers: headers(&arguments.headers)?,
        connect_timeout: time("--connect-timeout", &arguments.connect_timeout)?,
        read_timeout: time("--read-timeout", &arguments.read_timeout)?,
        total_timeout: time("--total-timeout", &arguments.total_timeout)?,
        rest: time("--sleep-interval", &arguments.sleep_interval)?,
        parameters: parameters(&arguments)?,
        loads: loads(&arguments)?,
        prefix: prefix(&arguments)?,
        bust_cache: arguments.more.bust_cache,
        images: images(&arguments),
        turns: turns(&arguments)?,
        think: think(arguments.more.think_time.as_deref())?,
        certificates: arguments.more.ca_file.clone(),
        http: if arguments.more.http == "2" { Http::Two } else { Http::One },
        sweep: sweep(&arguments),
        metrics: arguments.more.metrics_url.clone(),
        collectors: collectors(&arguments)?,
        trackers: trackers(&arguments.more.visualizer),
        url: arguments.url.unwrap_or_default(),
        api: arguments.api,
        model: arguments.model.unwrap_or_default(),
        api_key: arguments.api_key.map(|key| Secret::new(key).from_source("--api-key")),
        check: !arguments.no_test_connection,
        dataset: arguments.dataset,
        dataset_path: arguments.dataset_path,
        column: arguments.column,
        prompt: arguments.prompt,
        min_prompt_length: arguments.min_prompt_length,
        max_prompt_length: arguments.max_prompt_length,
        dataset_offset: arguments.dataset_offset,
        tokenizer_path: arguments.tokenizer_path,
        stream: arguments.stream || !arguments.no_stream,
        max_tokens: arguments.max_tokens,
        repeat: arguments.repeat,
        goodput: arguments.goodput,
        slo: arguments.slo,
        slo_upper_bound: arguments.slo_upper_bound,
        seed: arguments.seed.unwrap_or(SEED),
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
    if has_rate && arguments.rate.iter().any(|rate| *rate < 0.0) {
        return Err(ArgumentError::new("--rate -1 means no rate, and there is one beside it")
            .with_hint(Some("loads of several kinds are a `--stage` each".into()))
            .into());
    }
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
        ramp: optional("--ramp-up", &arguments.ramp_up)?,
        steps: arguments.more.ramp_steps,
        stages: arguments.more.stage.clone(),
        speed: trace_speed(arguments)?,
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
    let api = arguments.api.as_str();
    // A body that somebody describes takes what it has a place for; whole requests of a trace would take all.
    let is_described = !perf::API_NAMES.contains(&api) && !is_trace(arguments);
    let seed = arguments.seed.filter(|_| SEEDED.contains(&api) || is_described);
    let named = [
        ("min_tokens", arguments.min_tokens.map(|number| json!(number))),
        ("temperature", arguments.temperature.map(|number| json!(number))),
        ("top_p", arguments.top_p.map(|number| json!(number))),
        ("top_k", arguments.top_k.map(|number| json!(number))),
        ("frequency_penalty", arguments.frequency_penalty.map(|number| json!(number))),
        ("repetition_penalty", arguments.repetition_penalty.map(|number| json!(number))),
        ("stop", (!arguments.stop.is_empty()).then(|| json!(arguments.stop))),
        ("stop_token_ids", list(&arguments.stop_token_ids)),
        ("n", arguments.more.n_choices.map(|number| json!(number))),
        ("logprobs", arguments.more.logprobs.then(|| json!(true))),
        ("seed", seed.map(|seed| json!(seed))),
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

fn prefix(arguments: &PerfArguments) -> Result<Prefix, Failure> {
    let (length, count, share) =
        (arguments.prefix_length, arguments.more.prefix_count, arguments.more.prefix_ratio);
    if !(0.0..=1.0).contains(&share) {
        return Err(ArgumentError::new("--prefix-ratio is a share between 0 and 1").into());
    }
    if length == 0 && (count > 1 || share < 1.0) {
        return Err(ArgumentError::new(
            "--prefix-count and --prefix-ratio say who shares a beginning, and there is none",
        )
        .with_hint(Some("add `--prefix-length N`".into()))
        .into());
    }
    Ok(Prefix { length, count, share })
}

fn images(arguments: &PerfArguments) -> Option<Images> {
    let more = &arguments.more;
    let is_meant = more.image_path.is_some()
        || more.image_width.or(more.image_height).is_some()
        || more.image_format.is_some()
        || arguments.dataset.as_deref() == Some("random_vl");
    let count = more.image_num.unwrap_or(usize::from(is_meant));
    let pixel = match more.image_format.as_deref() {
        Some("L") => Pixel::Grey,
        Some("RGBA") => Pixel::Rgba,
        _ => Pixel::Rgb,
    };
    let (width, height) = (more.image_width.unwrap_or(IMAGE_SIDE), more.image_height.unwrap_or(IMAGE_SIDE));
    let source = match &more.image_path {
        Some(path) => ImageSource::Files(path.clone()),
        None => ImageSource::Random(width, height, pixel),
    };
    (count > 0).then_some(Images { count, source })
}

fn turns(arguments: &PerfArguments) -> Result<Option<(usize, usize)>, Failure> {
    let more = &arguments.more;
    let is_named = arguments.dataset.as_deref().is_some_and(|name| name.ends_with("_multi_turn"));
    if !more.multi_turn && !is_named {
        if more.min_turns.or(more.max_turns).is_some() {
            return Err(ArgumentError::new(
                "--min-turns and --max-turns are of conversations, and there is none",
            )
            .with_hint(Some("add `--multi-turn`".into()))
            .into());
        }
        return Ok(None);
    }
    // Who names one of the two only means nothing that contradicts it; and conversations that are recorded have their turns.
    let usual = if is_recorded(arguments) { (1, u32::MAX) } else { (LEAST_TURNS, MOST_TURNS) };
    let least = more.min_turns.unwrap_or(usual.0.min(more.max_turns.unwrap_or(usual.0)));
    let most = more.max_turns.unwrap_or(usual.1.max(least));
    if most < least {
        return Err(ArgumentError::new("--max-turns is less than --min-turns").into());
    }
    Ok(Some((least as usize, most as usize)))
}

/// Whether a file's rows are whole conversations.
fn is_recorded(arguments: &PerfArguments) -> bool {
    let name = arguments.dataset.as_deref().unwrap_or_default();
    name.starts_with("share_gpt") || name == "custom_multi_turn"
}

fn think(text: Option<&str>) -> Result<Think, Failure> {
    let Some(text) = text else { return Ok(Think::Not) };
    Ok(match text.split_once("..") {
        None => Think::Always(time("--think-time", text)?),
        Some((low, high)) => {
            let (low, high) = (time("--think-time", low)?, time("--think-time", high)?);
            if high < low {
                return Err(
                    ArgumentError::new("--think-time: the first time is greater than the second").into()
                );
            }
            Think::Between(low, high)
        }
    })
}

fn sweep(arguments: &PerfArguments) -> Option<Sweep> {
    let to = arguments.more.sweep_to;
    Some(match arguments.more.sweep? {
        MaximizeName::Parallel => Sweep::Parallel { most: to.unwrap_or(SWEEP_PARALLEL) },
        MaximizeName::Rate => Sweep::Rate { steps: to.unwrap_or(SWEEP_RATES) },
    })
}

fn is_trace(arguments: &PerfArguments) -> bool {
    matches!(arguments.dataset.as_deref(), Some("trace" | "workload_trace"))
}

/// A trace is replayed unless another load is asked for.
fn trace_speed(arguments: &PerfArguments) -> Result<Option<f64>, Failure> {
    let is_trace = is_trace(arguments);
    match arguments.more.trace_speed {
        Some(_) if !is_trace => Err(ArgumentError::new("--trace-speed is of a trace, and there is none")
            .with_hint(Some("add `--dataset trace --dataset-path FILE`".into()))
            .into()),
        Some(speed) => Ok(Some(speed)),
        None => Ok((is_trace && arguments.rate.is_empty()).then_some(1.0)),
    }
}

fn collectors(arguments: &PerfArguments) -> Result<Vec<Collector>, Failure> {
    let more = &arguments.more;
    let mut collectors = Vec::new();
    if let Some(url) = &more.otlp_url {
        collectors.push(Collector::Otlp { url: url.clone(), headers: headers(&more.otlp_headers)? });
    }
    if let Some(url) = &more.mlflow_url {
        let token = crate::environment::secret_named("MLFLOW_TRACKING_TOKEN");
        collectors.push(Collector::Mlflow {
            url: url.clone(),
            experiment: more.mlflow_experiment.clone(),
            token,
        });
    }
    Ok(collectors)
}

fn trackers(names: &[String]) -> Vec<Tracker> {
    let tracker = |name: &String| if name == "wandb" { Tracker::Wandb } else { Tracker::Swanlab };
    names.iter().map(tracker).collect()
}
