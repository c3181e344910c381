//! What a model is asked.

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
