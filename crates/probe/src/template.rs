//! What counts of tokens, and tokens of the prompt where they are shown, say about the layout of a conversation.
//!
//! Each message is one token long, so the rest of a count is layout: marks of roles, start tokens, the server's own
//! text. A count does not say which, so only wide gaps are taken for an answer.

use crate::findings::Seen;
use crate::questions::{ECHOED, Reply, Subject};
use crate::seeing::{Found, log_probabilities, unknown};
use evalscope_core::Generation;
use serde_json::Value;

/// Tokens around a message that a start token alone explains.
const MAX_WITHOUT_TEMPLATE: u64 = 1;
/// Tokens around a message that any template in use needs: a mark before it, one after it, the role to answer.
const MIN_OF_TEMPLATE: u64 = 3;
/// Tokens before the first message that start tokens and the mark of the answering role explain; templates in use
/// need 6 at most, a sentence has more.
const MAX_MARKS: u64 = 8;
/// How models in use write the token at which a text begins.
const START_TOKENS: [&str; 6] = [
    "<s>",
    "<bos>",
    "[BOS]",
    "<|begin_of_text|>",
    "<|startoftext|>",
    // DeepSeek's, with signs outside ASCII.
    "<\u{ff5c}begin\u{2581}of\u{2581}sentence\u{ff5c}>",
];

/// Tokens that conversations of one and three messages cost.
#[derive(Debug)]
pub struct Counts {
    one: Result<u64, String>,
    three: Result<u64, String>,
}

impl Counts {
    /// Reads the counts out of the replies.
    pub fn of(one: Option<&Reply>, three: Option<&Reply>) -> Counts {
        Counts { one: count(one), three: count(three) }
    }

    /// Tokens around each further message.
    fn around_further(&self) -> Option<u64> {
        let more = self.three.as_ref().ok()?.checked_sub(*self.one.as_ref().ok()?)?;
        // Two messages of one token each.
        Some(more.saturating_sub(2) / 2)
    }
}

fn count(reply: Option<&Reply>) -> Result<u64, String> {
    match reply {
        None => Err("not asked: this protocol's counts do not show it".into()),
        Some(Err(failure)) => Err(failure.message.clone()),
        Some(Ok(generation)) => match generation.usage {
            Some(usage) if usage.input_tokens > 0 => Ok(usage.input_tokens),
            _ => Err("tokens are not counted".into()),
        },
    }
}

/// Whether a conversation is laid out by a chat template.
pub fn chat_template(counts: &Counts) -> Found {
    let one = match &counts.one {
        Ok(one) => *one,
        Err(why) => return unknown(why.clone()),
    };
    let around = one.saturating_sub(1);
    let evidence = format!("a message of one token costs {one}");
    let further = counts.around_further();
    match around {
        0..=MAX_WITHOUT_TEMPLATE if further.is_none_or(|tokens| tokens <= MAX_WITHOUT_TEMPLATE) => {
            (Seen::No, format!("{evidence}: no room for marks of roles, unless the server leaves them out"))
        }
        MIN_OF_TEMPLATE.. => (Seen::Yes, format!("{evidence}: {around} are layout")),
        _ => unknown(format!("{evidence}, which a template and start tokens can both explain")),
    }
}

/// Whether the template says something of its own.
pub fn added_text(counts: &Counts) -> Found {
    let one = match (&counts.one, &counts.three) {
        (Ok(one), Ok(_)) => *one,
        (Err(why), _) | (_, Err(why)) => return unknown(why.clone()),
    };
    let Some(around) = counts.around_further() else {
        return unknown("three messages cost less than one");
    };
    let before = one.saturating_sub(1 + around);
    if before <= MAX_MARKS {
        return (Seen::No, format!("{before} tokens beside the message and its marks"));
    }
    let evidence = format!(
        "about {before} tokens beside a message of one token and its marks, such as a default system message"
    );
    (Seen::Yes, evidence)
}

/// Whether the prompt begins with two start tokens, where the server shows the prompt's tokens (vLLM).
pub fn double_bos_in_prompt(reply: Option<&Reply>) -> Found {
    let generation = match reply {
        Some(Ok(generation)) => generation,
        Some(Err(_)) | None => return unknown("the server does not show the prompt's tokens"),
    };
    match second_token(generation) {
        None => unknown("the server does not show the prompt's tokens"),
        // The first token has no number, as nothing stands before it.
        Some(token) if START_TOKENS.contains(&token) => {
            (Seen::Yes, format!("the second token of the prompt is `{token}`"))
        }
        Some(token) => (Seen::No, format!("the second token of the prompt is `{}`", token.escape_debug())),
    }
}

