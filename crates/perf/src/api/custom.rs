//! An API that somebody described in YAML: a template for the body, and paths to what answers say.
//!
//! A text of the template that is nothing but `{{prompt}}` becomes that value, as it is; inside a longer text it is put
//! in as text. Paths are names and places: `choices[0].delta.content`. Of a path that does not lead anywhere, nothing is
//! known.

use crate::api::{Api, Piece, Prompt, Unreadable, Usage, given_up};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The description of an API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Custom {
    /// Its name, for the summary.
    #[serde(default = "custom")]
    pub name: String,
    /// The path of the call below an address that has none.
    #[serde(default)]
    pub path: String,
    /// Headers of every request.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The header of the key, and what stands before the key in it.
    #[serde(default = "bearer")]
    pub key: (String, String),
    /// The body: `{{prompt}}`, `{{messages}}`, `{{model}}`, `{{max_tokens}}` and `{{stream}}` are put in.
    pub body: Map<String, Value>,
    /// Where in an answer, or in a piece of a streamed one, things stand.
    pub answer: Paths,
    /// Whether answers can be streamed.
    #[serde(default = "yes")]
    pub streams: bool,
}

/// Where in an answer things stand.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Paths {
    /// Its text; the first path that leads to one counts.
    pub text: Vec<String>,
    /// What is there, and not `null`, `false` or empty, when the answer is finished.
    pub finish: Vec<String>,
    /// Tokens of the prompt.
    pub prompt_tokens: Vec<String>,
    /// Tokens of the answer.
    pub output_tokens: Vec<String>,
    /// Tokens of the prompt that the server had in its cache.
    pub cached_tokens: Vec<String>,
    /// An error.
    pub error: Vec<String>,
}

fn custom() -> String {
    "custom".into()
}

fn bearer() -> (String, String) {
    ("Authorization".into(), "Bearer ".into())
}

fn yes() -> bool {
    true
}

/// The member that holds the limit until the template is filled: no API has it.
pub const LIMIT: &str = "{{max_tokens}}";

impl Api for Custom {
    fn name(&self) -> &str {
        &self.name
    }

    fn call(&self) -> &str {
        &self.path
    }

    fn has_own_path(&self) -> bool {
        true
    }

    fn key(&self) -> (&str, &str) {
        (&self.key.0, &self.key.1)
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    fn max_tokens(&self) -> Option<&str> {
        Some(LIMIT)
    }

    fn streams(&self) -> bool {
        self.streams
    }

    fn takes_images(&self) -> bool {
        false
    }

    fn ignores(&self, parameter: &str) -> bool {
        !self.body.values().any(|value| has_place(value, parameter))
    }

    fn streaming(&self) -> Value {
        json!({"stream": true})
    }

    fn body(&self, prompt: &Prompt) -> Map<String, Value> {
        let turns = prompt.turns();
        let messages: Vec<Value> =
            turns.iter().map(|turn| json!({"role": turn.role, "content": turn.content})).collect();
        Map::from_iter([
            ("prompt".to_owned(), json!(prompt.text())),
            ("messages".to_owned(), json!(messages)),
        ])
    }

    fn finished(&self, mut values: Map<String, Value>) -> Map<String, Value> {
        if let Some(limit) = values.shift_remove(LIMIT) {
            values.insert("max_tokens".into(), limit);
        }
        values.entry("stream").or_insert(Value::Bool(false));
        let mut body = self.body.clone();
        fill_members(&mut body, &values);
        body
    }

    fn read_event(&self, data: &[u8], text: Option<&mut String>) -> Result<Piece, Unreadable> {
        let answer: Value = serde_json::from_slice(data).map_err(|error| Unreadable(error.to_string()))?;
        let find =
            |paths: &[String]| paths.iter().find_map(|path| at(&answer, path)).filter(|found| says(found));
        let said = find(&self.answer.text);
        if let (Some(text), Some(said)) = (text, said.and_then(Value::as_str)) {
            text.push_str(said);
        }
        let number = |paths: &[String]| find(paths).and_then(Value::as_u64);
        let prompt_tokens = number(&self.answer.prompt_tokens);
        let output_tokens = number(&self.answer.output_tokens);
        let cached = number(&self.answer.cached_tokens);
        let usage = || Usage {
            prompt_tokens: prompt_tokens.unwrap_or(0),
            completion_tokens: output_tokens.unwrap_or(0),
            prompt_tokens_details: cached
                .map(|cached| crate::api::PromptDetails { cached_tokens: Some(cached) }),
            completion_tokens_details: None,
        };
        let message = |error: &Value| error.as_str().map_or_else(|| error.to_string(), str::to_owned);
        let finish = find(&self.answer.finish);
        let reason = finish.and_then(|finish| finish.get("type").unwrap_or(finish).as_str());
        Ok(Piece {
            has_content: said.is_some(),
            is_last: finish.is_some(),
            usage: output_tokens.or(prompt_tokens).map(|_| usage()),
            error: find(&self.answer.error).map(message).or_else(|| given_up(reason?)),
        })
    }
}

/// Whether a value says anything.
fn says(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    }
}

