//! Opens a model file and starts the engine thread.

use crate::compute::{MachineLimits, measure};
use crate::config::{DecoderConfig, is_encoder};
use crate::decoder::GgufWeights;
use crate::encoder;
use crate::error::{Error, Result, explain};
use crate::folder::load_folder;
use crate::gguf::{Fault, Header};
use crate::host::{Hosted, Template, start};
use crate::limits::{check, max_context, thread_pool};
use crate::loaded::{Loaded, decoder};
use crate::options::{EngineOptions, Precision};
use crate::own_backend::OwnBackend;
use crate::schedule::{Backend, Engine, EngineLimits};
use crate::source::{Source, header};
use crate::tokenizer::Tokenizer;
use evalscope_model_api::Model;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Loads a model file and starts the engine.
///
/// The path is a GGUF file, a folder with exactly one, or a folder of safetensors with `config.json`. The engine stops when the model is dropped.
pub fn open(options: EngineOptions) -> Result<Arc<dyn Model>> {
    check(&options)?;
    let source = Source::find(&options.path)?;
    if let Source::Folder(_, files) = &source
        && files.architecture()?.is_some_and(|name| is_encoder(&name))
    {
        return encoder::open(&source, files, &options);
    }
    let path = source.path();
    let pool = thread_pool(options.threads)?;
    let (sha256, loaded) = pool.join(|| source.sha256(), || load_from(&source, options.precision));
    let Loaded { decoder, noise, tokenizer, template, mut notices } = loaded?;
    let max_context = max_context(&options, decoder.config().context)?;
    let mut facts = vec![
        ("engine".to_owned(), format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))),
        ("precision".to_owned(), options.precision.name().to_owned()),
    ];
    facts.extend(noise.map(|noise| ("precision_noise".to_owned(), noise.to_string())));
    let backend = OwnBackend::new(decoder, options.prefix_cache, options.kv_bytes);
    backend.check_room()?;
    notices.extend(options.notices);
    notices.extend(backend.few_keys(max_context));
    let hosted = Hosted {
        sha256: sha256?,
        facts,
        notices,
        template: Template { given: options.chat_template, of_file: template, date: options.template_date },
        max_context,
        max_batch: options.max_batch,
        tokenizer,
        path,
    };
    let limits = EngineLimits { max_batch: options.max_batch, prompt_lookup: options.prompt_lookup };
    hosted.into_model(backend.room(), |tokenizer| {
        Ok(vec![start(Engine::new(backend, tokenizer.clone(), limits), Some(pool))?])
    })
}

/// What the machine could do at most with so many threads, all cores when absent; and how many they are.
pub fn machine_limits(threads: Option<usize>) -> Result<(MachineLimits, usize)> {
    let pool = thread_pool(threads)?;
    Ok((pool.install(measure), pool.current_num_threads()))
}

/// The GGUF file of a path: itself, or the only one of a folder; absent for a folder of safetensors.
pub fn gguf_file(path: &Path) -> Result<Option<PathBuf>> {
    match Source::find(path)? {
        Source::Gguf(path) => Ok(Some(path)),
        Source::Folder(..) => Ok(None),
    }
}

fn load_from(source: &Source, precision: Precision) -> Result<Loaded> {
    match source {
        Source::Gguf(path) => load(path, precision),
        Source::Folder(_, files) => load_folder(files, precision),
    }
}

fn load(path: &Path, precision: Precision) -> Result<Loaded> {
    let fault = |fault| explain(path, fault);
    let Header { metadata, tensors } = header(path)?;
    let Some(family) = metadata.text("general.architecture").map_err(fault)? else {
        return Err(fault(Fault::Nonsense("`general.architecture` is missing".into())));
    };
    let Some(config) = DecoderConfig::of_gguf(family, &metadata).map_err(fault)? else {
        return Err(Error::Architecture { path: path.to_owned(), architecture: family.to_owned() });
    };
    let weights = GgufWeights::new(path.to_owned(), tensors, family, &config);
    let size = weights.vocabulary().map_err(fault)?;
    let tokenizer = Tokenizer::read(&metadata, size).map_err(fault)?;
    let template = metadata.text("tokenizer.chat_template").map_err(fault)?.map(str::to_owned);
    let (decoder, noise) = decoder(config, &weights, precision, &tokenizer).map_err(fault)?;
    Ok(Loaded { decoder, noise, tokenizer, template, notices: Vec::new() })
}
