//! Opens the model that the user means: an endpoint, a file, a catalogue name, a hub id.

use crate::answering;
use crate::argument::ArgumentError;
use crate::catalogue::{self, DEFAULT_MODEL};
use crate::dry_run::DryRunModel;
use crate::endpoint;
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::eval_type::EvalType;
use crate::hub_model::HubModel;
use crate::local_arguments::LocalArguments;
#[cfg(feature = "local")]
use crate::local_engine;
use crate::managed;
use crate::missing;
use crate::open_model::{OpenModel, defaults, model_id, refuse_options_except, user_sampling};
use crate::options::{EvalOptions, ModelOptions, without_credentials};
use crate::pull_command::PullCommand;
#[cfg(feature = "local")]
use evalscope_core::CallFailure;
use evalscope_core::{Kind, suggest};
use evalscope_runner::TokenEstimate;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The embedded engine shares its cores between all samples in flight, so a call may wait long for its turn.
pub(crate) const DEFAULT_LOCAL_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// The hub that is asked where none is named.
const DEFAULT_HUB: Hub = Hub::ModelScope;

/// Opens all models; local ones are fetched and loaded.
pub(crate) fn open_all(options: &EvalOptions, environment: &Environment) -> Result<Vec<OpenModel>, Error> {
    let mut opened: Vec<OpenModel> = Vec::new();
    for given in &options.models {
        let model = open(given, options.model_hub(), environment)?;
        refuse_same_id(&opened, &model)?;
        opened.push(model);
    }
    Ok(opened)
}

/// Opens a model; a local one is fetched and loaded.
pub(crate) fn open(
    given: &ModelOptions,
    hub: Option<Hub>,
    environment: &Environment,
) -> Result<OpenModel, Error> {
    Ok(match given.eval_type() {
        EvalType::Local => open_local(given, hub, environment)?,
        EvalType::Endpoint(provider) => endpoint::open(given, environment, provider)?,
        EvalType::Command => answering::open_command(given)?,
        EvalType::Replay => answering::open_replay(given)?,
    })
}

/// Results are filed by id.
fn refuse_same_id(opened: &[OpenModel], model: &OpenModel) -> Result<(), ArgumentError> {
    if opened.iter().all(|other| other.id != model.id) {
        return Ok(());
    }
    let message = format!("--model: two models would be filed under the name `{}`", model.id);
    let hint = "give each a name of its own: `--model '{\"model\": …, \"model_id\": …}'`, or `model_id` in the file of \
                `--config`";
    Err(ArgumentError::new(message).with_hint(Some(hint.into())))
}

/// What a dry run says of a model; checks the options as far as that needs no connection.
pub(crate) fn described(given: &ModelOptions) -> Result<DryRunModel, Error> {
    let (name, reached) = match given.eval_type() {
        EvalType::Local => {
            refuse_options_of_endpoints(given)?;
            let name = given.model.clone().unwrap_or_else(|| DEFAULT_MODEL.to_owned());
            let engine = match LocalArguments::read(given)?.engine {
                Some("llama") => "llama.cpp",
                _ => "embedded engine",
            };
            (name, engine.to_owned())
        }
        EvalType::Endpoint(_) if given.serve.is_some() => managed::described(given)?,
        EvalType::Endpoint(provider) => {
            let (addresses, name) = endpoint::addresses_and_name(given)?;
            let protocol = evalscope_models::of_kind(provider).name;
            let urls: Vec<String> =
                addresses.iter().map(|address| without_credentials(&address.url)).collect();
            (name, format!("{protocol} endpoint {}", urls.join(", ")))
        }
        EvalType::Command => {
            let command = answering::command_options(given)?;
            (command.model, format!("command {}", command.command.join(" ")))
        }
        EvalType::Replay => {
            let replay = answering::replay_options(given)?;
            (replay.model, format!("replay of {}", replay.path.display()))
        }
    };
    let sampling = user_sampling(given);
    Ok(DryRunModel { name, reached, sampling, tokens: TokenEstimate::default(), cost: None })
}

