//! OpenAI's chat completions.

use crate::api::chunk;
use crate::api::{Api, Piece, Prompt, Unreadable, messages};
use serde_json::{Map, Value};

/// `POST /chat/completions`.
#[derive(Debug)]
pub struct Chat;

impl Api for Chat {
    fn name(&self) -> &'static str {
        "openai_chat"
    }

    fn call(&self) -> &'static str {
        "/chat/completions"
    }

    fn body(&self, prompt: &Prompt) -> Map<String, Value> {
        Map::from_iter([("messages".to_owned(), Value::Array(messages(prompt)))])
    }

    fn read_event(&self, data: &[u8], text: Option<&mut String>) -> Result<Piece, Unreadable> {
        chunk::read(data, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Turn;
    use serde_json::json;

    #[test]
    fn a_text_is_said_by_the_user() {
        let body = Value::Object(Chat.body(&Prompt::Text("hello".into())));
        assert_eq!(body, json!({"messages": [{"role": "user", "content": "hello"}]}));
        let turn = Turn { role: "system".into(), content: "be brief".into() };
        let body = Value::Object(Chat.body(&Prompt::Messages(vec![turn])));
        assert_eq!(body, json!({"messages": [{"role": "system", "content": "be brief"}]}));
    }
}
