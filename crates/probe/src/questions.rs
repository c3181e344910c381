//! The questions: what is asked, and how many tokens that may cost.

use evalscope_core::{CallFailure, Constraint, GenerateRequest, Generation, Input, Message, Role, Sampling};
use evalscope_model_api::{Capabilities, LoglikelihoodSupport};
use serde_json::{Map, Value, json};

/// Tokens of a reply at most. Long enough for two answers to part and for a word to stop at, and no less than the
/// 16 that OpenAI's Responses want.
pub const MAX_TOKENS: u32 = 32;
/// Tokens at most of replies that nobody reads.
const FEW_TOKENS: u32 = 1;
/// How often the first question is asked again.
pub const REPEATS: usize = 4;
/// The seed of the two draws.
const SEED: u64 = 7;

/// Goes on for longer than [`MAX_TOKENS`], with many words that could as well be others: where two tokens are
/// almost equally likely, an endpoint whose sums depend on its load answers otherwise.
const STORY: &str = "Tell a long story about a fisherman who finds a strange machine on the beach.";
/// The same for what goes on from raw text.
const STORY_BEGINNING: &str = "The fisherman found the machine on the beach early in the morning. It was";
/// What a reply is held to, to see whether it is.
const ODD_WORDS: [&str; 2] = ["quartz", "zebra"];
/// One token in every tokenizer in use.
const ONE_TOKEN: &str = "a";
/// What is to be echoed; the echo shows what the server puts before it.
pub const ECHOED: &str = "The quick brown fox";

/// Fields of protocols that say how many tokens a reply may have.
const LIMITS: [&str; 3] = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
/// Fields of protocols that say how many replies are wanted.
const COUNTS: [&str; 2] = ["n", "best_of"];

/// What the user adds to every request, such as a switch for reasoning, without what would make a probe dear: these
/// fields go over ours.
pub fn frugal(extra_body: &Map<String, Value>) -> Map<String, Value> {
    let mut frugal = extra_body.clone();
    for (names, most) in [(&LIMITS[..], MAX_TOKENS), (&COUNTS[..], 1)] {
        for name in names {
            let value = frugal.get_mut(*name);
            if let Some(value) = value.filter(|value| value.as_f64().is_some_and(|n| n > most.into())) {
                *value = most.into();
            }
        }
    }
    // Our limit may be taken out for another one, and for nothing else.
    if !LIMITS.iter().any(|name| frugal.get(*name).is_some_and(Value::is_number)) {
        LIMITS.iter().for_each(|name| drop(frugal.remove(*name)));
    }
    frugal
}

/// The endpoint that is looked at.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its protocol's name.
    pub provider: String,
    /// What it says it can do, and what a look without paid calls has shown.
    pub capabilities: Capabilities,
}

impl Subject {
    /// Whether it goes on from raw text, so that there is no template to look for.
    pub fn is_text(&self) -> bool {
        self.capabilities.text
    }

    /// Whether it knows OpenAI's names for log-probabilities.
    pub fn has_logprobs_field(&self) -> bool {
        matches!(self.provider.as_str(), "openai_chat" | "openai_completions")
    }

    /// Whether its counts of tokens show the layout of a conversation. The makers' own protocols count as they bill, and
    /// nobody can leave their template out.
    pub fn counts_layout(&self) -> bool {
        matches!(self.provider.as_str(), "openai_chat" | "ollama")
    }

    /// Whether the prompt comes back with log-probabilities.
    pub fn echoes(&self) -> bool {
        self.capabilities.loglikelihood == LoglikelihoodSupport::EchoCompletions
    }
}

/// What a question is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The same as the first question.
    Repeat,
    /// The same as a stream.
    Stream,
    /// A draw with a seed.
    Draw,
    /// The first question with a word of its answer as `stop`.
    Stop,
    /// Log-probabilities, of the prompt too where they can be had.
    Logprobs,
    /// A question whose reply is to be one of two words that do not fit it.
    Constrained(Constraint),
    /// A conversation of one message, for its count of tokens.
    OneMessage,
    /// A conversation of three messages, for its count of tokens, and for the tokens themselves where the server
    /// shows them.
    ThreeMessages,
}

/// What a question brought.
pub type Reply = Result<Generation, CallFailure>;

