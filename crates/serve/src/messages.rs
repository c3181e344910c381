//! Messages of a chat, as clients send them.

use crate::fields::says_something;
use crate::refusal::Refusal;
use evalscope_core::{Message, Role};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a message may say beside role and content: it changes nothing of what chat templates lay out here.
const HARMLESS: [&str; 1] = ["name"];

/// A message.
#[derive(Debug, Deserialize)]
pub(crate) struct ChatMessage {
    role: Speaker,
    content: Option<Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Speaker {
    System,
    /// OpenAI's newer name for the same.
    Developer,
    User,
    Assistant,
    Tool,
}

impl From<Speaker> for Role {
    fn from(speaker: Speaker) -> Role {
        match speaker {
            Speaker::System | Speaker::Developer => Role::System,
            Speaker::User => Role::User,
            Speaker::Assistant => Role::Assistant,
            Speaker::Tool => Role::Tool,
        }
    }
}

impl ChatMessage {
    /// The message as the model is given it; refuses what would be left out of it.
    pub(crate) fn into_message(self) -> Result<Message, Refusal> {
        let unknown =
            |(name, value): &(&String, &Value)| says_something(value) && !HARMLESS.contains(&name.as_str());
        if let Some((name, _)) = self.rest.iter().find(unknown) {
            return Err(wrong(format!("this server takes no `{name}` in a message")));
        }
        let text = match self.content {
            Some(Value::String(text)) => text,
            Some(Value::Array(parts)) => parts.iter().map(text_of).collect::<Result<_, _>>()?,
            None | Some(Value::Null) if self.role == Speaker::Assistant => String::new(),
            None | Some(Value::Null) => return Err(wrong("a message has no `content`")),
            Some(_) => return Err(wrong("the `content` of a message is a text or a list of parts")),
        };
        Ok(Message::new(self.role.into(), text))
    }
}

/// The text of a part.
fn text_of(part: &Value) -> Result<&str, Refusal> {
    let kind = part.get("type").and_then(Value::as_str);
    let text = match kind {
        Some("text" | "input_text" | "output_text") => part.get("text").and_then(Value::as_str),
        Some(kind) if kind.contains("image") => {
            return Err(wrong(format!(
                "the model of this server sees no images, and a message has one (`{kind}`)"
            )));
        }
        Some(kind) => {
            return Err(wrong(format!("this server reads texts, and a message has a part of type `{kind}`")));
        }
        None => return Err(wrong("a part of a message has no `type`")),
    };
    text.ok_or_else(|| wrong("a part of type `text` has no `text`"))
}

fn wrong(message: impl Into<String>) -> Refusal {
    Refusal::bad_request(message).about("messages")
}
