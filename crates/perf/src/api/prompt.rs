//! What a model is asked.

use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// A text.
    Text(String),
    /// A conversation.
    Messages(Vec<Turn>),
    /// A question and the documents that are to be ranked by it.
    Ranking {
        /// The question.
        query: String,
        /// The documents.
        documents: Vec<String>,
    },
    /// A whole body, as a trace recorded it.
    Body(Map<String, Value>),
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who says it.
    pub role: String,
    /// What.
    pub content: String,
    /// Images that go with it, as `data:` addresses.
    pub images: Vec<Arc<str>>,
}

impl Turn {
    /// A message of this role.
    pub fn new(role: &str, content: String) -> Turn {
        Turn { role: role.to_owned(), content, images: Vec::new() }
    }
}

impl Prompt {
    /// Characters of it.
    pub fn characters(&self) -> usize {
        match self {
            Prompt::Text(text) => text.chars().count(),
            Prompt::Messages(turns) => turns.iter().map(|turn| turn.content.chars().count()).sum(),
            Prompt::Ranking { .. } | Prompt::Body(_) => self.text().chars().count(),
        }
    }

    /// The text of it, messages one after the other.
    pub fn text(&self) -> String {
        match self {
            Prompt::Text(text) => text.clone(),
            Prompt::Messages(turns) => {
                turns.iter().map(|turn| turn.content.as_str()).collect::<Vec<_>>().join("\n")
            }
            Prompt::Ranking { query, documents } => format!("{query}\n{}", documents.join("\n")),
            Prompt::Body(body) => Value::Object(body.clone()).to_string(),
        }
    }

    /// It as messages: a text is said by the user.
    pub fn turns(&self) -> Vec<Turn> {
        match self {
            Prompt::Messages(turns) => turns.clone(),
            Prompt::Body(body) => {
                let messages = body.get("messages").and_then(Value::as_array).into_iter().flatten();
                messages.filter_map(turn).collect()
            }
            Prompt::Text(_) | Prompt::Ranking { .. } => vec![Turn::new("user", self.text())],
        }
    }
}

/// A message in OpenAI's form, when it holds a text.
pub fn turn(value: &Value) -> Option<Turn> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Turn::new(&text("role")?, text("content")?))
}

/// A prompt as messages, with images in the form of this API.
pub fn messages(prompt: &Prompt, text: &str, image: impl Fn(&str) -> Value) -> Vec<Value> {
    let message = |turn: Turn| {
        if turn.images.is_empty() {
            return json!({"role": turn.role, "content": turn.content});
        }
        let mut parts: Vec<Value> = turn.images.iter().map(|address| image(address)).collect();
        parts.push(json!({"type": text, "text": turn.content}));
        json!({"role": turn.role, "content": parts})
    };
    prompt.turns().into_iter().map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_stand_before_the_text() {
        let turn =
            Turn { images: vec!["data:image/png;base64,AA==".into()], ..Turn::new("user", "what".into()) };
        let image = |address: &str| json!({"type": "image_url", "image_url": {"url": address}});
        assert_eq!(
            messages(&Prompt::Messages(vec![turn]), "text", image),
            [json!({"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
                {"type": "text", "text": "what"}]})]
        );
    }
}