/// A question to the endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What is sent.
    pub request: GenerateRequest,
    /// Whether the reply is wanted as a stream.
    pub stream: bool,
}

/// The first question; the others are asked once it is answered.
pub fn first(subject: &Subject) -> Question {
    question(story(subject), greedy(MAX_TOKENS))
}

/// What the other questions are for, in order. `stop` is a word of the first answer.
pub fn purposes(subject: &Subject, stop: Option<&str>) -> Vec<Purpose> {
    let mut purposes = vec![Purpose::Repeat; REPEATS];
    purposes.extend([Purpose::Stream, Purpose::Draw, Purpose::Draw]);
    purposes.extend(stop.map(|_| Purpose::Stop));
    if subject.has_logprobs_field() {
        purposes.push(Purpose::Logprobs);
        purposes.extend(Constraint::ALL.map(Purpose::Constrained));
    }
    if !subject.is_text() && subject.counts_layout() {
        purposes.extend([Purpose::OneMessage, Purpose::ThreeMessages]);
    }
    purposes
}

/// The question for a purpose.
pub fn of(purpose: Purpose, subject: &Subject, stop: Option<&str>) -> Question {
    match purpose {
        Purpose::Repeat => first(subject),
        Purpose::Stream => Question { stream: true, ..first(subject) },
        Purpose::Draw => question(
            story(subject),
            Sampling { temperature: Some(1.0), seed: Some(SEED), ..greedy(MAX_TOKENS) },
        ),
        Purpose::Stop => question(
            story(subject),
            Sampling { stop: stop.map(str::to_owned).into_iter().collect(), ..greedy(MAX_TOKENS) },
        ),
        Purpose::Logprobs => logprobs(subject),
        Purpose::Constrained(constraint) => question(
            story(subject),
            Sampling { extra_body: constraint.fields(&odd_words()), ..greedy(MAX_TOKENS) },
        ),
        Purpose::OneMessage => question(conversation(1), greedy(FEW_TOKENS)),
        Purpose::ThreeMessages => {
            // vLLM shows the prompt's tokens by this name; what does not know it ignores it or refuses the call.
            let shown = if subject.has_logprobs_field() { json!({"prompt_logprobs": 0}) } else { json!({}) };
            question(conversation(3), Sampling { extra_body: fields(shown), ..greedy(FEW_TOKENS) })
        }
    }
}

/// Words with which no story begins.
pub fn odd_words() -> Vec<String> {
    ODD_WORDS.map(str::to_owned).to_vec()
}

fn logprobs(subject: &Subject) -> Question {
    let (input, asked) = match (subject.is_text(), subject.echoes()) {
        (true, true) => (Input::Text(ECHOED.into()), json!({"logprobs": 1, "echo": true})),
        (true, false) => (Input::Text(ECHOED.into()), json!({"logprobs": 1})),
        (false, _) => (conversation(1), json!({"logprobs": true, "top_logprobs": 1})),
    };
    question(input, Sampling { extra_body: fields(asked), ..greedy(FEW_TOKENS) })
}

fn story(subject: &Subject) -> Input {
    match subject.is_text() {
        true => Input::Text(STORY_BEGINNING.into()),
        false => Input::Chat(vec![Message::user(STORY)]),
    }
}

/// So many messages of one token each, by turns.
fn conversation(count: usize) -> Input {
    let message = |place: usize| match place % 2 {
        0 => Message::user(ONE_TOKEN),
        _ => Message::new(Role::Assistant, ONE_TOKEN),
    };
    Input::Chat((0..count).map(message).collect())
}

fn greedy(max_tokens: u32) -> Sampling {
    Sampling { temperature: Some(0.0), max_tokens: Some(max_tokens), ..Sampling::default() }
}

fn question(input: Input, sampling: Sampling) -> Question {
    Question { request: GenerateRequest::new(input, sampling), stream: false }
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_adds_makes_no_probe_dear() {
        assert!(frugal(&fields(json!({"max_tokens": null}))).is_empty());
        let given = json!({"max_completion_tokens": 16000, "max_tokens": null, "n": 4, "top_k": 20, "max_output_tokens": 8});
        let sent = json!({"max_completion_tokens": 32, "max_tokens": null, "n": 1, "top_k": 20, "max_output_tokens": 8});
        assert_eq!(Value::Object(frugal(&fields(given))), sent);
    }
}
