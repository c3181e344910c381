//! `/v1/embeddings`: a vector for each text.

use crate::fields::OneOrMany;
use crate::refusal::Refusal;
use crate::shared::{Shared, body};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Texts of a request at most, as in OpenAI's API: each becomes a vector of hundreds of numbers.
const MOST_TEXTS: usize = 2048;

/// A request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmbeddingRequest {
    input: OneOrMany,
    model: Option<String>,
    #[serde(default)]
    encoding_format: Form,
    /// Who asks; it changes nothing.
    #[serde(rename = "user")]
    _user: Option<String>,
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
    let EmbeddingRequest { input, model, encoding_format, .. } = body(request)?;
    shared.check_model(model.as_deref())?;
    let texts = match input {
        OneOrMany::One(text) => vec![text],
        OneOrMany::Many(texts) if texts.is_empty() => return Err(Refusal::bad_request("`input` is empty")),
        OneOrMany::Many(texts) if texts.len() > MOST_TEXTS => {
            let message = format!("`input` has {} texts, and {MOST_TEXTS} are the most", texts.len());
            return Err(Refusal::bad_request(message));
        }
        OneOrMany::Many(texts) => texts,
    };
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

fn written(vector: &[f32], form: Form) -> Value {
    match form {
        Form::Float => json!(vector),
        Form::Base64 => {
            json!(STANDARD.encode(vector.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()))
        }
    }
}
