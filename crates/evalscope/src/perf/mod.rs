//! Load tests: from what a user says to a plan of the load tester, and back.

mod dataset;
mod idle;
mod loads;
mod local;
mod look;
mod loopback;
mod options;
mod stage;
mod trackers;

use crate::argument::ArgumentError;
use crate::environment::Environment;
use crate::error::Error;
use crate::managed::Servers;
use crate::options::{ModelOptions, names_a_user};
use crate::place::unused;
use evalscope_core::Secret;
use evalscope_models::ProviderKind;
use evalscope_perf::output::export::send;
use evalscope_perf::{
    Answers, Api, Custom, Goals, Plan, Prompts, Search, Server, Shape, Slo, SmallPages, Stage, Tested,
    Tokenizer, api_by_name,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use dataset::NAMES as DATASET_NAMES;
pub use evalscope_perf::output::export::{Collector, EXPERIMENT};
pub use evalscope_perf::output::table::{number, overview, spreads, stage as stage_text};
pub use evalscope_perf::{
    API_NAMES, Case, Difference, Event, Found, Knee, PerfSummary, Signals, Snapshot, StageSummary,
};
pub use evalscope_perf::{Http, ImageSource, Images, Pixel, Prefix, Sweep, Think};
pub use loads::{Arrivals, Loads, parse_time};
use local::Local;
pub use look::{compare, selftest};
pub use options::PerfOptions;
pub use trackers::Tracker;

/// What a load test brought.
pub struct PerfResult {
    /// Where its files are.
    pub folder: PathBuf,
    /// The figures.
    pub summary: PerfSummary,
    /// Somebody stopped it.
    pub interrupted: bool,
}

/// Puts load on a server. Blocks until it is over; `observer` is told what happens.
///
/// Must not be called from an async context.
pub fn perf(
    options: &PerfOptions,
    environment: &Environment,
    observer: &dyn Fn(Event),
    signals: &Signals,
) -> Result<PerfResult, Error> {
    if options.api == "local" {
        if options.serve.is_some() {
            let error =
                ArgumentError::new("`--api local` is the embedded engine, and `--serve` starts a server");
            return Err(error.with_hint(Some("take one of the two out".into())).into());
        }
        let served = Local::open(&options.model, environment)?;
        let api = "openai_chat".to_owned();
        let options = PerfOptions { url: served.url.clone(), api, ..options.clone() };
        let mut plan = plan(&options, environment)?;
        plan.server.is_own = true;
        return measured(plan, &options, observer, signals);
    }
    if options.serve.is_some() {
        let mut servers = Servers::saying(environment, |text| observer(Event::Notice(text)), &signals.stop);
        let options = served(options, &mut servers)?;
        let result = lean(&options, &without_keys(environment), observer, signals);
        servers.say_what_happened();
        return result;
    }
    lean(options, environment, observer, signals)
}

/// Measures in little memory: not for an engine in this process, whose weights are what large pages are for.
fn lean(
    options: &PerfOptions,
    environment: &Environment,
    observer: &dyn Fn(Event),
    signals: &Signals,
) -> Result<PerfResult, Error> {
    let _small = SmallPages::ask();
    measured(plan(options, environment)?, options, observer, signals)
}

fn measured(
    plan: Plan,
    options: &PerfOptions,
    observer: &dyn Fn(Event),
    signals: &Signals,
) -> Result<PerfResult, Error> {
    idle::note(options).into_iter().for_each(|note| observer(Event::Notice(note)));
    let Tested { summary, interrupted } = evalscope_perf::run(&plan, observer, signals)?;
    let result = PerfResult { folder: plan.folder, summary, interrupted };
    // The figures are written; who collects them too may be missing.
    for collector in &options.collectors {
        if let Err(error) = send(collector, &result.summary, plan.server.certificates.as_deref()) {
            observer(Event::Notice(error.to_string()));
        }
    }
    for tracker in &options.trackers {
        if let Err(reason) = trackers::log(*tracker, &result.folder, &result.summary) {
            observer(Event::Notice(reason));
        }
    }
    Ok(result)
}

/// The options with the address of the server, which is started.
fn served(options: &PerfOptions, servers: &mut Servers<'_>) -> Result<PerfOptions, Error> {
    let mut given = ModelOptions {
        model: Some(options.model.clone()),
        api_key: options.api_key.clone(),
        serve: options.serve.clone(),
        ..ModelOptions::default()
    };
    servers.hide_keys(options.api_key.iter());
    servers.start(&mut given, first_question(&options.api))?;
    let url = given.endpoints.first().map(|address| address.url.clone()).unwrap_or_default();
    let (model, name) = (given.model.unwrap_or_default(), options.name.clone().or(given.id));
    Ok(PerfOptions { url, model, name, serve: None, ..options.clone() })
}

/// In which protocol a server of this API is asked for a first token; none of one that need not write.
fn first_question(api: &str) -> Option<ProviderKind> {
    match api {
        "openai_completions" => Some(ProviderKind::OpenaiCompletions),
        "openai" | "openai_chat" | "openai_responses" | "anthropic" => Some(ProviderKind::OpenaiChat),
        _ => None,
    }
}

/// The surroundings without keys of endpoints: a server of our own asks for none.
fn without_keys(environment: &Environment) -> Environment {
    Environment {
        api_key: None,
        openai_api_key: None,
        anthropic_api_key: None,
        gemini_api_key: None,
        ..environment.clone()
    }
}

fn plan(options: &PerfOptions, environment: &Environment) -> Result<Plan, Error> {
    idle::refuse(options)?;
    options.collectors.iter().try_for_each(Collector::check)?;
    let tokenizer = options.tokenizer_path.as_deref().map(Tokenizer::open).transpose()?;
    let goals = goals(&options.goodput)?;
    let stages = options.loads.stages()?;
    let search = search(options, &stages)?;
    let api = api(options)?;
    let needs_streams = search.as_ref().is_some_and(|search| search.slo.needs_streams())
        || goals.as_ref().is_some_and(Goals::need_streams);
    idle::refuse_for(&*api, options, needs_streams)?;
    let (name, dataset) = dataset::open(options, environment)?;
    Ok(Plan {
        server: Server {
            url: options.url.clone(),
            api,
            http: options.http,
            certificates: options.certificates.clone(),
            model: options.model.clone(),
            key: key(options, environment),
            headers: options.headers.clone(),
            connect_timeout: options.connect_timeout,
            read_timeout: options.read_timeout,
            total_timeout: options.total_timeout,
            check: options.check,
            is_own: false,
        },
        prompts: Prompts {
            dataset,
            name,
            min_length: options.min_prompt_length,
            max_length: options.max_prompt_length,
            prefix: options.prefix,
            bust_cache: options.bust_cache,
            images: options.images.clone(),
            turns: options.turns,
            think: options.think,
            offset: options.dataset_offset,
            tokenizer,
        },
        answers: Answers {
            stream: options.stream,
            max_tokens: Some(max_tokens(&options.max_tokens)?),
            parameters: options.parameters.clone(),
        },
        stages,
        search,
        sweep: options.sweep,
        metrics: metrics(options),
        repeat: options.repeat,
        rest: options.rest,
        goals,
        seed: options.seed,
        folder: folder(options),
    })
}

/// Where the server's figures are: a path alone is a page of the server under load, whose port is not known beforehand when
/// it is started for the test.
fn metrics(options: &PerfOptions) -> Vec<String> {
    let origin = origin(&options.url);
    let whole = |address: &String| match address.starts_with('/') {
        true => format!("{origin}{address}"),
        false => address.clone(),
    };
    options.metrics.iter().map(whole).collect()
}

/// An address without path and query.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + "://".len());
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    &url[..end]
}

