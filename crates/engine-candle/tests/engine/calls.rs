//! Short ways to ask a model.

use evalscope_core::{
    CallFailure, ContinuationScore, GenerateRequest, Generation, Input, LoglikelihoodRequest, Message,
    Sampling,
};
use evalscope_engine_candle::EngineOptions;
use evalscope_model_api::{CallContext, Model};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub fn context() -> CallContext {
    CallContext::with_timeout(Duration::from_secs(600))
}

pub fn open(path: &Path, change: impl FnOnce(&mut EngineOptions)) -> Arc<dyn Model> {
    let mut options = EngineOptions::new(path);
    change(&mut options);
    evalscope_engine_candle::open(options).unwrap()
}

pub fn greedy(max_tokens: u32) -> Sampling {
    Sampling { max_tokens: Some(max_tokens), temperature: Some(0.0), ..Sampling::default() }
}

pub async fn write(model: &dyn Model, text: &str, sampling: Sampling) -> Result<Generation, CallFailure> {
    let request = GenerateRequest::new(Input::Text(text.into()), sampling);
    model.generate(&request, &context()).await
}

pub async fn chat(
    model: &dyn Model,
    messages: &[Message],
    sampling: Sampling,
) -> Result<Generation, CallFailure> {
    let request = GenerateRequest::new(Input::Chat(messages.to_vec()), sampling);
    model.generate(&request, &context()).await
}

pub fn choices(prefix: &[&str], continuations: &[&str]) -> LoglikelihoodRequest {
    LoglikelihoodRequest {
        prefix: prefix.iter().map(|text| (*text).to_owned()).collect(),
        continuations: continuations.iter().map(|text| (*text).to_owned()).collect(),
        tokens: Default::default(),
    }
}

pub async fn score(model: &dyn Model, request: &LoglikelihoodRequest) -> Vec<ContinuationScore> {
    model.loglikelihood(request, &context()).await.unwrap()
}
