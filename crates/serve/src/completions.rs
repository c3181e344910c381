//! `/v1/completions`: text that is gone on from, and the log-probabilities of given text.

use crate::answer::{Envelope, Shape, finish_reason};
use crate::asked::{Asked, Field};
use crate::fields::{Fields, Texts};
use crate::logprobs::OfText;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::stream::{Look, streamed};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use evalscope_core::{Sampling, Usage};
use evalscope_model_api::{Beginning, Likely, Prompt, ScoredText, ScoredToken, WriteRequest};
use futures::future::try_join_all;
use serde_json::{Value, json};
use std::sync::Arc;

/// What OpenAI's API takes when the request does not say.
const DEFAULT_MAX_TOKENS: u32 = 16;
/// Likely tokens beside each token at most.
const MAX_LOGPROBS: usize = 20;
/// Prompts of a request at most: the answers to all of them are kept until the last is there.
const MOST_PROMPTS: usize = 2048;

/// One prompt or several, as text or token ids.
#[derive(Debug)]
enum Prompts {
    Texts(Vec<String>),
    Tokens(Vec<u32>),
    ManyTokens(Vec<Vec<u32>>),
}

impl Field for Prompts {
    const WANTED: &'static str = "a text, a list of texts, a list of token ids or a list of such lists";

    fn read(value: Value) -> Result<Self, Value> {
        let values = match Texts::read(value) {
            Ok(Texts(texts)) => return Ok(Prompts::Texts(texts)),
            Err(Value::Array(values)) => values,
            Err(other) => return Err(other),
        };
        if let Some(ids) = ids(&values) {
            return Ok(Prompts::Tokens(ids));
        }
        let lists: Option<Vec<Vec<u32>>> = values.iter().map(|list| ids(list.as_array()?)).collect();
        lists.map(Prompts::ManyTokens).ok_or(Value::Array(values))
    }
}

/// Token ids, when all are.
fn ids(values: &[Value]) -> Option<Vec<u32>> {
    values.iter().map(|id| id.as_u64()?.try_into().ok()).collect()
}

impl Prompts {
    fn into_list(self) -> Vec<Prompt> {
        match self {
            Prompts::Texts(texts) => texts.into_iter().map(Prompt::Text).collect(),
            Prompts::Tokens(ids) => vec![Prompt::Tokens(ids)],
            Prompts::ManyTokens(lists) => lists.into_iter().map(Prompt::Tokens).collect(),
        }
    }
}

/// What is wanted of each prompt.
struct Wanted {
    fields: Fields,
    echo: bool,
    logprobs: Option<usize>,
}

impl Wanted {
    fn sampling(&self) -> Sampling {
        let sampling = self.fields.sampling();
        Sampling { max_tokens: sampling.max_tokens.or(Some(DEFAULT_MAX_TOKENS)), ..sampling }
    }

    fn request(&self, prompt: Prompt) -> WriteRequest {
        let beginning = Beginning::Prompt(prompt);
        WriteRequest { beginning, sampling: self.sampling(), likely: self.logprobs }
    }

    /// Tokens beside given text when its scores are all that is wanted: none, or the likeliest one, which they show.
    fn beside_scores(&self) -> Option<u32> {
        let sampling = self.sampling();
        let has_penalties = sampling.repetition_penalty.is_some()
            || sampling.frequency_penalty.is_some()
            || sampling.presence_penalty.is_some();
        let is_first_likeliest = sampling.temperature == Some(0.0) && !has_penalties;
        sampling.max_tokens.filter(|new| {
            self.fields.replies() == 1
                && sampling.stop.is_empty()
                && self.echo
                && self.logprobs.is_some()
                && (*new == 0 || (*new == 1 && is_first_likeliest))
        })
    }
}

/// Answers a request.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    Asked { mut body, in_flight }: Asked,
) -> Result<Response, Refusal> {
    let prompt: Prompts = body.need("prompt")?;
    let (echo, logprobs) = (body.take("echo")?, body.take::<u32>("logprobs")?.map(|count| count as usize));
    let fields = Fields::of(body)?;
    fields.check()?;
    shared.check_model(fields.model.as_deref())?;
    let mut prompts = prompt.into_list();
    let wrong = |message: String, field| Err(Refusal::bad_request(message).about(field));
    match prompts.len() {
        0 => return wrong("`prompt` is empty".to_owned(), "prompt"),
        1..=MOST_PROMPTS => {}
        count => {
            return wrong(format!("`prompt` has {count} prompts, and {MOST_PROMPTS} are the most"), "prompt");
        }
    }
    if logprobs.is_some_and(|count| count > MAX_LOGPROBS) {
        return wrong(format!("`logprobs` is at most {MAX_LOGPROBS}"), "logprobs");
    }
    let wanted = Wanted { fields, echo: echo == Some(true), logprobs };
    if wanted.fields.is_streamed() {
        if wanted.echo {
            return wrong("a stream carries no `echo`".to_owned(), "echo");
        }
        return match (prompts.pop(), prompts.as_slice()) {
            (Some(prompt), []) => {
                let look = Look::new(&shared, Shape::Text, wanted.fields.wants_usage(), logprobs);
                Ok(streamed(shared, wanted.request(prompt), look, in_flight).await?.into_response())
            }
            _ => wrong("a stream carries the reply to one prompt".to_owned(), "prompt"),
        };
    }
    let answers = try_join_all(prompts.into_iter().map(|prompt| answered(&shared, prompt, &wanted))).await?;
    let mut used: Option<Usage> = None;
    let mut choices = Vec::new();
    for Answered { choices: more, usage } in answers {
        choices.extend(more);
        if let Some(usage) = usage {
            used.get_or_insert(Usage::new(0, 0)).add(&usage);
        }
    }
    for (index, choice) in choices.iter_mut().enumerate() {
        choice["index"] = index.into();
    }
    Ok(Json(Envelope::new(Shape::Text, &shared.served.name).whole(choices, used)).into_response())
}

