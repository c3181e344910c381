//! Opens a model file and starts the engine thread.

use crate::compute::{MachineLimits, measure};
use crate::config::DecoderConfig;
use crate::decoder::GgufWeights;
use crate::digest::{file_name, hex, sha256};
use crate::error::{Error, Result, explain};
use crate::folder::{FolderFiles, load_folder};
use crate::gguf::{Fault, Header, HeaderFault, read_header};
use crate::host::{Hosted, Template, start};
use crate::loaded::{Loaded, decoder};
use crate::options::{EngineOptions, Precision};
use crate::own_backend::OwnBackend;
use crate::schedule::{Engine, EngineLimits};
use crate::tokenizer::Tokenizer;
use evalscope_model_api::Model;
use rayon::{ThreadPool, ThreadPoolBuilder};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Threads at most; more only hides a broken number.
const MAX_THREADS: usize = 1024;

/// Loads a model file and starts the engine.
///
/// The path is a GGUF file, a folder with exactly one, or a folder of safetensors with `config.json`. The engine stops when the model is dropped.
pub fn open(options: EngineOptions) -> Result<Arc<dyn Model>> {
    check(&options)?;
    let source = Source::find(&options.path)?;
    let path = source.path();
    let pool = thread_pool(options.threads)?;
    let (sha256, loaded) = pool.join(|| source.sha256(), || source.load(options.precision));
    let Loaded { decoder, noise, tokenizer, template } = loaded?;
    let max_context = max_context(&options, decoder.config().context)?;
    let mut facts = vec![
        ("engine".to_owned(), format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))),
        ("precision".to_owned(), options.precision.name().to_owned()),
    ];
    facts.extend(noise.map(|noise| ("precision_noise".to_owned(), noise.to_string())));
    let hosted = Hosted {
        sha256: sha256?,
        facts,
        notices: Vec::new(),
        template: Template { given: options.chat_template, of_file: template, date: options.template_date },
        max_context,
        max_batch: options.max_batch,
        tokenizer,
        path,
    };
    let limits = EngineLimits { max_batch: options.max_batch, prompt_lookup: options.prompt_lookup };
    hosted.into_model(|tokenizer| {
        let backend = OwnBackend::new(decoder, options.prefix_cache);
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

/// Where a model stands.
pub(crate) enum Source {
    /// A GGUF file.
    Gguf(PathBuf),
    /// A folder of safetensors.
    Folder(PathBuf, FolderFiles),
}

impl Source {
    pub(crate) fn find(path: &Path) -> Result<Source> {
        match FolderFiles::find(path)? {
            Some(files) => Ok(Source::Folder(path.to_owned(), files)),
            None => Ok(Source::Gguf(find_file(path)?)),
        }
    }

    fn path(&self) -> PathBuf {
        match self {
            Source::Gguf(path) | Source::Folder(path, _) => path.clone(),
        }
    }

    fn load(&self, precision: Precision) -> Result<Loaded> {
        match self {
            Source::Gguf(path) => load(path, precision),
            Source::Folder(_, files) => load_folder(files, precision),
        }
    }

    /// The digest of the file, or of the digests of all files with their names.
    fn sha256(&self) -> Result<String> {
        let files = match self {
            Source::Gguf(path) => return sha256(path),
            Source::Folder(_, files) => files.used(),
        };
        let mut hasher = Sha256::new();
        for file in files {
            hasher.update(format!("{}  {}\n", sha256(&file)?, file_name(&file)));
        }
        Ok(hex(&hasher.finalize()))
    }
}

fn check(options: &EngineOptions) -> Result<()> {
    if options.max_batch == 0 {
        return Err(Error::Option { name: "max_batch", reason: "it cannot be 0".into() });
    }
    match options.threads {
        Some(threads) if !(1..=MAX_THREADS).contains(&threads) => {
            Err(Error::Option { name: "threads", reason: format!("it cannot be {threads}") })
        }
        _ => Ok(()),
    }
}

/// The file itself, or the one GGUF file of a folder.
fn find_file(path: &Path) -> Result<PathBuf> {
    let read_error = |source| Error::Read { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(read_error)?.is_dir() {
        return Ok(path.to_owned());
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(read_error)? {
        let file = entry.map_err(read_error)?.path();
        if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf")) {
            found.push(file);
        }
    }
    found.sort();
    match found.as_slice() {
        [only] => Ok(only.clone()),
        _ => {
            let names = found.iter().map(|file| file_name(file)).collect();
            Err(Error::NotOneFile { path: path.to_owned(), found: names })
        }
    }
}

fn thread_pool(threads: Option<usize>) -> Result<ThreadPool> {
    ThreadPoolBuilder::new()
        // 0 means as many as the machine has cores.
        .num_threads(threads.unwrap_or(0))
        .thread_name(|index| format!("engine-{index}"))
        .build()
        .map_err(|error| Error::Threads { reason: error.to_string() })
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
    Ok(Loaded { decoder, noise, tokenizer, template })
}

pub(crate) fn header(path: &Path) -> Result<Header> {
    let read_error = |source| Error::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(read_error)?;
    let length = file.metadata().map_err(read_error)?.len();
    read_header(BufReader::new(file), length).map_err(|fault| match fault {
        HeaderFault::NotGguf(reason) => Error::NotGguf { path: path.to_owned(), reason },
        HeaderFault::Broken(fault) => explain(path, fault),
    })
}

fn max_context(options: &EngineOptions, most: usize) -> Result<usize> {
    match options.max_context {
        None => Ok(most),
        Some(wanted) if (1..=most).contains(&wanted) => Ok(wanted),
        Some(wanted) => Err(Error::Option {
            name: "max_context",
            reason: format!("it cannot be {wanted}: the model takes 1 to {most} tokens"),
        }),
    }
}
