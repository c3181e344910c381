//! Models over the stand-in.

use evalscope_core::{GenerateRequest, Input, LoglikelihoodRequest, Sampling};
use evalscope_engine_llama::protocol::Facts;
use evalscope_engine_llama::{Error, LlamaOptions, open};
use evalscope_model_api::{CallContext, Model};
use std::sync::Arc;
use std::time::Duration;

/// A variable that the workers of one test have in their environment, so that they are told from those of others.
pub const MARK: &str = "WORKER_OF_TEST";

/// A folder with a model file that says this, and how it is opened.
pub fn options(file: &str) -> (tempfile::TempDir, LlamaOptions) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, file).unwrap();
    let mut options = LlamaOptions::new(path, env!("CARGO_BIN_EXE_evalscope-llama-stand-in"));
    options.environment = vec![(MARK.into(), folder.path().into())];
    options.workers = Some(1);
    (folder, options)
}

/// A model with these limits.
pub fn with(facts: Facts) -> (tempfile::TempDir, Arc<dyn Model>) {
    let (folder, options) = options(&serde_json::to_string(&facts).unwrap());
    let model = open(options).unwrap();
    (folder, model)
}

/// The stand-in's usual limits.
pub fn facts() -> Facts {
    Facts {
        vocabulary: crate::toy::VOCABULARY,
        context: 64,
        trained_context: 64,
        cells: 256,
        sequences: 16,
        cuts: true,
        bits: 32.0,
        build: "toy".into(),
        missing: Vec::new(),
    }
}

pub fn refused(file: &str) -> Error {
    let (_folder, options) = options(file);
    open(options).err().unwrap()
}

pub fn context() -> CallContext {
    CallContext::with_timeout(Duration::from_secs(60))
}

pub fn scores(prefix: &str, continuations: &[&str]) -> LoglikelihoodRequest {
    LoglikelihoodRequest {
        prefix: vec![prefix.into()],
        continuations: continuations.iter().map(|text| (*text).to_owned()).collect(),
        tokens: Default::default(),
    }
}

pub fn replies(prompt: &str, max_tokens: u32, n: u32) -> GenerateRequest {
    let sampling = Sampling { max_tokens: Some(max_tokens), n: Some(n), ..Sampling::default() };
    GenerateRequest::new(Input::Text(prompt.into()), sampling)
}
