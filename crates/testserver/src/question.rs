//! Reads what a request asks for; forgives everything.

use crate::habits::Habits;
use serde::Deserialize;
use std::borrow::Cow;

/// The fields of a chat or completion request that change the answer.
#[derive(Debug, Default, Deserialize)]
pub struct Question<'a> {
    #[serde(borrow, default)]
    pub model: Cow<'a, str>,
    #[serde(borrow, default)]
    pub messages: Vec<Message<'a>>,
    #[serde(borrow, default)]
    pub prompt: Cow<'a, str>,
    #[serde(default)]
    pub stream: Option<bool>,
    #[serde(default)]
    pub stream_options: Option<StreamOptions>,
    #[serde(default)]
    pub n: Option<usize>,
    #[serde(default)]
    pub max_tokens: Option<usize>,
    #[serde(default)]
    pub stop: Option<Stop>,
    #[serde(default)]
    pub echo: Option<bool>,
    #[serde(default)]
    pub logprobs: Option<serde_json::Value>,
    #[serde(default)]
    pub guided_choice: Option<Vec<String>>,
    #[serde(default)]
    pub response_format: Option<serde_json::Value>,
    #[serde(default)]
    pub temperature: Option<f64>,
    #[serde(default)]
    pub seed: Option<u64>,
    /// What the server does its own way.
    #[serde(skip)]
    pub habits: Habits,
}

/// One message of the conversation.
#[derive(Debug, Deserialize)]
pub struct Message<'a> {
    #[serde(borrow)]
    pub role: Cow<'a, str>,
    #[serde(borrow, default)]
    pub content: Cow<'a, str>,
}

/// What a stream is to contain beside the text.
#[derive(Debug, Default, Deserialize)]
pub struct StreamOptions {
    #[serde(default)]
    pub include_usage: bool,
}

/// One stop text or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Stop {
    One(String),
    Many(Vec<String>),
}

impl Question<'_> {
    /// Reads a request body.
    pub fn read(body: &[u8]) -> Result<Question<'_>, serde_json::Error> {
        serde_json::from_slice(body)
    }

    /// The same as a server with these habits understands it.
    pub fn taken_up(mut self, habits: Habits) -> Self {
        self.habits = habits;
        self.max_tokens = self.max_tokens.filter(|_| !habits.ignores_max_tokens);
        self.stop = self.stop.filter(|_| !habits.ignores_stop);
        self.stream = self.stream.filter(|_| !habits.ignores_stream);
        self
    }

    /// What the answering closure is shown: the last message of the user, or the prompt.
    pub fn asked(&self) -> &str {
        let last = self.messages.iter().rev().find(|message| message.role == "user");
        last.map_or(&self.prompt, |message| &message.content)
    }

    /// All text that came in, for counting.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().map(|message| &*message.content).chain([&*self.prompt])
    }

    pub fn stops(&self) -> &[String] {
        match &self.stop {
            None => &[],
            Some(Stop::One(text)) => std::slice::from_ref(text),
            Some(Stop::Many(texts)) => texts,
        }
    }

    pub fn wants_stream(&self) -> bool {
        self.stream == Some(true)
    }

    pub fn wants_usage_in_stream(&self) -> bool {
        self.stream_options.as_ref().is_some_and(|options| options.include_usage)
    }

    pub fn wants_logprobs(&self) -> bool {
        self.logprobs
            .as_ref()
            .is_some_and(|value| !value.is_null() && *value != serde_json::Value::Bool(false))
    }

    /// The texts that the reply is to be one of.
    pub fn texts_to_choose(&self) -> Option<&[String]> {
        self.guided_choice.as_deref()
    }

    /// The field of a JSON reply that is to be one of these texts.
    pub fn texts_of_schema(&self) -> Option<(String, Vec<String>)> {
        let schema = &self.response_format.as_ref()?["json_schema"]["schema"];
        let (field, rule) = schema["properties"].as_object()?.iter().next()?;
        Some((field.clone(), serde_json::from_value(rule["enum"].clone()).ok()?))
    }
}
