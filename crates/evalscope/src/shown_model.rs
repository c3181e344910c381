//! What a model is, and what its chat template makes of a conversation. No weights are read.

use crate::chat_templates;
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::local_arguments::LocalArguments;
use crate::local_engine::date_of;
use crate::model::{path_of, refuse_arguments};
use crate::options::ModelOptions;
use evalscope_engine_candle::{Date, EngineOptions, Inspection, inspect, render_chat};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Arguments of the embedded engine that say how it computes.
const OF_COMPUTING: [&str; 7] = ["threads", "context", "kv_gib", "engine", "mode", "workers", "gpu_layers"];
/// The same, and those that say which model is meant.
const OF_MODELS: [&str; 10] =
    ["threads", "context", "kv_gib", "engine", "mode", "workers", "gpu_layers", "revision", "file", "hub"];

/// What a model is, whether the embedded engine knows it, and its limits.
#[derive(Debug, Serialize)]
pub struct ShownModel {
    /// As the user named it.
    pub name: String,
    /// What its files say.
    #[serde(flatten)]
    pub inspection: Inspection,
    /// Whether it has a chat template of its own.
    pub has_chat_template: bool,
}

/// Looks at a model.
pub fn show_model(
    given: &ModelOptions,
    hub: Option<Hub>,
    environment: &Environment,
) -> Result<ShownModel, Error> {
    refuse_arguments(given, &OF_COMPUTING)?;
    refuse_arguments(given, &["template_date"])?;
    let (name, path) = path_of(given, hub, environment)?;
    let inspection = inspect(&path)?;
    let has_chat_template = inspection.template.is_some();
    Ok(ShownModel { name, inspection, has_chat_template })
}

/// The Jinja text of a model's chat template, or of the one that the options name; what a text begins and ends with.
pub fn chat_template(
    given: &ModelOptions,
    hub: Option<Hub>,
    environment: &Environment,
) -> Result<ChatTemplate, Error> {
    let date = date_of(&LocalArguments::read(given)?);
    if let (Some(template), None) = (&given.chat_template, &given.model) {
        refuse_arguments(given, &OF_MODELS)?;
        let marks = (Some("<s>".to_owned()), Some("</s>".to_owned()));
        return Ok(ChatTemplate { source: chat_templates::resolve(template)?.source, marks, date });
    }
    refuse_arguments(given, &OF_COMPUTING)?;
    let (name, path) = path_of(given, hub, environment)?;
    let Inspection { template, marks, .. } = inspect(&path)?;
    let source = match &given.chat_template {
        Some(template) => Some(chat_templates::resolve(template)?.source),
        None => template,
    };
    let source = source.ok_or_else(|| {
        crate::ArgumentError::new(format!("{name} has no chat template"))
            .with_hint(Some("give one: `--template-type NAME`".into()))
    })?;
    Ok(ChatTemplate { source, marks, date })
}

/// A chat template.
#[derive(Debug, Serialize)]
pub struct ChatTemplate {
    /// Jinja.
    pub source: String,
    /// What it sees as `bos_token` and `eos_token`.
    pub marks: (Option<String>, Option<String>),
    /// The day that it sees; that of the engines when absent.
    #[serde(skip)]
    date: Option<Date>,
}

impl ChatTemplate {
    /// The prompt for a conversation: a list of messages, or an object with `messages`, `tools` and what else the template
    /// asks for.
    pub fn render(&self, conversation: &Value) -> Result<String, Error> {
        let today = self.date.unwrap_or_else(|| EngineOptions::new(PathBuf::new()).template_date);
        let conversation = match conversation {
            Value::Array(messages) => json!({"messages": messages}),
            other if other["messages"].is_array() => other.clone(),
            _ => {
                let refused = crate::ArgumentError::new("--conversation: there is no list `messages`");
                let hint = "give a list of messages, or an object with `messages`";
                return Err(refused.with_hint(Some(hint.into())).into());
            }
        };
        let marks = (self.marks.0.as_deref(), self.marks.1.as_deref());
        render_chat(&self.source, marks, today, &conversation).map_err(|reason| {
            crate::ArgumentError::new(format!("the chat template refuses: {reason}")).into()
        })
    }
}

/// The conversation that is rendered when none is given.
pub fn example_conversation() -> Value {
    json!([
        {"role": "system", "content": "Answer briefly."},
        {"role": "user", "content": "What is 2 + 2?"},
        {"role": "assistant", "content": "4"},
        {"role": "user", "content": "And 3 + 3?"},
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    /// What a question alone, and a conversation with instructions, become.
    #[derive(Deserialize)]
    struct Laid {
        question: String,
        conversation: String,
    }

    /// `question` is what EvalScope 0.5.2 lays out, but for instructions of makers; `conversation` is what Jinja2 3.1.6 makes
    /// of our template.
    #[test]
    fn the_48_names_of_template_types_are_laid_out_as_before() {
        let vectors: BTreeMap<String, Laid> =
            serde_json::from_str(include_str!("../vectors/template_types.json")).unwrap();
        let mut names: Vec<&str> = chat_templates::template_names().collect();
        names.sort_unstable();
        assert_eq!(names, vectors.keys().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(names.len(), 48);
        for (name, laid) in &vectors {
            let marks = (Some("<bos>".to_owned()), Some("<eos>".to_owned()));
            let template =
                ChatTemplate { source: chat_templates::resolve(name).unwrap().source, marks, date: None };
            let question = json!([{"role": "user", "content": "Q"}]);
            assert_eq!(template.render(&question).unwrap(), laid.question, "{name}");
            assert_eq!(template.render(&example_conversation()).unwrap(), laid.conversation, "{name}");
        }
    }
}
