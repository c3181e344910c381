//! Lays an answer out as the JSON of the two endpoints.

use crate::behaviour::Echo;
use crate::question::Question;
use crate::toy;
use serde::Serialize;
use serde_json::{Value, json};

/// Which endpoint was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    Chat,
    Completions,
}

/// Text after `stop` and `max_tokens`, and why it ends.
pub struct Limited<'a> {
    pub text: &'a str,
    pub finish: &'static str,
    pub tokens: usize,
}

impl<'a> Limited<'a> {
    /// Cuts an answer as the request wants.
    pub fn new(answer: &'a str, question: &Question<'_>) -> Limited<'a> {
        if question.habits.says_nothing {
            return Limited { text: "", finish: "stop", tokens: 0 };
        }
        let stops = question.stops().iter().filter(|stop| !stop.is_empty());
        let end = stops.filter_map(|stop| answer.find(stop.as_str())).min().unwrap_or(answer.len());
        let text = &answer[..end];
        let pieces = toy::tokens(text);
        match question.max_tokens {
            Some(limit) if limit < pieces.len() => {
                let bytes = pieces[..limit].iter().map(|piece| piece.len()).sum();
                Limited { text: &text[..bytes], finish: "length", tokens: limit }
            }
            // Where there is no text, its end was generated all the same.
            _ if pieces.is_empty() && question.echo != Some(true) => {
                Limited { text, finish: "stop", tokens: 1 }
            }
            _ => Limited { text, finish: "stop", tokens: pieces.len() },
        }
    }
}

/// The answer as far as it is held to given texts: the one that it holds, else the first.
pub fn held(answer: String, question: &Question<'_>) -> String {
    let chosen = |texts: &[String]| {
        let found = texts.iter().find(|text| answer.contains(text.as_str())).or(texts.first());
        found.cloned().unwrap_or_default()
    };
    match (question.texts_to_choose(), question.texts_of_schema()) {
        (Some(texts), _) if question.habits.keeps_choice => chosen(texts),
        (_, Some((field, texts))) if question.habits.keeps_schema => {
            json!({field: chosen(&texts)}).to_string()
        }
        _ => answer,
    }
}

#[derive(Serialize)]
struct Body<'a> {
    id: &'static str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: Vec<Choice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    logprobs: Option<Value>,
    finish_reason: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

/// Tokens as the toy counts them.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Usage {
    pub prompt_tokens: usize,
    pub completion_tokens: usize,
    pub total_tokens: usize,
}