/// What stands at a path.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let steps = path.split(['.', '[']).map(|step| step.trim_end_matches(']')).filter(|step| !step.is_empty());
    steps.into_iter().try_fold(value, |value, step| match value {
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// Whether a template has a place for the value of this name.
fn has_place(template: &Value, name: &str) -> bool {
    match template {
        Value::Array(list) => list.iter().any(|value| has_place(value, name)),
        Value::Object(members) => members.values().any(|value| has_place(value, name)),
        Value::String(text) => {
            let places = text.split("{{").skip(1).filter_map(|behind| behind.split_once("}}"));
            places.into_iter().any(|(place, _)| place.trim() == name)
        }
        _ => false,
    }
}

/// The name in a text that is nothing but a place for a value.
fn whole_place(text: &str) -> Option<&str> {
    let name = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"))?;
    (!name.contains(['{', '}'])).then(|| name.trim())
}

/// Puts values into the members of a template. One that is for a value that there is not is left out: the server is not to
/// take the name for it.
fn fill_members(members: &mut Map<String, Value>, values: &Map<String, Value>) {
    let is_empty =
        |value: &Value| value.as_str().and_then(whole_place).is_some_and(|name| !values.contains_key(name));
    members.retain(|_, value| !is_empty(value));
    members.values_mut().for_each(|value| fill(value, values));
}

/// Puts values into a template.
fn fill(template: &mut Value, values: &Map<String, Value>) {
    match template {
        Value::Array(list) => list.iter_mut().for_each(|value| fill(value, values)),
        Value::Object(members) => fill_members(members, values),
        Value::String(text) => {
            if let Some(filled) = filled(text, values) {
                *template = filled;
            }
        }
        _ => {}
    }
}

fn filled(text: &str, values: &Map<String, Value>) -> Option<Value> {
    let name = |text: &str| values.get(text.trim());
    if let Some(value) = whole_place(text).and_then(name) {
        return Some(value.clone());
    }
    let (mut out, mut rest, mut is_changed) = (String::new(), text, false);
    while let Some((before, after)) = rest.split_once("{{") {
        let (inner, behind) = after.split_once("}}")?;
        out.push_str(before);
        match name(inner) {
            Some(Value::String(value)) => out.push_str(value),
            Some(value) => out.push_str(&value.to_string()),
            None => out.push_str(&format!("{{{{{inner}}}}}")),
        }
        (rest, is_changed) = (behind, true);
    }
    out.push_str(rest);
    is_changed.then_some(Value::String(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bodies::{self, Answers};
    use crate::random::Random;

    fn tgi() -> Custom {
        let described = json!({
            "name": "tgi", "path": "/generate_stream",
            "body": {"inputs": "<s>{{prompt}}</s>", "stream": "{{stream}}",
                     "parameters": {"max_new_tokens": "{{max_tokens}}", "stop": ["{{other}}"]}},
            "answer": {"text": ["token.text"], "finish": ["details.finish_reason"],
                       "output_tokens": ["details.generated_tokens"], "error": ["error"]}
        });
        serde_json::from_value(described).unwrap()
    }

    #[test]
    fn a_template_is_filled_with_values_of_their_kind() {
        let answers = Answers { stream: true, max_tokens: Some((5, 5)), parameters: Map::new() };
        let body =
            bodies::body(&tgi(), "m", &Prompt::Text("hi {{model}}".into()), &answers, &mut Random::new(1, 1));
        let body: Value = serde_json::from_slice(&body).unwrap();
        let wanted = json!({"inputs": "<s>hi {{model}}</s>", "stream": true,
                            "parameters": {"max_new_tokens": 5, "stop": ["{{other}}"]}});
        assert_eq!(body, wanted);
    }

    #[test]
    fn a_member_without_a_value_is_left_out() {
        let described = json!({
            "body": {"text": "{{ prompt }}", "temperature": "{{ temperature }}", "limit": "{{max_tokens}}",
                     "own": {"seed": "{{seed}}", "k": "{{top_k}}", "n": 1}},
            "answer": {}
        });
        let own: Custom = serde_json::from_value(described).unwrap();
        let parameters = Map::from_iter([("top_k".to_owned(), json!(5))]);
        let answers = Answers { stream: true, max_tokens: None, parameters };
        let body = bodies::body(&own, "m", &Prompt::Text("a".into()), &answers, &mut Random::new(1, 1));
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body, json!({"text": "a", "own": {"k": 5, "n": 1}}));
        let ignored =
            ["temperature", "seed", "top_k", "prompt", "n", "own", "top_p"].map(|name| own.ignores(name));
        assert_eq!(ignored, [false, false, false, false, true, true, true]);
    }

    #[test]
    fn paths_lead_to_what_answers_say() {
        let piece = |data: Value| {
            let mut text = String::new();
            (tgi().read_event(data.to_string().as_bytes(), Some(&mut text)).unwrap(), text)
        };
        let (first, text) = piece(json!({"token": {"text": " a"}, "details": null}));
        assert!(first.has_content && !first.is_last && text == " a" && first.usage.is_none());
        let (last, _) = piece(json!({"token": {"text": ""},
            "details": {"finish_reason": "length", "generated_tokens": 7}}));
        assert!(!last.has_content && last.is_last && last.usage.unwrap().completion_tokens == 7);
        assert_eq!(piece(json!({"error": "overloaded"})).0.error.as_deref(), Some("overloaded"));
        assert!(tgi().read_event(b"{", None).is_err());
        assert_eq!(at(&json!({"a": [{"b": 1}]}), "a[0].b"), Some(&json!(1)));
        assert_eq!(at(&json!({"a": []}), "a[0].b"), None);
    }
}