/// What became of one prompt.
struct Answered {
    choices: Vec<Value>,
    usage: Option<Usage>,
}

async fn answered(shared: &Shared, prompt: Prompt, wanted: &Wanted) -> Result<Answered, Refusal> {
    match wanted.beside_scores() {
        Some(new) => scored(shared, &prompt, new, wanted.logprobs.unwrap_or(0)).await,
        None => written(shared, prompt, wanted).await,
    }
}

/// The text as it is, with the log-probability of each token; with `new` 1 also of the likeliest next one.
async fn scored(shared: &Shared, prompt: &Prompt, new: u32, count: usize) -> Result<Answered, Refusal> {
    let (Before { mut text, mut list }, given) = scored_prompt(shared, prompt, (count, new)).await?;
    let usage = Usage::new(given.tokens.len() as u64, u64::from(new));
    let mut finish = "length";
    if let (1.., Some(Likely { id, bytes, logprob })) = (new, given.next.first().cloned()) {
        // What ends a text is no part of it, and is in the lists all the same.
        match given.ends {
            true => finish = "stop",
            false => text.push_str(&String::from_utf8_lossy(&bytes)),
        }
        let next = ScoredToken { id, bytes, logprob: Some(logprob), likely: given.next };
        list.add(&next, count);
    }
    let choice = choice(text, Some(list), finish);
    Ok(Answered { choices: vec![choice], usage: Some(usage) })
}

/// The text goes on.
async fn written(shared: &Shared, prompt: Prompt, wanted: &Wanted) -> Result<Answered, Refusal> {
    let count = wanted.logprobs.unwrap_or(0);
    let context = shared.context();
    // A prompt can be long, and is needed again for `echo` only.
    let echoed = wanted.echo.then(|| prompt.clone());
    let request = wanted.request(prompt);
    // First, because it knows before anything is computed whether the context takes it.
    let written = shared.seen(shared.served.model.write(&request, None, &context).await)?;
    let before = match echoed {
        None => Before::default(),
        Some(Prompt::Text(text)) if wanted.logprobs.is_none() => Before { text, list: OfText::default() },
        Some(prompt) => scored_prompt(shared, &prompt, (count, 0)).await?.0,
    };
    let choices = written.generation.completions.iter().enumerate().map(|(index, reply)| {
        let Before { text, mut list } = before.clone();
        for token in written.tokens.get(index).into_iter().flatten() {
            list.add(token, count);
        }
        let list = wanted.logprobs.map(|_| list);
        choice(text + &reply.text, list, finish_reason(&reply.finish))
    });
    Ok(Answered { choices: choices.collect(), usage: written.generation.usage })
}

/// What stands before a reply.
#[derive(Clone, Default)]
struct Before {
    text: String,
    list: OfText,
}

/// The prompt as it was sent, of token ids their text, and how likely its tokens are, with so many beside each; there must be
/// room for so many new ones after it.
async fn scored_prompt(
    shared: &Shared,
    prompt: &Prompt,
    (count, new): (usize, u32),
) -> Result<(Before, ScoredText), Refusal> {
    let context = shared.context();
    let given = shared.seen(shared.served.model.score_text(prompt, count.max(1), new, &context).await)?;
    let text = match prompt {
        Prompt::Text(text) => text.clone(),
        Prompt::Tokens(_) => {
            let bytes: Vec<u8> = given.tokens.iter().flat_map(|token| token.bytes.clone()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    let list = OfText::of_prompt(&text, &given.tokens, count);
    Ok((Before { text, list }, given))
}

/// A choice whose place is not known yet.
fn choice(text: String, list: Option<OfText>, finish: &str) -> Value {
    let logprobs = list.map(OfText::into_value);
    json!({"index": 0, "text": text, "logprobs": logprobs, "finish_reason": finish})
}