/// The key that is given; one that only the environment has where the address says nothing of who asks.
fn key(options: &PerfOptions, environment: &Environment) -> Option<Secret> {
    let has_user = names_a_user(&options.url);
    let of_environment = || environment.api_key.clone().or_else(|| environment.openai_api_key.clone());
    options.api_key.clone().or_else(|| of_environment().filter(|_| !has_user))
}

/// What a request must keep to count as good.
fn goals(texts: &[String]) -> Result<Option<Goals>, ArgumentError> {
    let goals = (!texts.is_empty()).then(|| Goals::parse(texts)).transpose();
    goals.map_err(|error| ArgumentError::new(format!("--goodput: {error}")))
}

/// The API of this name, or the one that a file describes.
fn api(options: &PerfOptions) -> Result<Arc<dyn Api>, Error> {
    let name = &options.api;
    if let Some(api) = api_by_name(name, &options.url) {
        return Ok(api);
    }
    let path = Path::new(name);
    if !path.is_file() {
        let mut hint = format!("take one of {}", API_NAMES.join(", "));
        hint.push_str(", or a YAML file that describes one");
        return Err(ArgumentError::new(format!("there is no API `{name}`")).with_hint(Some(hint)).into());
    }
    let text =
        std::fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    let described: Custom = serde_saphyr::from_str(&text).map_err(|error| {
        ArgumentError::new(format!("{name} describes no API: {error}"))
            .with_hint(Some("docs/guides/perf.md shows one".into()))
    })?;
    Ok(Arc::new(described))
}

