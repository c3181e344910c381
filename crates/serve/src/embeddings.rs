//! `/v1/embeddings`: a vector for each text.

use crate::fields::check_rest;
use crate::refusal::Refusal;
use crate::shared::{Shared, body};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Texts of a request at most, as in OpenAI's API: each becomes a vector of hundreds of numbers.
const MOST_TEXTS: usize = 2048;

/// A request.
#[derive(Debug, Deserialize)]
pub(crate) struct EmbeddingRequest {
    input: Inputs,
    model: Option<String>,
    encoding_format: Option<Form>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What is to become vectors.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "`input` is a text or a list of texts; token ids are not taken")]
enum Inputs {
    One(String),
    Many(Vec<String>),
}

/// How vectors are written.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    /// As lists of numbers.
    #[default]
    Float,
    /// As the bytes of 32-bit floats, least significant first.
    Base64,
}

/// Answers a request.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    request: Result<Json<EmbeddingRequest>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let EmbeddingRequest { input, model, encoding_format, rest } = body(request)?;
    let encoding_format = encoding_format.unwrap_or_default();
    check_rest(&rest, |_, _| false)?;
    shared.check_model(model.as_deref())?;
    let texts = input.into_texts()?;
    let context = shared.context();
    let _guard = context.cancel.clone().drop_guard();
    let found = shared.seen(shared.served.model.embed(&texts, &context).await)?;
    let one = |(index, vector): (usize, &Vec<f32>)| json!({"object": "embedding", "index": index, "embedding": written(vector, encoding_format)});
    Ok(Json(json!({
        "object": "list",
        "model": shared.served.name,
        "data": found.vectors.iter().enumerate().map(one).collect::<Vec<_>>(),
        "usage": {"prompt_tokens": found.tokens, "total_tokens": found.tokens},
    })))
}

impl Inputs {
    fn into_texts(self) -> Result<Vec<String>, Refusal> {
        let wrong = |message: String| Err(Refusal::bad_request(message).about("input"));
        match self {
            Inputs::One(text) => Ok(vec![text]),
            Inputs::Many(texts) => match texts.len() {
                0 => wrong("`input` is empty".to_owned()),
                1..=MOST_TEXTS => Ok(texts),
                count => wrong(format!("`input` has {count} texts, and {MOST_TEXTS} are the most")),
            },
        }
    }
}

fn written(vector: &[f32], form: Form) -> Value {
    match form {
        Form::Float => json!(vector),
        Form::Base64 => {
            json!(STANDARD.encode(vector.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()))
        }
    }
}
