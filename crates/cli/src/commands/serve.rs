//! `evalscope serve`: a model of this machine as an OpenAI-compatible endpoint.

use crate::arguments::{HubName, ServeArguments};
use crate::commands::fetched::with_fetched;
use crate::commands::precision::with_precision;
use crate::environment;
use crate::output::{self, Failure};
use evalscope::{ArgumentError, ModelOptions, Ready, ServeOptions, Signals};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Exit code after Ctrl-C.
const INTERRUPTED: u8 = 130;

/// Serves until it is stopped.
pub fn run(arguments: ServeArguments) -> Result<ExitCode, Failure> {
    let token = match &arguments.token_env {
        None => None,
        Some(name) => Some(environment::secret_named(name).ok_or_else(|| {
            ArgumentError::new(format!("--token-env: the environment has no `{name}`"))
                .with_hint(Some(format!("set it: `export {name}=…`")))
        })?),
    };
    let mut model = ModelOptions {
        model: arguments.model,
        id: arguments.model_id,
        args: match &arguments.model_args {
            Some(text) => evalscope::key_values::parse("--model-args", text)?,
            None => Default::default(),
        },
        chat_template: arguments.chat_template,
        ..ModelOptions::default()
    };
    with_precision(&mut model, arguments.precision.as_deref())?;
    let options = ServeOptions {
        host: arguments.host,
        port: arguments.port,
        token,
        hub: arguments.hub.map(HubName::hub),
    };
    let signals = Signals::default();
    let begun = Arc::new(AtomicBool::new(false));
    listen_to_ctrl_c(&signals, &begun);
    let stop = signals.stop.clone();
    with_fetched(&model, options.hub, &environment::read(false), |environment| {
        evalscope::serve(&model, options.clone(), environment, stop.clone(), |ready| {
            begun.store(true, Ordering::SeqCst);
            announce(ready);
        })
    })?;
    Ok(ExitCode::from(INTERRUPTED))
}

fn announce(ready: &Ready) {
    let (name, url) = (&ready.name, format!("http://{}/v1", ready.address));
    let ask = match ready.gives_vectors {
        true => format!("evalscope perf --model {name} --api openai_embedding --url {url}/embeddings"),
        false => format!("evalscope eval --model {name} --api-url {url} --limit 20"),
    };
    ready.notices.iter().for_each(|notice| output::note(&format!("note: {name}: {notice}")));
    output::note(&format!("{name} is served at {url} (Ctrl-C ends it)\nask it: {ask}"));
}

/// The first Ctrl-C lets the requests in flight be answered, the second ends them. Until the model is loaded there are none.
fn listen_to_ctrl_c(signals: &Signals, begun: &Arc<AtomicBool>) {
    let (stop, begun) = (signals.stop.clone(), Arc::clone(begun));
    let handler = move || {
        if stop.is_cancelled() || !begun.load(Ordering::SeqCst) {
            output::end_now(INTERRUPTED);
        }
        stop.cancel();
        output::note("stopping after the requests in flight; Ctrl-C again stops at once");
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        output::note(&format!("note: Ctrl-C will end at once: {error}"));
    }
}