/// Refuses what only an endpoint can follow. Of `extra_body` the chat template has a use for what is meant for it.
fn refuse_options_of_endpoints(given: &ModelOptions) -> Result<(), ArgumentError> {
    let mut kept = vec!["--chat-template"];
    if given.generation.sampling.extra_body.keys().all(|key| key == "chat_template_kwargs") {
        kept.push("extra_body");
    }
    refuse_options_except(&kept, "the embedded engine", given)
}

#[cfg(feature = "local")]
pub(crate) fn open_local(
    given: &ModelOptions,
    hub: Option<Hub>,
    environment: &Environment,
) -> Result<OpenModel, Error> {
    LocalArguments::read(given)?;
    refuse_options_of_endpoints(given)?;
    let (name, path) = path_of(given, hub, environment)?;
    let model = local_engine::open(given, path, environment)?;
    let sampling = user_sampling(given);
    // Now, and not once for each sample.
    model.check_sampling(&sampling).map_err(refused_sampling)?;
    let defaults = defaults(EvalType::Local);
    let id = given.id.clone().unwrap_or_else(|| model_id(&name));
    let timeout = given.generation.timeout.unwrap_or(DEFAULT_LOCAL_TIMEOUT);
    Ok(OpenModel { id, model, defaults, sampling, timeout, batch_size: given.batch_size, limits: None })
}

#[cfg(feature = "local")]
fn refused_sampling(failure: CallFailure) -> ArgumentError {
    ArgumentError::new(format!("--generation-config: {}", failure.message))
        .with_hint(Some("correct it or leave it out".into()))
}

/// The model's name, and where it lies; one of a hub is fetched, unless the hub is this machine.
#[cfg(feature = "local")]
pub(crate) fn path_of(
    given: &ModelOptions,
    hub: Option<Hub>,
    environment: &Environment,
) -> Result<(String, PathBuf), Error> {
    let name = given.model.clone().unwrap_or_else(|| DEFAULT_MODEL.to_owned());
    let arguments = LocalArguments::read(given)?;
    let named = arguments.hub.or(hub);
    let path = match is_local(&arguments, hub) {
        true => find_file(&name, &arguments, &environment.without_network(), named)
            .map_err(|error| not_here(error, &name))?,
        false => find_file(&name, &arguments, environment, named)?,
    };
    Ok((name, path))
}

/// Whether the hub is this machine.
fn is_local(arguments: &LocalArguments, hub: Option<Hub>) -> bool {
    [arguments.hub, hub].contains(&Some(Hub::Local))
}

/// An error of a model that no hub may be asked for.
#[cfg(feature = "local")]
fn not_here(error: Error, name: &str) -> Error {
    let Error::Missing { source, command } = error else { return error };
    let why = match *source {
        Error::Data(evalscope_data::Error::Partial { what, .. }) => what,
        _ => "it is not on this machine".into(),
    };
    Error::ModelNotFound {
        kind: Kind::Environment,
        model: name.to_owned(),
        reasons: vec![format!("{why}, and `--hub local` asks no hub")],
        hint: Some(format!("fetch it first: `{command}`, or leave `--hub local` out")),
    }
}

/// What `models pull` is told to fetch a model.
#[derive(Debug, PartialEq, Eq)]
pub struct AbsentModel {
    /// Its name.
    pub name: String,
    /// The hub that a hub id comes from.
    pub hub: Hub,
}

/// How a model that is not on this machine is fetched; nothing where nobody may be asked for it.
pub fn absent_model(
    given: &ModelOptions,
    hub: Option<Hub>,
    environment: &Environment,
) -> Result<Option<AbsentModel>, Error> {
    let arguments = LocalArguments::read(given)?;
    if environment.offline || is_local(&arguments, hub) {
        return Ok(None);
    }
    let name = given.model.clone().unwrap_or_else(|| DEFAULT_MODEL.to_owned());
    Ok(Some(AbsentModel {
        name: match catalogue::find(&name) {
            Some(_) => name,
            None => hub_model(&name, &arguments).to_string(),
        },
        hub: arguments.hub.or(hub).unwrap_or(DEFAULT_HUB),
    }))
}

