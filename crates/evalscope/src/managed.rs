//! Servers that are started for a run and end with it.

use crate::argument::ArgumentError;
use crate::catalogue;
use crate::endpoint;
use crate::environment::Environment;
use crate::error::Error;
use crate::eval_type::EvalType;
use crate::first_token;
use crate::managed_server::ManagedServer;
use crate::open_model::model_id;
use crate::options::{EndpointAddress, EvalOptions, ModelOptions};
use evalscope_core::{Event, Secret};
use evalscope_managed::{Server, StartOptions};
use evalscope_models::ProviderKind;
use evalscope_runner::{Observer, Stage};
use std::ffi::OsString;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// Folder of the servers' logs, in our cache.
const LOGS: &str = "servers";
/// Stands for the address of a server that nobody asks.
const NOWHERE: &str = "http://127.0.0.1:1";

/// What a dry run says of a model whose server would be started.
pub(crate) fn described(given: &ModelOptions) -> Result<(String, String), Error> {
    let (serve, name) = checked(given)?;
    Ok((name, format!("{}, started for the run", serve.kind.name)))
}

/// The server that is to be started and the model that it is to load; refuses what it has no use for.
fn checked(given: &ModelOptions) -> Result<(&ManagedServer, String), Error> {
    let wrong = |message: String, hint: &str| ArgumentError::new(message).with_hint(Some(hint.into()));
    let serve = given.serve.as_ref().ok_or_else(|| ArgumentError::new("there is no server to start"))?;
    let EvalType::Endpoint(provider) = given.eval_type() else {
        return Err(wrong("--serve: this `--eval-type` is none of a server".into(), "leave it out").into());
    };
    let speaks = [ProviderKind::OpenaiChat, ProviderKind::OpenaiCompletions, ProviderKind::OpenaiResponses];
    if !speaks.contains(&provider) {
        let hint = "take `openai_api` or `openai_completions`";
        return Err(
            wrong(format!("--serve: {} is asked in OpenAI's protocols", serve.kind.name), hint).into()
        );
    }
    let refused = [("--api-url", !given.endpoints.is_empty()), ("--api-key", given.api_key.is_some())];
    if let Some((name, _)) = refused.iter().find(|(_, is_given)| *is_given) {
        let message = format!("`{name}` is for a server that runs, and `--serve` starts one");
        return Err(wrong(message, "take one of the two out").into());
    }
    endpoint::refuse_idle(given)?;
    serve.kind.check(&serve.arguments)?;
    serve.kind.check_variables(serve.variables.iter().map(|(name, _)| name.as_str()))?;
    let model = given.model.clone();
    let model =
        model.ok_or_else(|| wrong("--serve needs the model to load".into(), "add `--model MODEL`"))?;
    // A server that loads files would look for a hub's repository of this name.
    if serve.kind.takes_file && model.ends_with(".gguf") && !Path::new(&model).exists() {
        let hint = "check the path; a model of the hub is named `org/name` or `org/name:quantisation`";
        return Err(wrong(format!("--serve: there is no file `{model}`"), hint).into());
    }
    Ok((serve, model))
}

/// The servers of a run. They end with it.
pub(crate) struct Servers<'a> {
    environment: &'a Environment,
    say: Box<dyn Fn(String) + 'a>,
    /// Once it is cancelled, no server is waited for.
    stop: CancellationToken,
    /// What each serves, and each.
    running: Vec<(String, Server)>,
    /// Variables that hold keys of other endpoints of the run.
    keys: Vec<OsString>,
}