/// Tokens of an answer at most when nobody says a number.
const MAX_TOKENS: u64 = 2048;
/// The greatest load that a search tries when nobody says one.
const MOST_LOAD: f64 = 65_536.0;

fn search(options: &PerfOptions, stages: &[Stage]) -> Result<Option<Search>, ArgumentError> {
    let Some(text) = &options.slo else { return Ok(None) };
    let slo = Slo::parse(text).map_err(|error| ArgumentError::new(format!("--slo: {error}")))?;
    let [stage] = stages else {
        return Err(ArgumentError::new("--slo searches one load, and several are given")
            .with_hint(Some("give one `--parallel` or `--rate`: the load to begin with".into())));
    };
    let least = match stage.shape {
        Shape::Closed { parallel, .. } => f64::from(parallel),
        Shape::Open { rate, .. } => rate.rate,
        Shape::Replay { speed, .. } => speed,
    };
    let most = options.slo_upper_bound.unwrap_or(MOST_LOAD);
    if most < least {
        return Err(ArgumentError::new("--slo-upper-bound is less than the load to begin with"));
    }
    Ok(Some(Search { slo, least, most }))
}

fn max_tokens(given: &[u64]) -> Result<(u64, u64), ArgumentError> {
    match given {
        [] => Ok((MAX_TOKENS, MAX_TOKENS)),
        [one] => Ok((*one, *one)),
        [low, high] if low <= high => Ok((*low, *high)),
        _ => {
            Err(ArgumentError::new("--max-tokens takes one number, or two of which the first is not greater"))
        }
    }
}

/// `outputs/20261128_210000/model`, made unlike any that is there.
fn folder(options: &PerfOptions) -> PathBuf {
    let name = options.name.as_deref().unwrap_or(&options.model);
    let name: String =
        name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    let name = if name.trim_matches('.').is_empty() { "model".to_owned() } else { name };
    let parent = options.timestamp.iter().fold(options.outputs_dir.clone(), |folder, name| folder.join(name));
    unused(&parent, &name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_page_of_the_server_under_load() {
        let asked = |url: &str, address: &str| {
            let (url, metrics) = (url.to_owned(), vec![address.to_owned()]);
            super::metrics(&PerfOptions { url, metrics, ..PerfOptions::default() }).remove(0)
        };
        assert_eq!(asked("http://127.0.0.1:8000/v1", "/metrics"), "http://127.0.0.1:8000/metrics");
        assert_eq!(asked("https://a.example?x=1", "/a/metrics"), "https://a.example/a/metrics");
        assert_eq!(asked("127.0.0.1:8000", "/metrics"), "127.0.0.1:8000/metrics");
        assert_eq!(asked("http://127.0.0.1:8000/v1", "http://127.0.0.1:9400"), "http://127.0.0.1:9400");
    }

    #[test]
    fn who_is_named_in_an_address_goes_before_a_key_of_the_environment() {
        let environment = Environment { openai_api_key: Some(Secret::new("env")), ..Environment::nowhere() };
        let found = |url: &str, given: Option<&str>| {
            let (url, api_key) = (url.to_owned(), given.map(Secret::new));
            let options = PerfOptions { url, api_key, ..PerfOptions::default() };
            key(&options, &environment).map(|key| key.expose().to_owned())
        };
        assert_eq!(found("http://me:pass@h/v1", None), None);
        assert_eq!(found("http://h/v1/a@b", None).as_deref(), Some("env"));
        assert_eq!(found("http://me:pass@h/v1", Some("own")).as_deref(), Some("own"));
    }
}
