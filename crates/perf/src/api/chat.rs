//! OpenAI's chat completions.

use crate::api::chunk;
use crate::api::{Api, Piece, Prompt, Unreadable, messages};
use serde_json::{Map, Value, json};

/// `POST /chat/completions`.
#[derive(Debug)]
pub struct Chat;

/// An image in a message.
fn image(address: &str) -> Value {
    json!({"type": "image_url", "image_url": {"url": address}})
}

impl Api for Chat {
    fn name(&self) -> &str {
        "openai_chat"
    }

    fn call(&self) -> &str {
        "/chat/completions"
    }

    fn body(&self, prompt: &Prompt) -> Map<String, Value> {
        Map::from_iter([("messages".to_owned(), Value::Array(messages(prompt, "text", image)))])
    }

    fn read_event(&self, data: &[u8], text: Option<&mut String>) -> Result<Piece, Unreadable> {
        chunk::read(data, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Turn;

    #[test]
    fn a_text_is_said_by_the_user() {
        let body = Value::Object(Chat.body(&Prompt::Text("hello".into())));
        assert_eq!(body, json!({"messages": [{"role": "user", "content": "hello"}]}));
        let turn = Turn::new("system", "be brief".into());
        let body = Value::Object(Chat.body(&Prompt::Messages(vec![turn])));
        assert_eq!(body, json!({"messages": [{"role": "system", "content": "be brief"}]}));
    }
}
