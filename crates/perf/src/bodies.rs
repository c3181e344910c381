//! Makes the bodies of requests from prompts.

use crate::api::{Api, Prompt};
use crate::random::Random;
use serde_json::{Map, Value, json};

/// How answers are to be.
#[derive(Debug, Clone)]
pub struct Answers {
    /// Streamed.
    pub stream: bool,
    /// Tokens at most: a number between these, drawn for each request.
    pub max_tokens: Option<(u64, u64)>,
    /// Further members of each request; `null` takes one away.
    pub parameters: Map<String, Value>,
}

/// The body of a request, as bytes.
pub fn body(api: &dyn Api, model: &str, prompt: &Prompt, answers: &Answers, random: &mut Random) -> Vec<u8> {
    let mut body = Map::from_iter([("model".to_owned(), json!(model))]);
    if let Prompt::Body(recorded) = prompt {
        // All but the model is as it was recorded, unless somebody says otherwise.
        body = Map::from_iter(recorded.clone().into_iter().chain(body));
        if !answers.stream && body.shift_remove("stream").is_some() {
            body.shift_remove("stream_options");
        }
        change(&mut body, &answers.parameters);
        return Value::Object(body).to_string().into_bytes();
    }
    body.extend(api.body(prompt));
    if let (Some(name), Some((low, high))) = (api.max_tokens(), answers.max_tokens) {
        let tokens = low + random.below((high.saturating_sub(low) + 1) as usize) as u64;
        body.insert(name.into(), json!(tokens));
    }
    if let (true, Value::Object(members)) = (answers.stream && api.streams(), api.streaming()) {
        body.extend(members);
    }
    change(&mut body, &answers.parameters);
    Value::Object(api.finished(body)).to_string().into_bytes()
}

/// Adds members; `null` takes one away.
fn change(body: &mut Map<String, Value>, parameters: &Map<String, Value>) {
    for (name, value) in parameters {
        match value {
            Value::Null => drop(body.shift_remove(name)),
            value => drop(body.insert(name.clone(), value.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Chat;

    #[test]
    fn parameters_are_added_and_taken_away() {
        let parameters =
            json!({"temperature": 0.5, "stream_options": null}).as_object().cloned().unwrap_or_default();
        let answers = Answers { stream: true, max_tokens: Some((5, 5)), parameters };
        let body = body(&Chat, "m", &Prompt::Text("a".into()), &answers, &mut Random::new(1, 1));
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"max_tokens":5,"stream":true,"temperature":0.5}"#
        );
    }

    #[test]
    fn a_recorded_body_is_changed_only_where_somebody_says_so() {
        let recorded =
            json!({"model": "old", "messages": [], "stream": true, "stream_options": {}, "stop": "x"});
        let prompt = Prompt::Body(recorded.as_object().cloned().unwrap_or_default());
        let body = |stream, parameters: Value| {
            let parameters = parameters.as_object().cloned().unwrap_or_default();
            let answers = Answers { stream, max_tokens: Some((5, 5)), parameters };
            let bytes = super::body(&Chat, "m", &prompt, &answers, &mut Random::new(1, 1));
            serde_json::from_slice::<Value>(&bytes).unwrap()
        };
        let wanted = json!({"model": "m", "messages": [], "stream": true, "stream_options": {}, "stop": "x"});
        assert_eq!(body(true, json!({})), wanted);
        let wanted = json!({"model": "m", "messages": [], "temperature": 0});
        assert_eq!(body(false, json!({"temperature": 0, "stop": null})), wanted);
    }
}
