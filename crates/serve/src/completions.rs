//! `/v1/completions`: text that is gone on from, and the log-probabilities of given text.

use crate::answer::{finish_reason, usage};
use crate::fields::Fields;
use crate::refusal::Refusal;
use crate::shared::{Shared, body, created};
use crate::stream::{Shape, streamed};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use evalscope_core::{GenerateRequest, Generation, Input, Usage};
use evalscope_model_api::{Likely, Prompt, ScoredText};
use futures::future::try_join_all;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What OpenAI's API takes when the request does not say.
const DEFAULT_MAX_TOKENS: u32 = 16;
/// Likely tokens beside each token at most.
const MAX_LOGPROBS: usize = 20;

/// A request.
#[derive(Debug, Deserialize)]
pub(crate) struct CompletionRequest {
    prompt: Prompts,
    #[serde(default)]
    echo: bool,
    logprobs: Option<usize>,
    #[serde(flatten)]
    fields: Fields,
}

/// One prompt or several, as text or token ids.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Prompts {
    Text(String),
    Texts(Vec<String>),
    Tokens(Vec<u32>),
    ManyTokens(Vec<Vec<u32>>),
}

impl Prompts {
    fn into_list(self) -> Vec<Prompt> {
        match self {
            Prompts::Text(text) => vec![Prompt::Text(text)],
            Prompts::Texts(texts) => texts.into_iter().map(Prompt::Text).collect(),
            Prompts::Tokens(ids) => vec![Prompt::Tokens(ids)],
            Prompts::ManyTokens(lists) => lists.into_iter().map(Prompt::Tokens).collect(),
        }
    }
}

/// Answers a request.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    request: Result<Json<CompletionRequest>, JsonRejection>,
) -> Result<Response, Refusal> {
    let CompletionRequest { prompt, echo, logprobs, mut fields } = body(request)?;
    fields.check()?;
    shared.check_model(fields.model.as_deref())?;
    fields.max_tokens = fields.max_tokens.or(Some(DEFAULT_MAX_TOKENS));
    let prompts = prompt.into_list();
    if prompts.is_empty() {
        return Err(Refusal::bad_request("`prompt` is empty"));
    }
    match (echo, logprobs) {
        (true, Some(count)) => scored(&shared, prompts, &fields, count).await,
        (false, Some(_)) => Err(Refusal::bad_request(
            "this server gives the log-probabilities of given text: `logprobs` goes with `echo`",
        )),
        (_, None) => written(shared, prompts, &fields, echo).await,
    }
}

/// The texts as they are, with the log-probability of each token; with `max_tokens` 1 also of the likeliest next one.
async fn scored(
    shared: &Shared,
    prompts: Vec<Prompt>,
    fields: &Fields,
    count: usize,
) -> Result<Response, Refusal> {
    let new = fields.max_tokens.unwrap_or(0);
    let greedy = fields.sampling().temperature == Some(0.0);
    if new > 1 || (new == 1 && !greedy) || fields.stream || fields.sampling().n.unwrap_or(1) > 1 {
        return Err(Refusal::bad_request(
            "with `echo` and `logprobs` take `max_tokens` 0, or 1 with `temperature` 0, and neither `stream` nor `n`",
        ));
    }
    if count > MAX_LOGPROBS {
        return Err(Refusal::bad_request(format!("`logprobs` is at most {MAX_LOGPROBS}")));
    }
    let context = shared.context();
    let calls = prompts.iter().map(|prompt| shared.served.model.score_text(prompt, count.max(1), &context));
    let texts = try_join_all(calls).await?;
    let choices: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| choice_of_scores(index, text, new == 1, count))
        .collect();
    let tokens = texts.iter().map(|text| text.tokens.len() as u64).sum();
    let used = Usage::new(tokens, u64::from(new) * texts.len() as u64);
    Ok(Json(envelope(shared, choices, Some(used))).into_response())
}

fn choice_of_scores(index: usize, scored: &ScoredText, has_next: bool, count: usize) -> Value {
    let (mut tokens, mut logprobs, mut top, mut offsets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut text = String::new();
    let mut add = |token: &str, logprob: Option<f64>, likely: &[Likely]| {
        offsets.push(text.chars().count());
        text.push_str(token);
        tokens.push(token.to_owned());
        logprobs.push(logprob);
        let mut map: Map<String, Value> =
            likely.iter().take(count).map(|likely| (likely.text.clone(), json!(likely.logprob))).collect();
        if let Some(logprob) = logprob {
            map.entry(token).or_insert(json!(logprob));
        }
        top.push(logprob.map(|_| map));
    };
    for token in &scored.tokens {
        add(&token.text, token.logprob, &token.likely);
    }
    if let (true, Some(next)) = (has_next, scored.next.first()) {
        add(&next.text, Some(next.logprob), &scored.next);
    }
    json!({
        "index": index, "text": text, "finish_reason": "length",
        "logprobs": {"tokens": tokens, "token_logprobs": logprobs, "top_logprobs": top, "text_offset": offsets},
    })
}

/// Texts that go on.
async fn written(
    shared: Arc<Shared>,
    prompts: Vec<Prompt>,
    fields: &Fields,
    echo: bool,
) -> Result<Response, Refusal> {
    let texts: Option<Vec<String>> = prompts
        .into_iter()
        .map(|prompt| match prompt {
            Prompt::Text(text) => Some(text),
            Prompt::Tokens(_) => None,
        })
        .collect();
    let Some(texts) = texts else {
        return Err(Refusal::bad_request(
            "token ids are scored (`echo` with `logprobs`), not gone on from; send text",
        ));
    };
    let sampling = fields.sampling();
    let request = |text: &str| GenerateRequest::new(Input::Text(text.to_owned()), sampling.clone());
    if fields.stream {
        let [text] = texts.as_slice() else {
            return Err(Refusal::bad_request("a stream carries one reply; send one prompt"));
        };
        if echo {
            return Err(Refusal::bad_request("a stream carries no `echo`"));
        }
        return Ok(streamed(shared, request(text), Shape::Text, fields.wants_usage()).await?.into_response());
    }
    let context = shared.context();
    let requests: Vec<GenerateRequest> = texts.iter().map(|text| request(text)).collect();
    let generations =
        try_join_all(requests.iter().map(|request| shared.served.model.generate(request, &context))).await?;
    let mut used: Option<Usage> = None;
    for usage in generations.iter().filter_map(|generation| generation.usage.as_ref()) {
        used.get_or_insert(Usage::new(0, 0)).add(usage);
    }
    Ok(Json(envelope(&shared, choices(&texts, &generations, echo), used)).into_response())
}

fn choices(texts: &[String], generations: &[Generation], echo: bool) -> Vec<Value> {
    let replies = texts.iter().zip(generations).flat_map(|(text, generation)| {
        generation.completions.iter().map(move |reply| {
            let before = if echo { text.as_str() } else { "" };
            (format!("{before}{}", reply.text), finish_reason(&reply.finish))
        })
    });
    replies
        .enumerate()
        .map(|(index, (text, finish))| json!({"index": index, "text": text, "logprobs": null, "finish_reason": finish}))
        .collect()
}

fn envelope(shared: &Shared, choices: Vec<Value>, used: Option<Usage>) -> Value {
    let created = created();
    json!({
        "id": format!("cmpl-{created}"), "object": "text_completion", "created": created,
        "model": shared.served.name, "choices": choices, "usage": usage(used),
    })
}
