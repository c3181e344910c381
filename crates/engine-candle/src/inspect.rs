//! What a model's files say of it, without reading its weights.

use crate::config::{DecoderConfig, EncoderConfig, Json, family, is_encoder, text_part};
use crate::decoder::GgufWeights;
use crate::encoder;
use crate::error::{Error, Result, explain};
use crate::folder::FolderFiles;
use crate::gguf::{Fault, Header};
use crate::options::EngineOptions;
use crate::source::{Source, header};
use crate::template::ChatTemplate;
use crate::tokenizer::{MOST_TOKENS, Tokenizer};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What a model's files say of it.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// The file, or the folder.
    pub path: PathBuf,
    /// `gguf` or `safetensors`.
    pub format: &'static str,
    /// Bytes of all files that are read.
    pub bytes: u64,
    /// The family, as the files name it.
    pub architecture: Option<String>,
    /// Numbers in all tensors.
    pub parameters: Option<u64>,
    /// Its shape; absent when the engine does not know the family.
    pub shape: Option<Shape>,
    /// The text that a conversation is made into, Jinja.
    #[serde(skip)]
    pub template: Option<String>,
    /// What its text begins and ends with, for templates.
    pub marks: (Option<String>, Option<String>),
    /// Why the engine does not run it; absent when its family, shape and tokenizer are known. Tensors are not compared: one that is
    /// missing or of another shape is found when the model is opened.
    pub refusal: Option<String>,
}

/// The shape of a model.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Shape {
    /// Tokens that prompt and reply may have together.
    pub context: usize,
    /// Layers.
    pub layers: usize,
    /// Numbers of a token between layers.
    pub width: usize,
    /// Heads of attention.
    pub heads: usize,
    /// Of them, those that are kept.
    pub kv_heads: usize,
}

impl Shape {
    fn of_encoder(config: &EncoderConfig) -> Shape {
        let EncoderConfig { layers, width, heads, .. } = *config;
        Shape { context: config.context(), layers, width, heads, kv_heads: heads }
    }

    fn of(config: &DecoderConfig) -> Shape {
        Shape {
            context: config.context,
            layers: config.layers.len(),
            width: config.width,
            heads: config.heads,
            kv_heads: config.kv_heads,
        }
    }
}

/// Looks at a model: a GGUF file, a folder with exactly one, or a folder of safetensors with `config.json`.
pub fn inspect(path: &Path) -> Result<Inspection> {
    let source = Source::find(path)?;
    let (mut seen, ended) = match &source {
        Source::Gguf(path) => of_gguf(path, &header(path)?),
        Source::Folder(path, files) => of_folder(path, files),
    };
    let ended = ended.and_then(|()| check_template(&seen));
    seen.refusal = ended.err().map(|error| error.to_string());
    Ok(seen)
}

/// A template that cannot be read ends a run before it begins.
fn check_template(seen: &Inspection) -> Result<()> {
    let Some(source) = &seen.template else { return Ok(()) };
    let day = EngineOptions::new(&seen.path).template_date;
    let parsed = ChatTemplate::parse(source, seen.marks.clone(), day);
    let origin = || seen.path.display().to_string();
    parsed.map(|_| ()).map_err(|reason| Error::Template { origin: origin(), reason })
}

fn nothing(path: &Path, format: &'static str, bytes: u64) -> Inspection {
    Inspection {
        path: path.to_owned(),
        format,
        bytes,
        architecture: None,
        parameters: None,
        shape: None,
        template: None,
        marks: (None, None),
        refusal: None,
    }
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn of_gguf(path: &Path, header: &Header) -> (Inspection, Result<()>) {
    let mut seen = nothing(path, "gguf", length(path));
    seen.parameters = Some(header.tensors.values().map(|tensor| tensor.elements()).sum());
    let ended = fill_from_gguf(path, header, &mut seen);
    (seen, ended)
}

fn fill_from_gguf(path: &Path, header: &Header, seen: &mut Inspection) -> Result<()> {
    let fault = |fault| explain(path, fault);
    let metadata = &header.metadata;
    let name = metadata.text("general.architecture").map_err(fault)?.unwrap_or_default().to_owned();
    seen.template = metadata.text("tokenizer.chat_template").map_err(fault)?.map(str::to_owned);
    seen.architecture = Some(name.clone());
    let weights = GgufWeights::plain(path.to_owned(), header.tensors.clone());
    let tokenizer = weights.vocabulary().and_then(|size| Tokenizer::read(metadata, size));
    if let Ok(tokenizer) = &tokenizer {
        seen.marks = (tokenizer.bos_text(), tokenizer.eos_text());
    }
    let Some(config) = DecoderConfig::of_gguf(&name, metadata).map_err(fault)? else {
        return Err(Error::Architecture { path: path.to_owned(), architecture: name });
    };
    seen.shape = Some(Shape::of(&config));
    tokenizer.map(|_| ()).map_err(fault)
}

fn of_folder(path: &Path, files: &FolderFiles) -> (Inspection, Result<()>) {
    let mut seen = nothing(path, "safetensors", files.used().iter().map(|file| length(file)).sum());
    let ended = fill_from_folder(files, &mut seen);
    (seen, ended)
}

fn fill_from_folder(files: &FolderFiles, seen: &mut Inspection) -> Result<()> {
    let mut small = files.small_but_generation()?;
    seen.template = small.template();
    let path = files.config_path();
    let in_config = |fault| explain(&path, fault);
    let text_part = text_part(&small.config);
    let json = Json(text_part.as_ref().unwrap_or(&small.config));
    let name = json.list("architectures").map_err(in_config)?.first();
    let name = name.and_then(serde_json::Value::as_str).map(str::to_owned);
    let model_type = small.config.get("model_type").and_then(serde_json::Value::as_str);
    seen.architecture = name.clone().or_else(|| model_type.map(str::to_owned));
    seen.parameters = Some(files.parameters()?);
    let Some(name) = name else {
        return Err(in_config(Fault::Nonsense("`architectures` is missing".into())));
    };
    small.generation = files.generation()?;
    if is_encoder(&name) {
        let config = EncoderConfig::read(json, &name).map_err(in_config)?;
        seen.shape = Some(Shape::of_encoder(&config));
        return encoder::tokenizer(files).map(|_| ());
    }
    let size = json.count(&["vocab_size", "padded_vocab_size"], MOST_TOKENS).map_err(in_config)?;
    let unknown = || Error::Architecture { path: path.clone(), architecture: name.clone() };
    let family = family(&name);
    // Of a model that is not known, the tokenizer may have another form too, and is no reason.
    let vocabulary = match (files.vocabulary(), family) {
        (Err(_), None) => return Err(unknown()),
        (vocabulary, _) => vocabulary?,
    };
    let size = size.map_or_else(|| vocabulary.1.size(&small), Ok);
    let size = size.map_err(|fault| explain(&vocabulary.0, fault));
    let tokenizer = size.and_then(|size| files.tokenizer(&vocabulary, &small, size));
    if let Ok(tokenizer) = &tokenizer {
        seen.marks = (tokenizer.bos_text(), tokenizer.eos_text());
    }
    let Some(family) = family else { return Err(unknown()) };
    seen.shape = Some(Shape::of(&family.read(json).map_err(in_config)?));
    tokenizer.map(|_| ())
}