/// Refuses arguments of the embedded engine that would count for nothing.
#[cfg(feature = "local")]
pub(crate) fn refuse_arguments(given: &ModelOptions, unused: &[&str]) -> Result<(), ArgumentError> {
    let is_given = |name: &&&str| given.args.get(**name).is_some_and(|value| !value.is_null());
    match unused.iter().find(is_given) {
        None => Ok(()),
        Some(name) => {
            Err(ArgumentError::new(format!("--model-args: `{name}` has no effect on this command"))
                .with_hint(Some("take it out".into())))
        }
    }
}

#[cfg(not(feature = "local"))]
pub(crate) fn open_local(given: &ModelOptions, _: Option<Hub>, _: &Environment) -> Result<OpenModel, Error> {
    let model = given.model.clone().unwrap_or_else(|| DEFAULT_MODEL.to_owned());
    let reasons = vec!["this build has no embedded engine".to_owned()];
    let hint = Some("build with the feature `local`, or give an endpoint with `--api-url`".to_owned());
    Err(Error::ModelNotFound { kind: Kind::User, model, reasons, hint })
}

fn find_file(
    name: &str,
    arguments: &LocalArguments,
    environment: &Environment,
    hub: Option<Hub>,
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
    if !looks_like_hub_id(name) {
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
    from_hub(&hub_model(name, arguments), hub, environment)
}

/// `org/name`, `org/name@revision`, `org/name/file.gguf`; what begins with a folder that is here is a path with a slip.
fn looks_like_hub_id(name: &str) -> bool {
    let path = name.split('@').next().unwrap_or(name);
    let parts: Vec<&str> = path.split('/').collect();
    let is_file = || path.ends_with(".gguf") && !Path::new(parts[0]).is_dir();
    !name.starts_with(['.', '/']) && (parts.len() == 2 || parts.len() > 2 && is_file())
}

/// The model of the hub that is named. Where none is, the caches of both are looked at before one is asked.
fn from_hub(model: &HubModel, hub: Option<Hub>, environment: &Environment) -> Result<PathBuf, Error> {
    let fetched = |hub, environment: &Environment| {
        let command = || PullCommand::new(model.to_string()).with_hub(hub);
        let fetched = model.fetch(hub, environment);
        fetched.map(|it| it.path).map_err(|error| missing::of_model(error, command(), environment))
    };
    if let Some(hub @ (Hub::ModelScope | Hub::HuggingFace)) = hub {
        return fetched(hub, environment);
    }
    let here = environment.without_network();
    let absent = match fetched(Hub::ModelScope, &here) {
        Err(absent @ Error::Missing { .. }) => absent,
        found => return found,
    };
    match fetched(Hub::HuggingFace, &here) {
        Err(Error::Missing { .. }) if !environment.offline => fetched(DEFAULT_HUB, environment),
        Err(error @ Error::Missing { .. }) => Err(nearer(absent, error, model)),
        found => found,
    }
}

/// Of two caches that lack a model, the error of the one that has a part of it; else one that names both.
fn nearer(of_modelscope: Error, of_huggingface: Error, model: &HubModel) -> Error {
    use evalscope_data::Error::{Offline, Partial};
    let is_part = |error: &Error| match error {
        Error::Missing { source, .. } => matches!(**source, Error::Data(Partial { .. })),
        _ => false,
    };
    match (of_modelscope, of_huggingface) {
        (part, _) | (_, part) if is_part(&part) => part,
        (Error::Missing { command, .. }, _) => {
            let what = format!("{model}, of ModelScope or Hugging Face,");
            Error::Missing { source: Box::new(Error::Data(Offline { what })), command }
        }
        (other, _) => other,
    }
}

fn hub_model(name: &str, arguments: &LocalArguments) -> HubModel {
    let mut model = HubModel::read(name);
    model.id.revision = arguments.revision.clone().or(model.id.revision);
    model.file = arguments.file.clone().or(model.file);
    model
}
