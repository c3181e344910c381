//! What the protocols share in laying out requests.

use crate::images::Picture;
use crate::json::Fields;
use crate::refusal::Refusal;
use crate::wire::Call;
use evalscope_core::{Content, GenerateRequest, Input, Message, Part, Role, Sampling, Tool};
use serde_json::{Value, json};

/// Our name of a field of [`Sampling`], and the protocol's.
pub type Name = (&'static str, &'static str);

/// A piece of a message, ready to be sent.
pub enum Piece {
    /// Text that is not empty.
    Text(String),
    /// An image.
    Picture(Picture),
}

/// The conversation of a request.
pub fn messages(request: &GenerateRequest) -> Result<&[Message], Refusal> {
    match &request.input {
        Input::Chat(messages) => Ok(messages),
        Input::Text(_) => Err(Refusal::unsupported("a chat endpoint does not go on from raw text")),
    }
}

/// What a message says, in pieces; files of images are read.
pub fn pieces(content: &Content) -> Result<Vec<Piece>, Refusal> {
    let text = |text: &str| (!text.is_empty()).then(|| Ok(Piece::Text(text.to_owned())));
    match content {
        Content::Text(whole) => text(whole).into_iter().collect(),
        Content::Parts(parts) => parts
            .iter()
            .filter_map(|part| match part {
                Part::Text { text: part } => text(part),
                Part::Image { image } => Some(Picture::read(image).map(Piece::Picture)),
            })
            .collect(),
    }
}

/// The texts of the system messages together, for protocols that have one place for them.
pub fn instructions(messages: &[Message]) -> Option<String> {
    let system: Vec<_> =
        messages.iter().filter(|message| message.role == Role::System).map(Message::text).collect();
    (!system.is_empty()).then(|| system.join("\n\n"))
}

/// The turns of a conversation without system messages, each a list of JSON parts under a role. Neighbours of the
/// same role become one turn: the answers to several calls belong together, and the services would join them.
pub fn turns<'a>(
    messages: &'a [Message],
    role: fn(Role) -> &'static str,
    parts: impl Fn(&'a Message) -> Result<Vec<Value>, Refusal>,
) -> Result<Vec<(&'static str, Vec<Value>)>, Refusal> {
    let mut turns: Vec<(&'static str, Vec<Value>)> = Vec::new();
    for message in messages.iter().filter(|message| message.role != Role::System) {
        let (role, parts) = (role(message.role), parts(message)?);
        match turns.last_mut() {
            Some((last, known)) if *last == role => known.extend(parts),
            _ => turns.push((role, parts)),
        }
    }
    Ok(turns)
}

/// The name of the tool that was called by this id; our messages name the call, some protocols the tool.
pub fn tool_name<'a>(conversation: &'a [Message], id: &str) -> Result<&'a str, Refusal> {
    let mut calls = conversation.iter().flat_map(|message| &message.tool_calls);
    calls.find(|call| call.id == id).map(|call| call.name.as_str()).ok_or_else(|| {
        Refusal::of_this_request(format!("a tool answers `{id}`, and no message before it calls that"))
    })
}

/// The arguments of a call as an object, which some protocols want; what the model wrote is text, and text that is
/// no JSON object is put into one.
pub fn arguments(written: &str) -> Value {
    match serde_json::from_str(written) {
        Ok(Value::Object(fields)) => fields.into(),
        _ if written.trim().is_empty() => json!({}),
        _ => json!({"arguments": written}),
    }
}

/// A tool as OpenAI's chat and those after it describe one.
pub fn function_tool(tool: &Tool) -> Value {
    json!({"type": "function", "function": {
        "name": tool.name, "description": tool.description, "parameters": tool.parameters,
    }})
}

/// Adds the tools, each laid out by `tool`, when there are any.
pub fn add_tools(body: &mut Fields, call: &Call<'_>, tool: fn(&Tool) -> Value) {
    if !call.request.tools.is_empty() {
        body.insert("tools".into(), call.request.tools.iter().map(tool).collect());
    }
}

/// The sampling that is set, under the protocol's names. What has no name there is refused: left out, it would
/// change scores in silence.
pub fn sampling(sampling: &Sampling, protocol: &str, names: &[Name]) -> Result<Fields, Refusal> {
    let mut fields = Fields::new();
    for (ours, value) in given(sampling) {
        let Some((_, theirs)) = names.iter().find(|(name, _)| *name == ours) else {
            let text = format!("{protocol} has no `{ours}`; take it out of the generation config");
            return Err(Refusal::unsupported(text));
        };
        fields.insert((*theirs).to_owned(), value);
    }
    Ok(fields)
}

