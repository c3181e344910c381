//! Finds what a server says about a model, in a list of its models or alone.

use crate::json;
use serde_json::Value;

/// Fields in which servers say how much context a model has: vLLM and SGLang, OpenRouter, others, Anthropic, Google.
const CONTEXT_FIELDS: [&str; 5] =
    ["max_model_len", "context_length", "max_context_length", "max_input_tokens", "inputTokenLimit"];

/// The context of the model, when the list says so.
///
/// A list without the model says nothing: gateways serve under names that they do not list, and a server that does
/// not know the name says so itself at the first call.
pub fn find(body: &[u8], model: &str) -> Option<u64> {
    let entries = entries(body);
    if let Some(entry) = entries.iter().find(|entry| is_meant(entry, model)) {
        return context(entry);
    }
    // llama-server serves one model under any name.
    match entries.as_slice() {
        [only] if only.get("owned_by").and_then(Value::as_str) == Some("llamacpp") => context(only),
        _ => None,
    }
}

/// The names in a list of models, as a call would give them.
pub fn names(body: &[u8]) -> Vec<String> {
    let name = |entry: &Value| {
        let id = id(entry);
        let id = id.strip_prefix("models/").unwrap_or(id);
        (!id.is_empty()).then(|| id.to_owned())
    };
    entries(body).iter().filter_map(name).collect()
}

fn entries(body: &[u8]) -> Vec<Value> {
    let list = match json::from_bytes(body) {
        Ok(Value::Object(mut fields)) => {
            // Ollama and Google call the list `models`.
            let list = fields.remove("data").or_else(|| fields.remove("models"));
            list.or_else(|| Some(Value::Array(vec![fields.into()])))
        }
        Ok(list) => Some(list),
        Err(_) => None,
    };
    match list {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    }
}

/// Ollama appends `:latest`, Google puts `models/` before the name; both take the name without.
fn is_meant(entry: &Value, model: &str) -> bool {
    let id = id(entry);
    id == model || id.strip_suffix(":latest") == Some(model) || id.strip_prefix("models/") == Some(model)
}

fn id(entry: &Value) -> &str {
    ["id", "name"].iter().find_map(|name| entry.get(name)?.as_str()).unwrap_or_default()
}

fn context(entry: &Value) -> Option<u64> {
    let said = CONTEXT_FIELDS.iter().find_map(|field| entry.get(field)?.as_u64());
    // llama-server: what one request has, while `n_ctx_train` is what the model was made for.
    said.or_else(|| entry.get("meta")?.get("n_ctx")?.as_u64()).filter(|tokens| *tokens > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_is_found() {
        let vllm = br#"{"object":"list","data":[{"id":"org/m","max_model_len":4096},{"id":"lora"}]}"#;
        assert_eq!(find(vllm, "org/m"), Some(4096));
        assert_eq!(find(vllm, "lora"), None);
        assert_eq!(find(vllm, "org/n"), None);
        assert_eq!(find(br#"{"data":[{"id":"qwen3:latest","context_length":4}]}"#, "qwen3"), Some(4));
        let llama = br#"{"models":[{"name":"small"}],"object":"list","data":[{"id":"small","owned_by":"llamacpp","meta":{"n_vocab":49152,"n_ctx":2048,"n_ctx_train":8192}}]}"#;
        assert_eq!(find(llama, "small"), Some(2048));
        assert_eq!(find(llama, "any"), Some(2048));
        assert_eq!(find(br#"[{"id":"m","context_length":8}]"#, "m"), Some(8));
        assert_eq!(find(br#"{"name":"models/m","inputTokenLimit":16}"#, "m"), Some(16));
    }

    #[test]
    fn names_are_listed() {
        assert_eq!(names(br#"{"data":[{"id":"org/m"},{"id":"n"},{}]}"#), ["org/m", "n"]);
        assert_eq!(
            names(br#"{"models":[{"name":"models/gemini"},{"name":"qwen3:8b"}]}"#),
            ["gemini", "qwen3:8b"]
        );
        assert!(names(b"<html>").is_empty() && names(b"{}").is_empty());
    }

    #[test]
    fn what_is_no_list_says_nothing() {
        for body in ["", "<html>", "{}", r#"{"data":null}"#, r#"{"data":[]}"#, r#"{"data":[{}]}"#, "3"] {
            assert_eq!(find(body.as_bytes(), "m"), None, "{body}");
        }
    }
}
