//! Opens the model that the user means: an endpoint, a file, a catalogue name, a hub id.

use crate::argument::ArgumentError;
use crate::catalogue::{self, DEFAULT_MODEL};
use crate::chat_templates;
use crate::dry_run::DryRunModel;
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::options::{EvalOptions, EvalType, ModelOptions, without_credentials};
use crate::prepare::store_for;
use evalscope_core::{Kind, Sampling, suggest};
use evalscope_data::RepoId;
use evalscope_model_api::{CallContext, Model};
use evalscope_models::{EndpointOptions, ProviderKind};
use evalscope_runner::RunModel;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Time for one call to an endpoint, retries included, when the user does not say.
pub(crate) const DEFAULT_ENDPOINT_TIMEOUT: Duration = Duration::from_secs(600);
/// The embedded engine shares its cores between all samples in flight, so a call may wait long for its turn.
pub(crate) const DEFAULT_LOCAL_TIMEOUT: Duration = Duration::from_secs(24 * 3600);
/// Tokens at most in a reply of the embedded engine when neither user nor protocol says; EvalScope's number.
const DEFAULT_LOCAL_MAX_TOKENS: u32 = 2048;

/// A model that is open, and how long one call may take.
pub(crate) struct OpenModel {
    pub id: String,
    pub model: Arc<dyn Model>,
    pub defaults: Sampling,
    pub sampling: Sampling,
    pub timeout: Duration,
}

impl OpenModel {
    /// Asks the model what it can do, and makes it ready to run.
    pub async fn probe(
        self,
        batch_size: Option<usize>,
    ) -> Result<(RunModel, evalscope_model_api::Capabilities), Error> {
        let context = CallContext::with_timeout(self.timeout.min(Duration::from_secs(60)));
        let capabilities = self
            .model
            .probe(&context)
            .await
            .map_err(|failure| evalscope_runner::Error::Model { model: self.id.clone(), failure })?;
        Ok(self.ready(capabilities, batch_size))
    }

    /// Makes the model ready without asking it, with what it declares.
    pub fn unprobed(self, batch_size: Option<usize>) -> (RunModel, evalscope_model_api::Capabilities) {
        let capabilities = self.model.capabilities();
        self.ready(capabilities, batch_size)
    }

    fn ready(
        self,
        capabilities: evalscope_model_api::Capabilities,
        batch_size: Option<usize>,
    ) -> (RunModel, evalscope_model_api::Capabilities) {
        let run = RunModel {
            concurrency: batch_size.unwrap_or(capabilities.default_concurrency),
            identity: self.model.identity(),
            id: self.id,
            model: self.model,
            defaults: self.defaults,
            sampling: self.sampling,
        };
        (run, capabilities)
    }
}

/// Which way leads to the model.
pub(crate) fn eval_type(options: &ModelOptions) -> EvalType {
    match (options.eval_type, &options.api_url) {
        (Some(kind), _) => kind,
        (None, None) => EvalType::Local,
        (None, Some(url)) => {
            let path = url.trim_end_matches('/');
            if path.ends_with("/completions") && !path.ends_with("/chat/completions") {
                EvalType::OpenaiCompletions
            } else {
                EvalType::OpenaiChat
            }
        }
    }
}

/// Opens the model; a local one is fetched and loaded.
pub(crate) fn open(options: &EvalOptions, environment: &Environment) -> Result<OpenModel, Error> {
    match eval_type(&options.model) {
        EvalType::Local => open_local(options, environment),
        EvalType::OpenaiChat => open_endpoint(options, environment, ProviderKind::OpenaiChat),
        EvalType::OpenaiCompletions => open_endpoint(options, environment, ProviderKind::OpenaiCompletions),
    }
}

/// What a dry run says of the model; checks the options as far as that needs no connection.
pub(crate) fn described(options: &EvalOptions) -> Result<DryRunModel, Error> {
    let kind = eval_type(&options.model);
    let (name, reached) = match kind {
        EvalType::Local => {
            LocalArguments::read(&options.model)?;
            refuse_endpoint_options(options)?;
            (
                options.model.model.clone().unwrap_or_else(|| DEFAULT_MODEL.to_owned()),
                "embedded engine".to_owned(),
            )
        }
        EvalType::OpenaiChat | EvalType::OpenaiCompletions => {
            let (url, name) = endpoint_of(options)?;
            let path = if kind == EvalType::OpenaiChat { "chat" } else { "completions" };
            (name, format!("{path} endpoint {}", without_credentials(&url)))
        }
    };
    Ok(DryRunModel { name, reached, sampling: user_sampling(options) })
}