impl<'a> Servers<'a> {
    /// None yet; `observer` is told of those that start.
    pub fn new(
        environment: &'a Environment,
        observer: &'a Observer,
        stop: &CancellationToken,
    ) -> Servers<'a> {
        Servers::saying(environment, move |message| observer(Event::Notice { message }), stop)
    }

    /// None yet; `say` is told of those that start.
    pub fn saying(
        environment: &'a Environment,
        say: impl Fn(String) + 'a,
        stop: &CancellationToken,
    ) -> Servers<'a> {
        Servers { environment, say: Box::new(say), stop: stop.clone(), running: Vec::new(), keys: Vec::new() }
    }

    /// The options with the addresses of the judges' servers, which are started.
    pub fn for_judges(&mut self, options: &EvalOptions) -> Result<EvalOptions, Error> {
        let mut options = options.clone();
        let stage = options.stage;
        let judges = options.judge.iter().flat_map(|judge| &judge.models);
        self.hide_keys(options.models.iter().chain(judges).filter_map(|given| given.api_key.as_ref()));
        for given in options.judge.iter_mut().flat_map(|judge| &mut judge.models) {
            self.reach(given, stage)?;
        }
        Ok(options)
    }

    /// The options with the addresses of the models' servers, which are started.
    pub fn for_models(&mut self, options: &EvalOptions) -> Result<EvalOptions, Error> {
        let mut options = options.clone();
        for given in &mut options.models {
            self.reach(given, options.stage)?;
        }
        Ok(options)
    }

    /// Tells of servers that ended by themselves, and of those that cut prompts.
    pub fn say_what_happened(&self) {
        self.running.iter().filter_map(|(_, server)| server.ended()).for_each(&self.say);
        for (_, server) in &self.running {
            if let Some((count, variable)) = server.cut_prompts() {
                (self.say)(format!(
                    "{name} cut {count} prompts that were longer than its context and answered all the same: scores of them are \
                     not those of the questions. Give it more: --serve '{variable}=32768 {name}'",
                    name = server.name()
                ));
            }
        }
    }

    /// Keeps the variables that these keys came from out of the surroundings of servers.
    pub fn hide_keys<'k>(&mut self, keys: impl Iterator<Item = &'k Secret>) {
        self.keys.extend(keys.filter_map(|key| key.source()).map(OsString::from));
    }

    /// Starts the model's server, when it is to have one and is to be asked, and notes its address.
    fn reach(&mut self, given: &mut ModelOptions, stage: Stage) -> Result<(), Error> {
        match (&given.serve, stage) {
            (None, _) => Ok(()),
            (Some(_), Stage::All | Stage::Infer) => match given.eval_type() {
                EvalType::Endpoint(provider) => self.start(given, Some(provider)),
                _ => self.start(given, None),
            },
            (Some(_), Stage::Review) => {
                checked(given)?;
                Servers::note(given, NOWHERE);
                Ok(())
            }
        }
    }

    /// Starts the model's server, asks it for a first token in this protocol, and notes its address.
    pub fn start(&mut self, given: &mut ModelOptions, asked: Option<ProviderKind>) -> Result<(), Error> {
        let (serve, model) = checked(given)?;
        let (name, takes_name, patience) = (serve.kind.name, serve.kind.takes_name, serve.patience);
        let key = format!("{:?} {}", serve.program, serve.identity(given.model.as_ref()));
        let known = self.running.iter().position(|(known, _)| *known == key);
        if known.is_none() {
            let server = self.started(serve, model)?;
            self.running.push((key, server));
        }
        let (_, server) = &self.running[known.unwrap_or(self.running.len() - 1)];
        let origin = server.origin();
        Servers::note(given, &origin);
        // A server that takes names has been asked for the only model that it has.
        if let Some(provider) = asked.filter(|_| known.is_none() || !takes_name) {
            let answered = first_token::ask(given, self.environment, provider, (patience, &self.stop))?;
            if self.stop.is_cancelled() {
                return Err(evalscope_managed::Error::Unwanted { server: name }.into());
            }
            server.check(answered, &secrets(self.environment))?;
        }
        if known.is_none() {
            (self.say)(format!("{name} serves at {origin}"));
        }
        Ok(())
    }

    /// Makes the model one that is asked at this address.
    fn note(given: &mut ModelOptions, origin: &str) {
        let model = given.model.clone().unwrap_or_default();
        given.id = given.id.take().or_else(|| Some(model_id(&model)));
        if let Some(serve) = &mut given.serve {
            serve.loaded = Some(model.clone());
            given.model = Some(if serve.kind.takes_name { model_id(&model) } else { model });
        }
        given.endpoints = vec![EndpointAddress { url: format!("{origin}/v1"), weight: 1.0 }];
    }

    /// A server whose health page answers.
    fn started(&self, serve: &ManagedServer, model: String) -> Result<Server, Error> {
        let name = model_id(&model);
        let model = match catalogue::find(&model) {
            Some(entry) if serve.kind.takes_file && !Path::new(&model).exists() => {
                entry.fetch(self.environment)?.display().to_string()
            }
            _ => model,
        };
        let server_name = serve.kind.name;
        let mut options = start_options(serve, self.environment, (model, name));
        options.hidden.extend(self.keys.iter().cloned());
        if let Some(cuts) = &serve.kind.cuts {
            let variable = cuts.variable;
            if !serve.variables.iter().any(|(name, _)| name == variable) {
                (self.say)(format!(
                    "{server_name} cuts prompts that are longer than its context without an error, and may take few tokens; say how \
                     many it is to take: --serve '{variable}=32768 {server_name}'"
                ));
            }
        }
        let on_start =
            |log: &Path| (self.say)(format!("starting {server_name}; its log is {}", log.display()));
        Ok(Server::start(&options, on_start, || !self.stop.is_cancelled())?)
    }
}

/// Texts that must not be shown with a log.
fn secrets(environment: &Environment) -> Vec<Secret> {
    let tokens = [&environment.huggingface_token, &environment.modelscope_token];
    tokens.into_iter().flatten().cloned().collect()
}

/// What a server is started with.
fn start_options(
    serve: &ManagedServer,
    environment: &Environment,
    (model, name): (String, String),
) -> StartOptions {
    StartOptions {
        kind: serve.kind,
        program: serve.program.clone(),
        path: environment.path.clone(),
        model,
        name,
        arguments: serve.arguments.clone(),
        variables: serve.variables.clone(),
        hidden: environment.keys.clone(),
        launcher: environment.launcher.clone(),
        logs: environment.cache.join(LOGS),
        patience: serve.patience,
        secrets: secrets(environment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_refused() {
        let given = |serve: &str| ModelOptions {
            model: Some("m".into()),
            serve: Some(ManagedServer::parse(serve).unwrap()),
            ..ModelOptions::default()
        };
        assert!(checked(&given("vllm")).is_ok());
        assert!(checked(&given("vllm --port 80")).is_err());
        assert!(checked(&given("OLLAMA_HOST=0.0.0.0 ollama")).is_err());
        assert!(checked(&ModelOptions { model: None, ..given("vllm") }).is_err());
        let file = ModelOptions { model: Some("no/such.gguf".into()), ..given("llama-server") };
        assert!(checked(&file).unwrap_err().to_string().contains("no file `no/such.gguf`"));
        let local = ModelOptions { eval_type: Some(EvalType::Local), ..given("vllm") };
        assert!(checked(&local).is_err());
    }
}