impl Usage {
    pub fn new(question: &Question<'_>, completion_tokens: usize) -> Usage {
        let said: usize = question.texts().map(|text| toy::tokens(text).len()).sum();
        // A server that says nothing, being out of order, has not read the prompt either.
        let read = said + question.habits.layout_tokens(question.messages.len());
        let prompt_tokens = if question.habits.says_nothing { 0 } else { read };
        Usage { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
    }
}

/// The whole answer as one JSON body.
pub fn whole(endpoint: Endpoint, question: &Question<'_>, answer: &str, echo: Echo) -> Vec<u8> {
    let limited = Limited::new(answer, question);
    let count = question.n.unwrap_or(1).max(1);
    let choices = (0..count).map(|index| match endpoint {
        Endpoint::Chat => chat_choice(index, question, &limited),
        Endpoint::Completions => text_choice(index, question, &limited, echo),
    });
    let body = Body {
        id: "stand-in-1",
        object: if endpoint == Endpoint::Chat { "chat.completion" } else { "text_completion" },
        created: 1_700_000_000,
        model: &question.model,
        choices: choices.collect(),
        usage: (!question.habits.without_usage).then(|| Usage::new(question, limited.tokens * count)),
    };
    serde_json::to_vec(&body).expect("texts and numbers can be written as JSON")
}

fn chat_choice<'a>(index: usize, question: &Question<'_>, limited: &Limited<'a>) -> Choice<'a> {
    let message = Some(Message { role: "assistant", content: limited.text });
    let asked = question.habits.gives_logprobs && question.wants_logprobs();
    let logprobs = asked.then(|| chat_logprobs(limited.text));
    Choice { index, message, text: None, logprobs, finish_reason: limited.finish }
}

/// The first token with a few alternatives: other capital letters, each less likely.
fn chat_logprobs(text: &str) -> Value {
    let first = toy::tokens(text).first().copied().unwrap_or("");
    let others = ["A", "B", "C", "D"].into_iter().filter(|letter| *letter != first.trim());
    let mut alternatives = vec![json!({"token": first, "logprob": -0.25})];
    alternatives
        .extend(others.enumerate().map(|(at, letter)| json!({"token": letter, "logprob": -2.0 - at as f64})));
    json!({"content": [{"token": first, "logprob": -0.25, "top_logprobs": alternatives}]})
}

fn text_choice<'a>(index: usize, question: &Question<'_>, limited: &Limited<'a>, echo: Echo) -> Choice<'a> {
    let echoes = question.echo == Some(true) && echo != Echo::Ignored;
    let prompt = if echoes { &*question.prompt } else { "" };
    let logprobs =
        question.wants_logprobs().then(|| logprobs(prompt, limited.text, echo, question.habits.start_tokens));
    let text = Some(format!("{prompt}{}", limited.text));
    Choice { index, message: None, text, logprobs, finish_reason: limited.finish }
}

/// The four lists of the old completions format.
fn logprobs(prompt: &str, generated: &str, echo: Echo, start_tokens: usize) -> Value {
    let start_tokens = start_tokens.max(usize::from(echo == Echo::WithStartToken));
    let start_tokens = if prompt.is_empty() { 0 } else { start_tokens };
    let mut texts = vec!["<s>".to_owned(); start_tokens];
    texts.extend(toy::tokens(prompt).iter().flat_map(|token| shown(token, echo)));
    texts.extend(toy::tokens(generated).iter().map(|token| (*token).to_owned()));
    let (mut numbers, mut tops, mut offsets, mut offset) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (at, token) in texts.iter().enumerate() {
        offsets.push(offset);
        offset += token.chars().count();
        let Some(previous) = at.checked_sub(1).map(|before| texts[before].as_str()) else {
            numbers.push(Value::Null);
            tops.push(Value::Null);
            continue;
        };
        let number = match echo {
            Echo::Invented => -(prompt.len() as f64) - at as f64,
            _ => toy::logprob(previous, token),
        };
        let mut top = serde_json::Map::from_iter([(token.clone(), json!(number))]);
        top.extend(toy::rival(previous, token).map(|(rival, number)| (rival, json!(number))));
        numbers.push(json!(number));
        tops.push(Value::Object(top));
    }
    json!({"tokens": texts, "token_logprobs": numbers, "top_logprobs": tops, "text_offset": offsets})
}

/// The token, or tokens, that the client sees for one token of the toy.
fn shown(token: &str, echo: Echo) -> Vec<String> {
    if echo != Echo::BrokenCharacters || token.is_ascii() {
        return vec![token.to_owned()];
    }
    let pieces = |sign: char| {
        let text = if sign.is_ascii() { sign.to_string() } else { '\u{fffd}'.to_string() };
        std::iter::repeat_n(text, sign.len_utf8())
    };
    token.chars().flat_map(pieces).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(body: &str) -> Question<'_> {
        Question::read(body.as_bytes()).unwrap()
    }

    #[test]
    fn stop_and_max_tokens_cut_the_answer() {
        let cut = |request: &str, answer: &str| {
            let question = asked(request);
            let limited = Limited::new(answer, &question);
            (limited.text.to_owned(), limited.finish, limited.tokens)
        };
        assert_eq!(cut("{}", "one two"), ("one two".into(), "stop", 2));
        assert_eq!(cut(r#"{"stop":["wo","e t"]}"#, "one two"), ("on".into(), "stop", 1));
        assert_eq!(cut(r#"{"stop":" two","max_tokens":1}"#, "one two"), ("one".into(), "stop", 1));
        assert_eq!(cut(r#"{"max_tokens":1}"#, "one two"), ("one".into(), "length", 1));
        assert_eq!(cut(r#"{"max_tokens":0}"#, "one two"), (String::new(), "length", 0));
        assert_eq!(cut(r#"{"stop":"one"}"#, "one two"), (String::new(), "stop", 1));
    }

    #[test]
    fn an_echo_holds_prompt_and_answer() {
        let question = asked(r#"{"prompt":"a b c","echo":true,"logprobs":1,"max_tokens":1}"#);
        let body: Value =
            serde_json::from_slice(&whole(Endpoint::Completions, &question, " d e", Echo::Honoured)).unwrap();
        let lists = &body["choices"][0]["logprobs"];
        assert_eq!(body["choices"][0]["text"], "a b c d");
        assert_eq!(lists["tokens"], json!(["a", " b", " c", " d"]));
        assert_eq!(lists["text_offset"], json!([0, 1, 3, 5]));
        assert!(lists["token_logprobs"][0].is_null());
        assert_eq!(lists["token_logprobs"][2], json!(toy::logprob(" b", " c")));
    }
}