/// Address and model name of an endpoint; refuses options that it cannot follow.
fn endpoint_of(options: &EvalOptions) -> Result<(String, String), Error> {
    let given = &options.model;
    let url = given.api_url.clone().ok_or_else(|| {
        ArgumentError::new("this `--eval-type` needs the address of an endpoint")
            .with_hint(Some("add `--api-url http://HOST:PORT/v1`".into()))
    })?;
    let model = given.model.clone().ok_or_else(|| {
        ArgumentError::new("`--api-url` needs the name of the model that is served there").with_hint(Some(
            format!(
                "add `--model NAME`; `curl {}/models` lists the names",
                without_credentials(&url).trim_end_matches('/')
            ),
        ))
    })?;
    if given.chat_template.is_some() {
        return Err(ArgumentError::new(
            "an endpoint lays out chats itself: `--chat-template` has no effect on it",
        )
        .with_hint(Some("set the template where the server is started".into()))
        .into());
    }
    if let Some(name) = given.args.keys().next() {
        return Err(ArgumentError::new(format!("--model-args: an endpoint has no argument `{name}`"))
            .with_hint(Some(
                "send fields to the endpoint with `--generation-config '{\"extra_body\": {…}}'`".into(),
            ))
            .into());
    }
    Ok((url, model))
}

fn open_endpoint(
    options: &EvalOptions,
    environment: &Environment,
    provider: ProviderKind,
) -> Result<OpenModel, Error> {
    let given = &options.model;
    let (url, model) = endpoint_of(options)?;
    let timeout = options.generation.timeout.unwrap_or(DEFAULT_ENDPOINT_TIMEOUT);
    let mut endpoint = EndpointOptions::new(provider, url, model.clone());
    endpoint.key = given.api_key.clone().or_else(|| environment.api_key.clone());
    endpoint.timeout = timeout;
    endpoint.headers = options.generation.extra_headers.clone().into_iter().collect();
    endpoint.stream = options.generation.stream.unwrap_or(false);
    if let Some(interval) = options.generation.retry_interval {
        endpoint.retry_delay = interval;
    }
    if let Some(retries) = options.generation.retries {
        endpoint.retries = retries;
    }
    Ok(OpenModel {
        id: given.id.clone().unwrap_or(model),
        model: evalscope_models::open(endpoint)?,
        defaults: defaults(eval_type(given)),
        sampling: user_sampling(options),
        timeout,
    })
}

/// Sampling when neither user nor protocol says: EvalScope's temperature 0, and for the embedded engine a limit too.
pub(crate) fn defaults(kind: EvalType) -> Sampling {
    let max_tokens = (kind == EvalType::Local).then_some(DEFAULT_LOCAL_MAX_TOKENS);
    Sampling { temperature: Some(0.0), max_tokens, ..Sampling::default() }
}

/// The user's sampling. `n` is taken out: it repeats samples, as in EvalScope.
pub(crate) fn user_sampling(options: &EvalOptions) -> Sampling {
    Sampling { n: None, ..options.generation.sampling.clone() }
}

#[cfg(feature = "local")]
fn open_local(options: &EvalOptions, environment: &Environment) -> Result<OpenModel, Error> {
    let given = &options.model;
    let name = given.model.clone().unwrap_or_else(|| DEFAULT_MODEL.to_owned());
    let arguments = LocalArguments::read(given)?;
    refuse_endpoint_options(options)?;
    let path = find_file(&name, &arguments, environment, options.dataset_hub)?;
    let mut engine = evalscope_engine_candle::EngineOptions::new(path);
    engine.threads = arguments.threads;
    engine.max_context = arguments.context;
    engine.chat_template = given.chat_template.as_deref().map(chat_templates::resolve).transpose()?;
    if let Some(batch) = options.batch_size {
        engine.max_batch = batch;
    }
    let model = evalscope_engine_candle::open(engine)?;
    let defaults = defaults(EvalType::Local);
    let id = given.id.clone().unwrap_or_else(|| model_id(&name));
    let timeout = options.generation.timeout.unwrap_or(DEFAULT_LOCAL_TIMEOUT);
    Ok(OpenModel { id, model, defaults, sampling: user_sampling(options), timeout })
}

