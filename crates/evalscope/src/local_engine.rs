//! Which engine runs a local model: our own, or llama.cpp where our own does not know the file.

use crate::argument::ArgumentError;
use crate::chat_templates;
use crate::environment::Environment;
use crate::error::{Error, HOW_TO_BUILD_LLAMA};
use crate::local_arguments::LocalArguments;
use crate::options::ModelOptions;
use evalscope_engine_candle::{Date, EngineOptions, GivenTemplate, Precision, gguf_file, inspect};
use evalscope_engine_llama::LlamaOptions;
use evalscope_engine_llama::protocol::Mode;
use evalscope_model_api::Model;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Said where 16-bit floats were asked for.
const EXACT_HALF: &str = "`precision`: `float16` is taken as `f32`: weights of 16 bits are kept as 32-bit floats, which hold them exactly, and it is \
                          computed in 32-bit floats";

/// Said of them with llama.cpp.
const UNUSED_HALF: &str =
    "`precision` has no effect here: llama.cpp computes with the weights as the file has them";

/// An engine, and how it is to run a model.
pub(crate) enum Engine {
    Own(EngineOptions),
    Llama(Box<LlamaOptions>),
}

impl Engine {
    /// The engine that the options name; where they name none, llama.cpp for a file of a family that our own does not know.
    pub(crate) fn named(
        given: &ModelOptions,
        path: PathBuf,
        environment: &Environment,
    ) -> Result<Engine, Error> {
        match LocalArguments::read(given)?.engine {
            Some("llama") => Ok(Engine::Llama(Box::new(llama(given, path, environment)?))),
            None if evalscope_engine_llama::BUILT && is_gguf(&path) && is_unknown(&path) => {
                Ok(Engine::Llama(Box::new(llama(given, path, environment)?)))
            }
            _ => Ok(Engine::Own(own(given, path)?)),
        }
    }

    /// Opens the model.
    pub(crate) fn open(self) -> Result<Arc<dyn Model>, Error> {
        match self {
            Engine::Own(options) => Ok(evalscope_engine_candle::open(options)?),
            Engine::Llama(options) => Ok(evalscope_engine_llama::open(*options)?),
        }
    }
}

/// Opens the model with the engine that the options name; without one, with whichever runs it.
pub(crate) fn open(
    given: &ModelOptions,
    path: PathBuf,
    environment: &Environment,
) -> Result<Arc<dyn Model>, Error> {
    let is_free = LocalArguments::read(given)?.engine.is_none();
    match Engine::named(given, path.clone(), environment)?.open() {
        Err(Error::Engine(error)) if is_free && error.is_beyond_the_engine() && is_gguf(&path) => {
            match llama(given, path, environment) {
                Ok(options) => Engine::Llama(Box::new(options)).open(),
                Err(_) if !evalscope_engine_llama::BUILT => Err(Error::NeedsLlama { error }),
                Err(refused) => Err(refused),
            }
        }
        opened => opened,
    }
}

fn is_gguf(path: &Path) -> bool {
    gguf_file(path).is_ok_and(|file| file.is_some())
}

fn is_unknown(path: &Path) -> bool {
    inspect(path).is_ok_and(|seen| seen.refusal.is_some())
}

fn own(given: &ModelOptions, path: PathBuf) -> Result<EngineOptions, Error> {
    let arguments = LocalArguments::read(given)?;
    let mut engine = EngineOptions::new(path);
    engine.precision = precision_of(&arguments);
    engine.threads = arguments.threads;
    engine.max_context = arguments.context;
    engine.chat_template = template(given)?;
    engine.template_date = date_of(&arguments).unwrap_or(engine.template_date);
    engine.max_batch = given.batch_size.unwrap_or(engine.max_batch);
    engine.kv_bytes = arguments.kv_bytes;
    engine.notices.extend(arguments.asks_for_half.then(|| EXACT_HALF.to_owned()));
    Ok(engine)
}

/// The day that chat templates are to see.
pub(crate) fn date_of(arguments: &LocalArguments) -> Option<Date> {
    arguments.template_date.map(|(year, month, day)| Date { year, month, day })
}

/// How our own engine is to keep weights.
fn precision_of(arguments: &LocalArguments) -> Precision {
    let is_named = |precision: &Precision| Some(precision.name()) == arguments.precision;
    Precision::ALL.into_iter().find(is_named).unwrap_or_default()
}

