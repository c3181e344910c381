//! The fields of a request that chat and completions share.

use crate::asked::{Field, Object};
use crate::refusal::Refusal;
use crate::shared::random;
use evalscope_core::Sampling;
use serde_json::{Map, Value};

/// Fields that change no answer, whatever they say: there are no tools to call in parallel.
const HARMLESS: [&str; 8] = [
    "user",
    "metadata",
    "store",
    "service_tier",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "parallel_tool_calls",
];
/// Values, as JSON, that ask for what is done anyway.
const DONE_ANYWAY: [(&str, &str); 15] = [
    ("response_format", r#"{"type":"text"}"#),
    ("modalities", r#"["text"]"#),
    ("tool_choice", r#""none""#),
    ("tool_choice", r#""auto""#),
    ("function_call", r#""none""#),
    ("function_call", r#""auto""#),
    ("min_tokens", "0"),
    ("length_penalty", "1"),
    ("length_penalty", "1.0"),
    ("typical_p", "1"),
    ("typical_p", "1.0"),
    ("add_special_tokens", "true"),
    ("add_generation_prompt", "true"),
    ("skip_special_tokens", "true"),
    ("spaces_between_special_tokens", "true"),
];
/// The field with what a chat template is told beside the messages, as vLLM calls it.
const TEMPLATE_WISHES: &str = "chat_template_kwargs";
/// What OpenAI's API takes when the request does not say.
const DEFAULT_TEMPERATURE: f64 = 1.0;
/// Replies to one prompt at most, as in OpenAI's API: each takes memory as long as it is written.
const MOST_REPLIES: u32 = 128;

/// One text or several.
#[derive(Debug)]
pub(crate) struct Texts(pub(crate) Vec<String>);

impl Field for Texts {
    const WANTED: &'static str = "a text or a list of texts";

    fn read(value: Value) -> Result<Self, Value> {
        match value {
            Value::String(text) => Ok(Texts(vec![text])),
            Value::Array(values) if values.iter().all(Value::is_string) => {
                values.into_iter().map(String::read).collect::<Result<_, _>>().map(Texts)
            }
            other => Err(other),
        }
    }
}

/// How to draw, how to answer, and whatever else the request says.
#[derive(Debug)]
pub(crate) struct Fields {
    pub(crate) model: Option<String>,
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    /// Below 1: all tokens.
    top_k: Option<i64>,
    min_p: Option<f64>,
    n: Option<u32>,
    best_of: Option<u32>,
    seed: Option<i64>,
    stop: Vec<String>,
    frequency_penalty: Option<f64>,
    presence_penalty: Option<f64>,
    repetition_penalty: Option<f64>,
    is_streamed: bool,
    wants_usage: bool,
    rest: Map<String, Value>,
}

impl Fields {
    /// Reads them where an address has taken its own.
    pub(crate) fn of(mut body: Object) -> Result<Self, Refusal> {
        // The newer name goes before.
        let (newer, older) = (body.take("max_completion_tokens")?, body.take("max_tokens")?);
        Ok(Fields {
            model: body.take("model")?,
            max_tokens: newer.or(older),
            temperature: body.take("temperature")?,
            top_p: body.take("top_p")?,
            top_k: body.take("top_k")?,
            min_p: body.take("min_p")?,
            n: body.take("n")?,
            best_of: body.take("best_of")?,
            seed: body.take("seed")?,
            stop: body.take("stop")?.map_or_else(Vec::new, |Texts(texts)| texts),
            frequency_penalty: body.take("frequency_penalty")?,
            presence_penalty: body.take("presence_penalty")?,
            repetition_penalty: body.take("repetition_penalty")?,
            is_streamed: body.take("stream")? == Some(true),
            wants_usage: wants_usage(&mut body)?,
            rest: body.rest(),
        })
    }

    /// Refuses what would be left out in silence, and what would take too much.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        check_rest(&self.rest)?;
        // The best of as many as are given.
        if let Some(count) = self.best_of.filter(|count| *count != self.replies()) {
            let message = format!("`best_of` can only be `n` here, which is {}, not {count}", self.replies());
            return Err(Refusal::bad_request(message).about("best_of"));
        }
        if self.replies() > MOST_REPLIES {
            let message = format!("`n` is {}, and {MOST_REPLIES} replies are the most", self.replies());
            return Err(Refusal::bad_request(message).about("n"));
        }
        Ok(())
    }

    /// Replies to each prompt.
    pub(crate) fn replies(&self) -> u32 {
        self.n.unwrap_or(1)
    }

    /// Whether the answer comes piece by piece.
    pub(crate) fn is_streamed(&self) -> bool {
        self.is_streamed
    }

    /// Whether a stream ends with the tokens that were used.
    pub(crate) fn wants_usage(&self) -> bool {
        self.wants_usage
    }

    /// Takes what the request has to say to the chat template.
    pub(crate) fn take_template_wishes(&mut self) -> Map<String, Value> {
        let wishes = self.rest.remove(TEMPLATE_WISHES).filter(|wishes| !wishes.is_null());
        wishes.map(|wishes| (TEMPLATE_WISHES.to_owned(), wishes)).into_iter().collect()
    }

    /// How to draw. Where the request has no seed, each call gives another.
    pub(crate) fn sampling(&self) -> Sampling {
        Sampling {
            max_tokens: self.max_tokens,
            temperature: Some(self.temperature.unwrap_or(DEFAULT_TEMPERATURE)),
            top_p: self.top_p,
            top_k: self.top_k.map(|count| count.clamp(0, i64::from(u32::MAX)) as u32),
            min_p: self.min_p,
            n: self.n,
            // Any number is a seed; below 0 its bits are.
            seed: Some(self.seed.map_or_else(random, |seed| seed as u64)),
            stop: self.stop.clone(),
            frequency_penalty: self.frequency_penalty,
            presence_penalty: self.presence_penalty,
            repetition_penalty: self.repetition_penalty,
            ..Sampling::default()
        }
    }
}

/// Whether a stream ends with the tokens that were used.
fn wants_usage(body: &mut Object) -> Result<bool, Refusal> {
    let Some(mut options) = body.take_object("stream_options")? else { return Ok(false) };
    let usage = options.take("include_usage")?;
    // Padding, of which there is none.
    options.take::<bool>("include_obfuscation")?;
    match options.rest().keys().next() {
        None => Ok(usage == Some(true)),
        Some(name) => {
            let place = format!("stream_options.{name}");
            Err(Refusal::bad_request(format!("this server has no field `{place}`")).about(&place))
        }
    }
}

/// Refuses fields that ask for something else than what is done anyway.
pub(crate) fn check_rest(rest: &Map<String, Value>) -> Result<(), Refusal> {
    let is_left_out = |(name, value): &(&String, &Value)| {
        let text = value.to_string();
        let is_known = HARMLESS.contains(&name.as_str()) || DONE_ANYWAY.contains(&(name, text.as_str()));
        asks(name, value) && !is_known
    };
    match rest.iter().find(is_left_out) {
        Some((name, value)) => Err(Refusal::bad_request(refused(name, value)).about(name)),
        None => Ok(()),
    }
}

/// Says what of a field is not done.
fn refused(name: &str, value: &Value) -> String {
    let taken: Vec<&str> =
        DONE_ANYWAY.iter().filter(|(done, _)| *done == name).map(|(_, value)| *value).collect();
    match taken.is_empty() {
        true => format!("this server has no field `{name}`"),
        false => format!("`{name}` can only be {} here, not {value}", taken.join(" or ")),
    }
}

/// Whether the field asks for something. Where `true` is what is done, `false` does, too.
fn asks(name: &str, value: &Value) -> bool {
    says_something(value) || (*value == Value::Bool(false) && DONE_ANYWAY.contains(&(name, "true")))
}

/// Whether the value is more than one that clients send for what is not wanted.
pub(crate) fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    }
}
