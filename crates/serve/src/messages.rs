//! Messages of a chat, as clients send them.

use crate::asked::{Field, Object};
use crate::fields::says_something;
use crate::refusal::Refusal;
use evalscope_core::{Message, Role};
use serde_json::Value;

/// What a message may say beside role and content: it changes nothing of what chat templates lay out here.
const HARMLESS: [&str; 1] = ["name"];

impl Field for Role {
    const WANTED: &'static str = "`system`, `developer`, `user`, `assistant` or `tool`";

    fn read(value: Value) -> Result<Self, Value> {
        match value.as_str() {
            // OpenAI's newer name for the same.
            Some("system" | "developer") => Ok(Role::System),
            Some("user") => Ok(Role::User),
            Some("assistant") => Ok(Role::Assistant),
            Some("tool") => Ok(Role::Tool),
            _ => Err(value),
        }
    }
}

/// What a message says.
enum Content {
    Text(String),
    Parts(Vec<Value>),
}

impl Field for Content {
    const WANTED: &'static str = "a text or a list of parts";

    fn read(value: Value) -> Result<Self, Value> {
        match value {
            Value::String(text) => Ok(Content::Text(text)),
            Value::Array(parts) => Ok(Content::Parts(parts)),
            other => Err(other),
        }
    }
}

/// The message as the model is given it; refuses what would be left out of it.
pub(crate) fn message(index: usize, value: Value) -> Result<Message, Refusal> {
    let mut message = Object::of(value, &format!("messages[{index}]"))?;
    let role: Role = message.need("role")?;
    let content = message.take("content")?;
    let unknown =
        |(name, value): &(&String, &Value)| says_something(value) && !HARMLESS.contains(&name.as_str());
    if let Some((name, _)) = message.rest().iter().find(unknown) {
        return Err(wrong(format!("this server takes no `{name}` in a message")));
    }
    let text = match content {
        Some(Content::Text(text)) => text,
        Some(Content::Parts(parts)) => parts.iter().map(text_of).collect::<Result<_, _>>()?,
        None if role == Role::Assistant => String::new(),
        None => return Err(wrong("a message has no `content`")),
    };
    Ok(Message::new(role, text))
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