fn llama(given: &ModelOptions, path: PathBuf, environment: &Environment) -> Result<LlamaOptions, Error> {
    let arguments = LocalArguments::read(given)?;
    if !evalscope_engine_llama::BUILT {
        let refused = ArgumentError::new("--model-args: this build has no engine `llama`");
        return Err(refused.with_hint(Some(HOW_TO_BUILD_LLAMA.into())).into());
    }
    arguments.refuse_those_of_own()?;
    let mut engine = LlamaOptions::new(path, environment.launcher.clone());
    engine.environment = environment.devices.clone();
    engine.mode = Mode::ALL.into_iter().find(|mode| Some(mode.name()) == arguments.mode).unwrap_or_default();
    engine.threads = arguments.threads;
    engine.workers = arguments.workers;
    engine.gpu_layers = arguments.gpu_layers;
    engine.max_context = arguments.context;
    engine.chat_template = template(given)?;
    engine.template_date = date_of(&arguments).unwrap_or(engine.template_date);
    engine.max_batch = given.batch_size.unwrap_or(engine.max_batch);
    engine.notices.extend(arguments.asks_for_half.then(|| UNUSED_HALF.to_owned()));
    Ok(engine)
}

fn template(given: &ModelOptions) -> Result<Option<GivenTemplate>, Error> {
    let Some(given) = &given.chat_template else { return Ok(None) };
    let chat_templates::Given { source, stops } = chat_templates::resolve(given)?;
    Ok(Some(GivenTemplate { source, stops }))
}

/// The header of a GGUF file of a family that our own engine does not know.
#[cfg(test)]
pub(crate) fn unknown_file(folder: &Path) -> PathBuf {
    let text = |out: &mut Vec<u8>, text: &str| {
        out.extend((text.len() as u64).to_le_bytes());
        out.extend(text.as_bytes());
    };
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(3u32.to_le_bytes());
    bytes.extend([0u64, 1].map(u64::to_le_bytes).concat());
    text(&mut bytes, "general.architecture");
    bytes.extend(8u32.to_le_bytes());
    text(&mut bytes, "mamba");
    let path = folder.join("unknown.gguf");
    std::fs::write(&path, bytes).unwrap();
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::Diagnose;
    use serde_json::{Value, json};

    fn given(args: Value) -> ModelOptions {
        let args = args.as_object().unwrap().clone().into_iter().collect();
        ModelOptions { args, ..ModelOptions::default() }
    }

    #[test]
    fn a_file_that_our_own_engine_does_not_compute_goes_to_llama_or_says_how() {
        let folder = tempfile::tempdir().unwrap();
        let path = unknown_file(folder.path());
        let opened = |args: Value| open(&given(args), path.clone(), &Environment::nowhere()).err().unwrap();
        let own = opened(json!({"engine": "own"}));
        assert!(matches!(own, Error::Engine(_)), "{own}");
        let free = opened(json!({}));
        match evalscope_engine_llama::BUILT {
            // The environment of tests has no program to start.
            true => {
                assert!(matches!(free, Error::Llama(_)), "{free}");
                let precise = opened(json!({"precision": "q8"}));
                assert!(precise.to_string().contains("`llama` has no `precision`"), "{precise}");
            }
            false => {
                assert!(free.to_string().contains("mamba"), "{free}");
                assert!(free.hint().unwrap().contains("--features llama"));
                let named = opened(json!({"engine": "llama"}));
                assert!(named.hint().unwrap().contains("--features llama"), "{named}");
            }
        }
    }

    #[test]
    fn a_broken_file_is_not_tried_with_another_engine() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("broken.gguf");
        std::fs::write(&path, "GGUF and nothing").unwrap();
        let error = open(&given(json!({})), path, &Environment::nowhere()).err().unwrap();
        assert!(matches!(error, Error::Engine(_)), "{error}");
    }

    #[test]
    fn arguments_reach_the_engine_that_they_are_for() {
        let named = |args: Value| Engine::named(&given(args), "m.gguf".into(), &Environment::nowhere());
        let Ok(Engine::Own(own)) =
            named(json!({"precision": "q8", "threads": 3, "context": 99, "template_date": "2025-01-02"}))
        else {
            unreachable!("our own engine was asked for");
        };
        assert_eq!((own.precision, own.threads, own.max_context), (Precision::Q8, Some(3), Some(99)));
        assert_eq!(own.template_date, Date { year: 2025, month: 1, day: 2 });
        if let Ok(Engine::Llama(llama)) = named(json!({"mode": "fast", "workers": 2, "threads": 4})) {
            assert_eq!((llama.mode, llama.threads_and_workers()), (Mode::Fast, (4, 2)));
        }
    }
}