#[cfg(not(feature = "local"))]
fn open_local(options: &EvalOptions, _: &Environment) -> Result<OpenModel, Error> {
    let model = options.model.model.clone().unwrap_or_else(|| DEFAULT_MODEL.to_owned());
    let reasons = vec!["this build has no embedded engine".to_owned()];
    let hint = Some("build with the feature `local`, or give an endpoint with `--api-url`".to_owned());
    Err(Error::ModelNotFound { kind: Kind::User, model, reasons, hint })
}

/// Refuses options that only an endpoint can follow.
fn refuse_endpoint_options(options: &EvalOptions) -> Result<(), ArgumentError> {
    let generation = &options.generation;
    let named = [
        ("--api-url", options.model.api_url.is_some()),
        ("extra_headers", !generation.extra_headers.is_empty()),
        ("extra_body", !generation.sampling.extra_body.is_empty()),
        ("stream", generation.stream == Some(true)),
        ("retries", generation.retries.is_some()),
        ("retry_interval", generation.retry_interval.is_some()),
    ];
    match named.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((name, _)) => Err(ArgumentError::new(format!("the embedded engine has no use for `{name}`"))
            .with_hint(Some("take it out, or give an endpoint with `--api-url`".into()))),
    }
}

/// A path's last part, a hub id, or a catalogue name, as it is.
fn model_id(name: &str) -> String {
    let path = Path::new(name);
    if path.exists() {
        path.file_stem().map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned())
    } else {
        name.to_owned()
    }
}

/// `--model-args` of the embedded engine.
struct LocalArguments {
    threads: Option<usize>,
    context: Option<usize>,
    revision: Option<String>,
    file: Option<String>,
    hub: Option<Hub>,
}

impl LocalArguments {
    const NAMES: [&str; 7] = ["threads", "context", "revision", "file", "hub", "precision", "device_map"];

    fn read(options: &ModelOptions) -> Result<LocalArguments, ArgumentError> {
        let mut arguments =
            LocalArguments { threads: None, context: None, revision: None, file: None, hub: None };
        for (name, value) in &options.args {
            let wrong = |what: &str| {
                ArgumentError::new(format!("--model-args: `{name}` must be {what}, not `{value}`"))
            };
            let number = || value.as_u64().filter(|number| *number > 0).map(|number| number as usize);
            let text = || value.as_str().map(str::to_owned);
            match name.as_str() {
                _ if value.is_null() => {}
                "threads" => arguments.threads = Some(number().ok_or_else(|| wrong("a number above 0"))?),
                "context" => arguments.context = Some(number().ok_or_else(|| wrong("a number above 0"))?),
                "revision" => arguments.revision = Some(text().ok_or_else(|| wrong("text"))?),
                "file" => arguments.file = Some(text().ok_or_else(|| wrong("a file name"))?),
                "hub" => {
                    arguments.hub = Some(match value.as_str() {
                        Some("modelscope") => Hub::ModelScope,
                        Some("huggingface") => Hub::HuggingFace,
                        _ => return Err(wrong("`modelscope` or `huggingface`")),
                    });
                }
                "precision"
                    if ["f32", "float32", "torch.float32"].contains(&value.as_str().unwrap_or("")) => {}
                "precision" => return Err(wrong("`f32`, the only one that this engine computes in")),
                "device_map" if ["auto", "cpu"].contains(&value.as_str().unwrap_or("")) => {}
                "device_map" => return Err(wrong("`cpu`, the only device of this engine")),
                _ => {
                    return Err(ArgumentError::new(format!("--model-args: unknown name `{name}`"))
                        .with_hint(
                            suggest::nearest(name, Self::NAMES).map(|near| format!("did you mean `{near}`?")),
                        ));
                }
            }
        }
        Ok(arguments)
    }

