//! Finds the files of a model folder and reads them.

use super::shards::{InFile, Shards};
use super::weights::FolderWeights;
use super::wished_sampling;
use crate::config::{Json, family, text_part};
use crate::digest::file_name;
use crate::error::{Error, Result, explain};
use crate::gguf::Fault;
use crate::loaded::{Loaded, decoder};
use crate::options::Precision;
use crate::tokenizer::{SmallFiles, Tokenizer, VocabularyFile};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Bytes of a configuration or tokenizer file at most; the largest tokenizers have some 40 MB.
const MAX_SMALL_FILE: u64 = 256 << 20;
const CONFIG: &str = "config.json";
const INDEX: &str = "model.safetensors.index.json";
const WHOLE: &str = "model.safetensors";
const TOKENIZER_JSON: &str = "tokenizer.json";
const TOKENIZER_MODEL: &str = "tokenizer.model";
/// Configurations beside `config.json` that decide answers.
const BESIDE: [&str; 3] = ["tokenizer_config.json", "generation_config.json", "added_tokens.json"];
/// Files of sentence-transformers that decide what a text's vector is.
const OF_VECTORS: [&str; 4] = [
    "modules.json",
    "1_Pooling/config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
];
/// The configuration of an adapter, and how its weights are called.
pub(crate) const ADAPTER: &str = "adapter_config.json";
const ADAPTER_WEIGHTS: &str = "adapter_model";
/// The chat template in a file of its own, as transformers 5 writes it.
const TEMPLATE: &str = "chat_template.jinja";
/// Endings of files that only Python's unpickler reads, and it runs what stands in them.
const PICKLES: [&str; 4] = ["bin", "pt", "pth", "ckpt"];

/// The files of a model folder.
pub(crate) struct FolderFiles {
    folder: PathBuf,
    weights: Vec<PathBuf>,
}

impl FolderFiles {
    /// The files, when the folder holds a configuration; `None` when it does not, or when a GGUF file beside it
    /// brings its own.
    pub(crate) fn find(folder: &Path) -> Result<Option<FolderFiles>> {
        if !folder.join(CONFIG).is_file() {
            return Ok(None);
        }
        let read_error = |source| Error::Read { path: folder.to_owned(), source };
        let (mut weights, mut has_gguf, mut has_pickles) = (Vec::new(), false, false);
        for entry in std::fs::read_dir(folder).map_err(read_error)? {
            let file = entry.map_err(read_error)?.path();
            if file_name(&file).starts_with(ADAPTER_WEIGHTS) {
                continue;
            }
            match file.extension().and_then(|ending| ending.to_str()).unwrap_or_default() {
                "safetensors" => weights.push(file),
                "gguf" => has_gguf = true,
                other => has_pickles |= PICKLES.contains(&other),
            }
        }
        let path = folder.to_owned();
        match (weights.is_empty(), has_gguf, has_pickles) {
            (false, _, _) => Ok(Some(FolderFiles { folder: path, weights: chosen(folder, weights)? })),
            (true, true, _) => Ok(None),
            (true, false, false) if folder.join(ADAPTER).is_file() => Err(Error::Adapter { path }),
            (true, false, true) => Err(Error::Pickle { path }),
            (true, false, false) => Err(Error::NoWeights { path }),
        }
    }

    /// All files that decide answers, in a fixed order.
    pub(crate) fn used(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = [CONFIG, TOKENIZER_JSON, TOKENIZER_MODEL, TEMPLATE]
            .into_iter()
            .chain(BESIDE)
            .chain(OF_VECTORS)
            .map(|name| self.folder.join(name))
            .filter(|path| path.is_file())
            .collect();
        files.extend(self.weights.iter().cloned());
        files
    }

    /// Where the configuration stands.
    pub(crate) fn config_path(&self) -> PathBuf {
        self.folder.join(CONFIG)
    }

    /// Numbers in all tensors.
    pub(crate) fn parameters(&self) -> Result<u64> {
        let shards = self.shards()?;
        let count = |shape: &[usize]| shape.iter().map(|size| *size as u64).product::<u64>();
        Ok(shards.tensors().map(|(_, tensor)| count(&tensor.shape)).sum())
    }

    /// Says that an adapter lies beside the weights.
    fn unused_adapter(&self) -> Option<String> {
        let is_there = self.path(ADAPTER).is_file();
        is_there.then(|| {
            format!("the adapter of `{ADAPTER}` is not taken: the weights are computed as they stand")
        })
    }

    /// The tokenizer of a vocabulary of this size.
    pub(crate) fn tokenizer(
        &self,
        (path, vocabulary): &(PathBuf, VocabularyFile),
        small: &SmallFiles,
        size: usize,
    ) -> Result<Tokenizer> {
        small.ends(size).map_err(|(file, fault)| explain(&self.path(file), fault))?;
        Tokenizer::of_folder(vocabulary, small, size).map_err(|fault| explain(path, fault))
    }

    /// A file of the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What a file of the folder holds, nothing when there is none.
    pub(crate) fn optional(&self, name: &str) -> Result<Map<String, Value>> {
        match self.path(name) {
            path if path.is_file() => object(&path),
            _ => Ok(Map::new()),
        }
    }

    /// The same of a file that holds a list.
    pub(crate) fn optional_list(&self, name: &str) -> Result<Vec<Value>> {
        match self.path(name) {
            path if path.is_file() => parsed(&path, "list"),
            _ => Ok(Vec::new()),
        }
    }

    /// The first architecture that the configuration names.
    pub(crate) fn architecture(&self) -> Result<Option<String>> {
        let path = self.config_path();
        let config = object(&path)?;
        let named = architecture(Json(&config)).map_err(|fault| explain(&path, fault))?;
        Ok(named.map(str::to_owned))
    }