fn given(sampling: &Sampling) -> Vec<(&'static str, Value)> {
    let fields: [(&str, Option<Value>); 11] = [
        ("max_tokens", sampling.max_tokens.map(Value::from)),
        ("temperature", sampling.temperature.map(Value::from)),
        ("top_p", sampling.top_p.map(Value::from)),
        ("top_k", sampling.top_k.map(Value::from)),
        ("min_p", sampling.min_p.map(Value::from)),
        ("n", sampling.n.map(Value::from)),
        ("seed", sampling.seed.map(Value::from)),
        ("stop", (!sampling.stop.is_empty()).then(|| sampling.stop.clone().into())),
        ("frequency_penalty", sampling.frequency_penalty.map(Value::from)),
        ("presence_penalty", sampling.presence_penalty.map(Value::from)),
        ("repetition_penalty", sampling.repetition_penalty.map(Value::from)),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The body of a request for text as OpenAI's two completions take it.
pub fn openai(call: &Call<'_>, input: (&str, Value)) -> Fields {
    let mut body = Fields::new();
    body.insert("model".into(), call.model.into());
    body.insert(input.0.into(), input.1);
    body.extend(given(&call.request.sampling).into_iter().map(|(name, value)| (name.to_owned(), value)));
    if call.stream {
        body.insert("stream".into(), true.into());
        body.insert("stream_options".into(), json!({"include_usage": true}));
    }
    body
}

/// The body of a request for the log-probabilities of a text.
///
/// One token is asked for and thrown away, because some servers refuse none. `logprobs: 1` brings the most likely
/// token of each place, which tells whether the text is what the model would have written.
pub fn echo(model: &str, text: &str) -> Vec<u8> {
    let fields = json!({
        "model": model,
        "prompt": text,
        "max_tokens": 1,
        "temperature": 0,
        "echo": true,
        "logprobs": 1,
    });
    bytes(&fields)
}

/// JSON as bytes.
pub fn bytes(body: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("a JSON value can be written as JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(sampling: &Sampling, stream: bool) -> Value {
        let request = GenerateRequest::new(Input::Text("a".into()), sampling.clone());
        openai(&Call { model: "m", request: &request, stream }, ("prompt", "a".into())).into()
    }

    #[test]
    fn only_what_is_set_is_sent() {
        assert_eq!(sent(&Sampling::default(), false), json!({"model": "m", "prompt": "a"}));
        assert_eq!(
            sent(&Sampling::default(), true),
            json!({"model": "m", "prompt": "a", "stream": true, "stream_options": {"include_usage": true}})
        );
    }

    #[test]
    fn every_field_has_its_name_on_the_wire() {
        let given = Sampling {
            max_tokens: Some(1),
            temperature: Some(0.0),
            top_p: Some(0.5),
            top_k: Some(2),
            min_p: Some(0.25),
            n: Some(3),
            seed: Some(4),
            stop: vec!["x".into()],
            frequency_penalty: Some(0.125),
            presence_penalty: Some(-0.5),
            repetition_penalty: Some(1.5),
            ..Sampling::default()
        };
        assert_eq!(
            sent(&given, false),
            json!({
                "model": "m", "prompt": "a", "max_tokens": 1, "temperature": 0.0, "top_p": 0.5, "top_k": 2,
                "min_p": 0.25, "n": 3, "seed": 4, "stop": ["x"], "frequency_penalty": 0.125,
                "presence_penalty": -0.5, "repetition_penalty": 1.5,
            })
        );
    }

    #[test]
    fn what_a_protocol_has_no_name_for_is_refused() {
        let given = Sampling { max_tokens: Some(1), seed: Some(4), ..Sampling::default() };
        let names = [("max_tokens", "limit"), ("seed", "seed")];
        assert_eq!(Value::from(sampling(&given, "X", &names).unwrap()), json!({"limit": 1, "seed": 4}));
        let refusal = sampling(&given, "X", &names[..1]).unwrap_err();
        assert_eq!(refusal, Refusal::unsupported("X has no `seed`; take it out of the generation config"));
    }

    #[test]
    fn arguments_are_always_an_object() {
        for (written, sent) in [
            (r#"{"a": 1}"#, json!({"a": 1})),
            ("", json!({})),
            ("[1]", json!({"arguments": "[1]"})),
            (r#"{"a": "#, json!({"arguments": r#"{"a": "#})),
        ] {
            assert_eq!(arguments(written), sent, "{written}");
        }
    }
}