fn second_token(generation: &Generation) -> Option<&str> {
    let entry = generation.extra.get("prompt_logprobs")?.get(1)?.as_object()?;
    entry.values().next()?.get("decoded_token")?.as_str()
}

/// Whether the echo of a prompt begins with two start tokens.
pub fn double_bos_in_echo(subject: &Subject, reply: Option<&Reply>) -> Found {
    let generation = match reply {
        Some(Ok(generation)) if subject.echoes() => generation,
        Some(Err(failure)) if subject.echoes() => return unknown(failure.message.clone()),
        _ => return unknown("the server does not show the prompt's tokens"),
    };
    let tokens = log_probabilities(generation)["tokens"].as_array().map_or(&[][..], Vec::as_slice);
    let is_text = |token: &&Value| {
        token.as_str().is_some_and(|token| !token.trim().is_empty() && ECHOED.starts_with(token.trim()))
    };
    let Some(before) = tokens.iter().position(|token| is_text(&token)) else {
        return unknown("the prompt does not come back");
    };
    match &tokens[..before] {
        [one, other, ..] if one == other => {
            (Seen::Yes, format!("the echo begins with {before} start tokens {one}"))
        }
        [] => (Seen::No, "the echo begins with the text".to_owned()),
        [one, ..] => (Seen::No, format!("the echo begins with one start token {one}")),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use evalscope_core::Usage;
    use evalscope_model_api::{Capabilities, LoglikelihoodSupport};
    use serde_json::json;

    pub fn subject(provider: &str, is_text: bool) -> Subject {
        let capabilities = Capabilities {
            text: is_text,
            loglikelihood: LoglikelihoodSupport::EchoCompletions,
            ..Capabilities::of_replies(1, "")
        };
        Subject { provider: provider.into(), capabilities }
    }

    fn counted(tokens: u64) -> Reply {
        Ok(Generation { usage: Some(Usage::new(tokens, 1)), ..Generation::default() })
    }

    fn layout(one: u64, three: u64) -> (Seen, Seen) {
        let counts = Counts::of(Some(&counted(one)), Some(&counted(three)));
        (chat_template(&counts).0, added_text(&counts).0)
    }

    #[test]
    fn counts_tell_a_template_and_its_own_words() {
        // The text alone; with a start token; with line breaks between messages.
        assert_eq!(layout(1, 3), (Seen::No, Seen::No));
        assert_eq!(layout(2, 4), (Seen::No, Seen::No));
        assert_eq!(layout(2, 6), (Seen::No, Seen::No));
        // ChatML: 5 marks a message and 3 for the answer.
        assert_eq!(layout(9, 21), (Seen::Yes, Seen::No));
        // The same with a default system message of 21 tokens.
        assert_eq!(layout(30, 42), (Seen::Yes, Seen::Yes));
        // A start token and `[INST]`, or a template of two marks: nobody knows.
        assert_eq!(layout(3, 7).0, Seen::Unknown);
        let nothing = Counts::of(None, None);
        assert_eq!((chat_template(&nothing).0, added_text(&nothing).0), (Seen::Unknown, Seen::Unknown));
    }

    #[test]
    fn two_start_tokens_are_seen_in_an_echo() {
        let seen = |tokens: Value| {
            let mut generation = Generation::default();
            generation.extra.insert("choices".into(), json!([{"logprobs": {"tokens": tokens}}]));
            double_bos_in_echo(&subject("openai_completions", true), Some(&Ok(generation))).0
        };
        assert_eq!(seen(json!(["<s>", "<s>", "The", " quick"])), Seen::Yes);
        assert_eq!(seen(json!(["<s>", "The", " quick"])), Seen::No);
        assert_eq!(seen(json!(["The", " quick"])), Seen::No);
        assert_eq!(seen(json!([])), Seen::Unknown);
    }

    #[test]
    fn two_start_tokens_are_seen_in_a_shown_prompt() {
        let seen = |second: &str| {
            let mut generation = Generation::default();
            let entry = json!({"1": {"logprob": -1.0, "rank": 1, "decoded_token": second}});
            generation.extra.insert("prompt_logprobs".into(), json!([null, entry]));
            double_bos_in_prompt(Some(&Ok(generation))).0
        };
        assert_eq!(seen("<|begin_of_text|>"), Seen::Yes);
        assert_eq!(seen("<|start_header_id|>"), Seen::No);
        assert_eq!(double_bos_in_prompt(Some(&counted(3))).0, Seen::Unknown);
    }
}
