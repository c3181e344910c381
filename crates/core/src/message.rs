//! Chat messages, as sent to a model.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::path::PathBuf;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions that stand before the conversation.
    System,
    /// The one who asks.
    User,
    /// The model.
    Assistant,
    /// A tool that the model called.
    Tool,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Content,
    /// Tools that the model called with this message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The call that a message of a tool answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Content {
    /// Text.
    Text(String),
    /// Text and images, in order.
    Parts(Vec<Part>),
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// An image.
    Image {
        /// Where it is.
        image: Image,
    },
}

/// Where an image is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Image {
    /// A `data:` URL that holds it, or an `https:` URL that the server fetches.
    Url(String),
    /// A file, read when the message is sent. The digest stands for it in the plan and the journal.
    File {
        /// The file.
        path: PathBuf,
        /// Of its bytes, in hexadecimal digits; the call fails when the file has changed.
        sha256: String,
    },
}

/// A tool that the model calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolCall {
    /// Names the call in the conversation.
    pub id: String,
    /// The tool.
    pub name: String,
    /// JSON as the model wrote it, which may be malformed.
    pub arguments: String,
}

/// A tool that the model may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// JSON Schema of its arguments.
    pub parameters: serde_json::Value,
}

impl Message {
    /// A message of text.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Message { role, content: Content::Text(content.into()), tool_calls: Vec::new(), tool_call_id: None }
    }

    /// A message of the user.
    pub fn user(content: impl Into<String>) -> Self {
        Message::new(Role::User, content)
    }

    /// A system message.
    pub fn system(content: impl Into<String>) -> Self {
        Message::new(Role::System, content)
    }

    /// What is said in words; parts of text are put together, images left out.
    pub fn text(&self) -> Cow<'_, str> {
        self.content.text()
    }
}

impl Content {
    /// The text; parts of text are put together, images left out.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Content::Text(text) => Cow::Borrowed(text),
            Content::Parts(parts) => Cow::Owned(parts.iter().filter_map(Part::text).collect()),
        }
    }

    /// Whether there is an image in it.
    pub fn has_image(&self) -> bool {
        matches!(self, Content::Parts(parts) if parts.iter().any(|part| matches!(part, Part::Image { .. })))
    }
}

impl Part {
    fn text(&self) -> Option<&str> {
        match self {
            Part::Text { text } => Some(text),
            Part::Image { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_stays_a_string_and_images_have_a_place() {
        let plain = json!({"role": "user", "content": "how many?"});
        assert_eq!(serde_json::to_value(Message::user("how many?")).unwrap(), plain);
        assert_eq!(serde_json::from_value::<Message>(plain).unwrap(), Message::user("how many?"));
        let parts = json!({"role": "user", "content": [
            {"type": "text", "text": "how many "},
            {"type": "image", "image": {"url": "data:image/png;base64,AA=="}},
            {"type": "text", "text": "are there?"},
        ]});
        let message: Message = serde_json::from_value(parts.clone()).unwrap();
        assert_eq!(message.text(), "how many are there?");
        assert!(message.content.has_image());
        assert_eq!(serde_json::to_value(message).unwrap(), parts);
    }
}