    /// The tensors of all files.
    pub(crate) fn shards(&self) -> Result<Shards> {
        Shards::open(self.weights.clone()).map_err(|(path, fault): InFile| explain(&path, fault))
    }

    pub(crate) fn small(&self) -> Result<SmallFiles> {
        Ok(SmallFiles { generation: self.generation()?, ..self.small_but_generation()? })
    }

    /// `generation_config.json`.
    pub(crate) fn generation(&self) -> Result<Map<String, Value>> {
        self.optional(BESIDE[1])
    }

    /// The small files without that one, which says nothing of what the model is.
    pub(crate) fn small_but_generation(&self) -> Result<SmallFiles> {
        let mut small = SmallFiles {
            config: object(&self.folder.join(CONFIG))?,
            tokenizer: self.optional(BESIDE[0])?,
            generation: Map::new(),
            added: self.optional(BESIDE[2])?,
        };
        let template = self.folder.join(TEMPLATE);
        if template.is_file() {
            let text = String::from_utf8_lossy(&read_small(&template)?).into_owned();
            small.tokenizer.insert("chat_template".into(), Value::String(text));
        }
        Ok(small)
    }

    pub(crate) fn vocabulary(&self) -> Result<(PathBuf, VocabularyFile)> {
        let json = self.folder.join(TOKENIZER_JSON);
        let model = self.folder.join(TOKENIZER_MODEL);
        if json.is_file() {
            let bytes = read_small(&json)?;
            Ok((json, VocabularyFile::Json(bytes)))
        } else if model.is_file() {
            let bytes = read_small(&model)?;
            Ok((model, VocabularyFile::SentencePiece(bytes)))
        } else {
            Err(explain(
                &self.folder,
                Fault::Nonsense(format!("it has neither `{TOKENIZER_JSON}` nor `{TOKENIZER_MODEL}`")),
            ))
        }
    }
}

/// As in transformers `model.safetensors`, and without it the files that the index names; without both all. Some folders hold the same weights once more in their authors' form, or an index of an earlier version.
fn chosen(folder: &Path, mut all: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let whole = folder.join(WHOLE);
    if whole.is_file() {
        return Ok(vec![whole]);
    }
    let index = folder.join(INDEX);
    if index.is_file() {
        let wrong = |reason: &str| explain(&index, Fault::Nonsense(reason.to_owned()));
        let map = object(&index)?;
        let Some(map) = map.get("weight_map").and_then(Value::as_object) else {
            return Err(wrong("it has no `weight_map`"));
        };
        let names: BTreeSet<&str> = map.values().filter_map(Value::as_str).collect();
        if names.is_empty() || names.iter().any(|name| name.contains(['/', '\\']) || name.starts_with('.')) {
            return Err(wrong("its `weight_map` names no files of the folder"));
        }
        return Ok(names.into_iter().map(|name| folder.join(name)).collect());
    }
    all.sort();
    Ok(all)
}

/// Reads all of a model folder.
pub(crate) fn load_folder(files: &FolderFiles, precision: Precision) -> Result<Loaded> {
    let config_path = files.config_path();
    let in_config = |fault| explain(&config_path, fault);
    let small = files.small()?;
    let text_part = text_part(&small.config);
    let json = Json(text_part.as_ref().unwrap_or(&small.config));
    let Some(name) = architecture(json).map_err(in_config)? else {
        return Err(in_config(Fault::Nonsense("`architectures` is missing".into())));
    };
    let Some(family) = family(name) else {
        return Err(Error::Architecture { path: config_path, architecture: name.to_owned() });
    };
    let config = family.read(json).map_err(in_config)?;
    let promised = family.promised(json).map_err(in_config)?;
    let here = |fault| explain(&files.folder, fault);
    let shards = files.shards()?;
    let weights = FolderWeights::new(shards, family.layout(json), &config, &promised).map_err(here)?;
    let size = weights.vocabulary().map_err(here)?;
    let vocabulary = files.vocabulary()?;
    let tokenizer = files.tokenizer(&vocabulary, &small, size)?;
    let unheard = tokenizer.unheard_bos(&vocabulary.1, &small).into_iter();
    let notices =
        unheard.chain(wished_sampling::notice(&small.generation)).chain(files.unused_adapter()).collect();
    let template = small.template();
    let (decoder, noise) = decoder(config, &weights, precision, &tokenizer).map_err(here)?;
    Ok(Loaded { decoder, noise, tokenizer, template, notices })
}

fn architecture(json: Json<'_>) -> Result<Option<&str>, Fault> {
    Ok(json.list("architectures")?.first().and_then(Value::as_str))
}

fn object(path: &Path) -> Result<Map<String, Value>> {
    parsed(path, "object")
}

fn parsed<T: DeserializeOwned>(path: &Path, kind: &str) -> Result<T> {
    let nonsense = |reason: String| explain(path, Fault::Nonsense(reason));
    let value: Value =
        serde_json::from_slice(&read_small(path)?).map_err(|error| nonsense(error.to_string()))?;
    serde_json::from_value(value).map_err(|_| nonsense(format!("it is no JSON {kind}")))
}

fn read_small(path: &Path) -> Result<Vec<u8>> {
    let read_error = |source| Error::Read { path: path.to_owned(), source };
    let length = std::fs::metadata(path).map_err(read_error)?.len();
    if length > MAX_SMALL_FILE {
        return Err(explain(
            path,
            Fault::Nonsense(format!("it has {length} bytes, more than {MAX_SMALL_FILE}")),
        ));
    }
    std::fs::read(path).map_err(read_error)
}