    /// Refuses what only a hub's repository has a use for; a folder has one for `file`.
    #[cfg(feature = "local")]
    fn refuse_sources(&self, model: &str, is_folder: bool) -> Result<(), ArgumentError> {
        let given = [
            ("file", self.file.is_some() && !is_folder),
            ("revision", self.revision.is_some()),
            ("hub", self.hub.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((name, _)) => {
                Err(ArgumentError::new(format!("--model-args: `{name}` is for hub ids, and {model} is none"))
                    .with_hint(Some("take it out".into())))
            }
        }
    }
}

fn find_file(
    name: &str,
    arguments: &LocalArguments,
    environment: &Environment,
    dataset_hub: Hub,
) -> Result<PathBuf, Error> {
    let path = PathBuf::from(name);
    if path.exists() || catalogue::find(name).is_some() {
        arguments.refuse_sources(name, path.is_dir())?;
    }
    if path.exists() {
        return Ok(match &arguments.file {
            Some(file) if path.is_dir() => path.join(file),
            _ => path,
        });
    }
    if let Some(entry) = catalogue::find(name) {
        return entry.fetch(environment);
    }
    let looks_like_hub_id = name.split('/').count() == 2 && !name.starts_with(['.', '/']);
    if !looks_like_hub_id {
        let known = catalogue::entries().iter().map(|entry| entry.name.as_str());
        return Err(Error::ModelNotFound {
            kind: Kind::User,
            model: name.to_owned(),
            reasons: vec!["it is no file, no folder, no hub id (`org/name`) and not in the catalogue".into()],
            hint: Some(match suggest::nearest(name, known.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the catalogue has: {}", known.collect::<Vec<_>>().join(", ")),
            }),
        });
    }
    let hub = arguments.hub.unwrap_or(match dataset_hub {
        Hub::Local => Hub::ModelScope,
        hub => hub,
    });
    let store = store_for(environment, hub, None)?;
    let repository =
        store.open_model(&RepoId { id: name.to_owned(), revision: arguments.revision.clone() })?;
    Ok(repository.path(&choose_file(name, repository.files(), arguments.file.as_deref())?)?)
}

/// The one GGUF file of a repository, or the one that the user names.
fn choose_file(model: &str, files: &[String], wanted: Option<&str>) -> Result<String, Error> {
    let not_found = |reason: String, hint: Option<String>| Error::ModelNotFound {
        kind: Kind::User,
        model: model.to_owned(),
        reasons: vec![reason],
        hint,
    };
    if let Some(wanted) = wanted {
        return match files.iter().find(|file| *file == wanted) {
            Some(file) => Ok(file.clone()),
            None => Err(not_found(
                format!("the repository has no file `{wanted}`"),
                suggest::nearest(wanted, files.iter().map(String::as_str))
                    .map(|near| format!("did you mean `{near}`?")),
            )),
        };
    }
    let models: Vec<&String> = files.iter().filter(|file| file.ends_with(".gguf")).collect();
    match models.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(not_found(
            "the repository has no GGUF file, which is what the embedded engine reads".into(),
            Some("serve it with another program and give `--api-url`".into()),
        )),
        several => Err(not_found(
            format!("the repository has {} GGUF files", several.len()),
            Some(format!(
                "choose one: `--model-args file={}`",
                several.iter().map(|file| file.as_str()).collect::<Vec<_>>().join("|")
            )),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_model_is_inferred() {
        let with_url = |url: &str| ModelOptions { api_url: Some(url.into()), ..ModelOptions::default() };
        assert_eq!(eval_type(&ModelOptions::default()), EvalType::Local);
        assert_eq!(eval_type(&with_url("http://x/v1")), EvalType::OpenaiChat);
        assert_eq!(eval_type(&with_url("http://x/v1/chat/completions")), EvalType::OpenaiChat);
        assert_eq!(eval_type(&with_url("http://x/v1/completions/")), EvalType::OpenaiCompletions);
    }

    #[test]
    fn the_only_gguf_is_chosen() {
        let files = ["README.md".to_owned(), "a.Q4.gguf".to_owned()];
        assert_eq!(choose_file("m", &files, None).unwrap(), "a.Q4.gguf");
        let two = ["a.gguf".to_owned(), "b.gguf".to_owned()];
        assert!(choose_file("m", &two, None).is_err());
        assert_eq!(choose_file("m", &two, Some("b.gguf")).unwrap(), "b.gguf");
        assert!(choose_file("m", &[], None).is_err());
    }
}
