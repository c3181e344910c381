//! `evalscope serve`: a model of this machine as an OpenAI-compatible endpoint.

use crate::arguments::ServeArguments;
use crate::commands::hub;
use crate::environment;
use crate::output::{self, Failure};
use evalscope::{ArgumentError, ModelOptions, ServeOptions};
use std::process::ExitCode;

/// Serves until it is stopped.
pub fn run(arguments: ServeArguments) -> Result<ExitCode, Failure> {
    let token = match &arguments.token_env {
        None => None,
        Some(name) => Some(environment::secret_named(name).ok_or_else(|| {
            ArgumentError::new(format!("--token-env: the environment has no `{name}`"))
                .with_hint(Some(format!("set it: `export {name}=…`")))
        })?),
    };
    let model = ModelOptions {
        model: arguments.model,
        id: arguments.model_id,
        args: match &arguments.model_args {
            Some(text) => evalscope::key_values::parse("--model-args", text)?,
            None => Default::default(),
        },
        chat_template: arguments.chat_template,
        ..ModelOptions::default()
    };
    let options =
        ServeOptions { host: arguments.host, port: arguments.port, token, hub: hub(arguments.hub, false) };
    evalscope::serve(&model, options, &environment::read(false), |address, name| {
        output::note(&format!(
            "{name} is served at http://{address}/v1 (Ctrl-C ends it)\n\
             ask it: evalscope eval --model {name} --api-url http://{address}/v1 --limit 20"
        ));
    })?;
    Ok(ExitCode::SUCCESS)
}
