//! Opens an encoder.

use super::load::load;
use super::model::{EmbeddingModel, Limits};
use super::settings::Settings;
use crate::config::{EncoderConfig, Json};
use crate::digest::file_name;
use crate::error::{Error, Result, explain};
use crate::folder::FolderFiles;
use crate::limits::{max_context, thread_pool};
use crate::options::{EngineOptions, Precision};
use crate::source::Source;
use crate::tokenizer::{VocabularyFile, whole};
use evalscope_model_api::Model;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokenizers::Tokenizer;

/// Loads the encoder of a folder.
pub(crate) fn open(source: &Source, files: &FolderFiles, options: &EngineOptions) -> Result<Arc<dyn Model>> {
    if options.precision != Precision::F32 {
        let reason = format!("an encoder is computed in f32, not in {}", options.precision.name());
        return Err(Error::Option { name: "precision", reason });
    }
    if options.chat_template.is_some() {
        let reason = "an encoder gives vectors of texts and holds no conversation".to_owned();
        return Err(Error::Option { name: "chat_template", reason });
    }
    if options.kv_bytes.is_some() {
        let reason = "an encoder keeps no keys and values".to_owned();
        return Err(Error::Option { name: "kv_gib", reason });
    }
    let small = files.small()?;
    let in_config = |fault| explain(&files.config_path(), fault);
    let architecture = files.architecture()?.unwrap_or_default();
    let config = EncoderConfig::read(Json(&small.config), &architecture).map_err(in_config)?;
    let settings = Settings::read(files)?;
    let most = settings.longest.map_or(config.context(), |longest| longest.min(config.context()));
    let tokenizer = tokenizer(files)?;
    let limits = Limits { context: max_context(options, most)?, vocabulary: config.vocabulary };
    let pool = thread_pool(options.threads)?;
    let shards = files.shards()?;
    let folder = source.path();
    let (sha256, encoder) = pool.join(|| source.sha256(), || load(&config, &shards));
    let encoder = encoder.map_err(|fault| explain(&folder, fault))?;
    let entry = |name: &str, value: String| (name.to_owned(), value);
    let identity = BTreeMap::from([
        entry("provider", "embedded".into()),
        entry("engine", format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))),
        entry("file", file_name(&folder)),
        entry("sha256", sha256?),
        entry("precision", options.precision.name().into()),
        entry("max_context", limits.context.to_string()),
        entry("pooling", settings.pooling.name()),
        entry("prompt", settings.prompt.clone()),
    ]);
    Ok(Arc::new(EmbeddingModel::new(identity, encoder, tokenizer, settings, limits, pool)))
}

/// The tokenizer of a folder, as its file is.
pub(crate) fn tokenizer(files: &FolderFiles) -> Result<Tokenizer> {
    match files.vocabulary()? {
        (path, VocabularyFile::Json(bytes)) => whole(&bytes).map_err(|fault| explain(&path, fault)),
        (path, VocabularyFile::SentencePiece(_)) => {
            Err(Error::Unsupported { path, what: "an encoder without `tokenizer.json`".into() })
        }
    }
}
