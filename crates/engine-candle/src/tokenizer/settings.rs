//! What stands beside the vocabulary in a model folder: special tokens, chat template, ends of replies.

use crate::gguf::{Fault, nonsense};
use serde_json::{Map, Value};

/// The small files of a model folder; an absent file is an empty object.
#[derive(Debug, Default)]
pub(crate) struct SmallFiles {
    /// `config.json`.
    pub(crate) config: Map<String, Value>,
    /// `tokenizer_config.json`.
    pub(crate) tokenizer: Map<String, Value>,
    /// `generation_config.json`.
    pub(crate) generation: Map<String, Value>,
    /// `added_tokens.json`.
    pub(crate) added: Map<String, Value>,
}

impl SmallFiles {
    /// The text of a special token: text, or an object with `content`.
    pub(super) fn special_text(&self, key: &str) -> Option<&str> {
        let value = self.tokenizer.get(key)?;
        value.as_str().or_else(|| value.get("content")?.as_str())
    }

    /// The id of a special token that the configurations name by number.
    pub(super) fn ids(&self, key: &str) -> Result<Vec<u32>, Fault> {
        Ok([ids_in(&self.config, key)?, ids_in(&self.generation, key)?].concat())
    }

    /// The tokens that end replies, or what is wrong with them and in which file.
    pub(crate) fn ends(&self, size: usize) -> Result<Vec<u32>, (&'static str, Fault)> {
        let mut ends = Vec::new();
        for (file, settings) in [("config.json", &self.config), ("generation_config.json", &self.generation)]
        {
            let here = |fault| (file, fault);
            let ids = ids_in(settings, "eos_token_id").map_err(here)?;
            if let Some(beyond) = ids.iter().find(|id| **id as usize >= size) {
                return nonsense(format!("`eos_token_id` is {beyond} in a vocabulary of {size}"))
                    .map_err(here);
            }
            ends.extend(ids);
        }
        Ok(ends)
    }

    /// Whether the model is one of those that `ChatGLMModel` computes.
    pub(super) fn is_chatglm(&self) -> bool {
        let name = self.config.get("architectures").and_then(|names| names.get(0)).and_then(Value::as_str);
        name.is_some_and(|name| name.starts_with("ChatGLM"))
    }

    /// Whether prompts begin with the beginning-of-text token, when the files say it.
    pub(super) fn adds_bos(&self) -> Option<bool> {
        self.tokenizer.get("add_bos_token")?.as_bool()
    }

    /// Tokens beside the vocabulary: id, text, and whether the token is special.
    pub(super) fn added_tokens(&self) -> Vec<(u32, String, bool)> {
        let mut tokens = Vec::new();
        for (text, id) in &self.added {
            tokens
                .extend(id.as_u64().and_then(|id| u32::try_from(id).ok()).map(|id| (id, text.clone(), true)));
        }
        let listed = self.tokenizer.get("added_tokens_decoder").and_then(Value::as_object);
        for (id, token) in listed.into_iter().flatten() {
            let text = token.get("content").and_then(Value::as_str);
            let is_special = token.get("special").and_then(Value::as_bool).unwrap_or(false);
            if let (Ok(id), Some(text)) = (id.parse(), text) {
                tokens.push((id, text.to_owned(), is_special));
            }
        }
        tokens
    }

    /// The chat template: one text, or the one that is called `default` in a list.
    pub(crate) fn template(&self) -> Option<String> {
        match self.tokenizer.get("chat_template")? {
            Value::String(text) => Some(text.clone()),
            Value::Array(list) => {
                let default = list.iter().find(|entry| entry["name"] == "default")?;
                default["template"].as_str().map(str::to_owned)
            }
            _ => None,
        }
    }
}

fn ids_in(settings: &Map<String, Value>, key: &str) -> Result<Vec<u32>, Fault> {
    match settings.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(|value| id(key, value)).collect(),
        Some(value) => Ok(vec![id(key, value)?]),
    }
}

fn id(key: &str, value: &Value) -> Result<u32, Fault> {
    match value.as_u64().and_then(|id| u32::try_from(id).ok()) {
        Some(id) => Ok(id),
        None => nonsense(format!("`{key}` is {value}")),
    }
}
