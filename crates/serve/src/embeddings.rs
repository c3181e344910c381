//! `/v1/embeddings`: a vector for each text.

use crate::asked::{Asked, Field};
use crate::fields::{Texts, check_rest};
use crate::refusal::Refusal;
use crate::shared::Shared;
use axum::Json;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::sync::Arc;

/// Texts of a request at most, as in OpenAI's API: each becomes a vector of hundreds of numbers.
const MOST_TEXTS: usize = 2048;

/// What is to become vectors.
struct Inputs(Vec<String>);

impl Field for Inputs {
    const WANTED: &'static str = "a text or a list of texts (token ids are not taken)";

    fn read(value: Value) -> Result<Self, Value> {
        Texts::read(value).map(|Texts(texts)| Inputs(texts))
    }
}

/// How vectors are written.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// As lists of numbers.
    Float,
    /// As the bytes of 32-bit floats, least significant first.
    Base64,
}

impl Field for Form {
    const WANTED: &'static str = "`float` or `base64`";

    fn read(value: Value) -> Result<Self, Value> {
        match value.as_str() {
            Some("float") => Ok(Form::Float),
            Some("base64") => Ok(Form::Base64),
            _ => Err(value),
        }
    }
}

/// Answers a request.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    Asked { mut body, in_flight: _in_flight }: Asked,
) -> Result<Json<Value>, Refusal> {
    let input: Inputs = body.need("input")?;
    let model: Option<String> = body.take("model")?;
    let form = body.take("encoding_format")?.unwrap_or(Form::Float);
    check_rest(&body.rest())?;
    shared.check_model(model.as_deref())?;
    let texts = input.into_texts()?;
    let context = shared.context();
    let _guard = context.cancel.clone().drop_guard();
    let found = shared.seen(shared.served.model.embed(&texts, &context).await)?;
    let one = |(index, vector): (usize, &Vec<f32>)| json!({"object": "embedding", "index": index, "embedding": written(vector, form)});
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
        match self.0.len() {
            0 => wrong("`input` is empty".to_owned()),
            1..=MOST_TEXTS => Ok(self.0),
            count => wrong(format!("`input` has {count} texts, and {MOST_TEXTS} are the most")),
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
