//! OpenAI's older completions: a text goes in, its continuation comes out.

use crate::api::chunk;
use crate::api::{Api, Piece, Prompt, Unreadable};
use serde_json::{Map, Value};

/// `POST /completions`.
#[derive(Debug)]
pub struct Completions;

impl Api for Completions {
    fn name(&self) -> &str {
        "openai_completions"
    }

    fn call(&self) -> &str {
        "/completions"
    }

    fn takes_images(&self) -> bool {
        false
    }

    fn body(&self, prompt: &Prompt) -> Map<String, Value> {
        Map::from_iter([("prompt".to_owned(), Value::String(prompt.text()))])
    }

    fn read_event(&self, data: &[u8], text: Option<&mut String>) -> Result<Piece, Unreadable> {
        chunk::read(data, text)
    }
}
