//! What a model is asked.

use serde_json::{Value, json};

/// A prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// A text.
    Text(String),
    /// A conversation.
    Messages(Vec<Turn>),
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who says it.
    pub role: String,
    /// What.
    pub content: String,
}

impl Prompt {
    /// Characters of it.
    pub fn characters(&self) -> usize {
        match self {
            Prompt::Text(text) => text.chars().count(),
            Prompt::Messages(turns) => turns.iter().map(|turn| turn.content.chars().count()).sum(),
        }
    }

    /// The text of it, messages one after the other.
    pub fn text(&self) -> String {
        match self {
            Prompt::Text(text) => text.clone(),
            Prompt::Messages(turns) => {
                turns.iter().map(|turn| turn.content.as_str()).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

/// A prompt as messages: a text is said by the user.
pub fn messages(prompt: &Prompt) -> Vec<Value> {
    match prompt {
        Prompt::Text(text) => vec![json!({"role": "user", "content": text})],
        Prompt::Messages(turns) => {
            turns.iter().map(|turn| json!({"role": turn.role, "content": turn.content})).collect()
        }
    }
}
