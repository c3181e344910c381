//! How many tokens a prompt has, estimated without a tokenizer.
//!
//! Measured on English and Chinese prompts, prose, Markdown and code with the vocabularies cl100k, o200k and Qwen's:
//! 2.6 to 5.0 bytes a token, and 0.58 to 1.33 tokens for each Chinese character. The range below holds all of them.
//! Vocabularies made for English alone (GPT-2's) need up to 2.2 tokens for a Chinese character, more than the range
//! says.

use crate::effect::Effect;
use crate::message::Message;
use crate::request::Input;
use schemars::JsonSchema;
use serde::Serialize;

/// Hundredths of a token for a UTF-8 byte outside Chinese, Japanese and Korean characters: least and most.
const OF_A_BYTE: (u64, u64) = (20, 40);
/// Hundredths of a token for a Chinese, Japanese or Korean character: least and most.
const OF_A_CHARACTER: (u64, u64) = (58, 135);
/// Tokens with which a chat template frames a message: least and most.
const OF_A_MESSAGE: (u64, u64) = (3, 8);

/// An estimate: probably not less than `low` and not more than `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct TokenRange {
    /// Probably at least.
    pub low: u64,
    /// Probably at most.
    pub high: u64,
}

impl TokenRange {
    /// Adds another estimate.
    pub fn add(&mut self, other: TokenRange) {
        self.low = self.low.saturating_add(other.low);
        self.high = self.high.saturating_add(other.high);
    }

    /// The estimate for the same, so many times.
    #[must_use]
    pub fn times(self, count: u64) -> TokenRange {
        TokenRange { low: self.low.saturating_mul(count), high: self.high.saturating_mul(count) }
    }
}

/// Estimates the tokens that an effect sends. Images are not counted: what they cost depends on the model.
///
/// For a comparison by likelihood every continuation is sent with the text before it.
pub fn of_prompt(effect: &Effect) -> TokenRange {
    match effect {
        Effect::Generate(request) => {
            let mut sum = match &request.input {
                Input::Chat(messages) => of_chat(messages),
                Input::Text(text) => of_text(text),
            };
            for tool in &request.tools {
                sum.add(of_text(&serde_json::to_string(tool).unwrap_or_default()));
            }
            sum
        }
        Effect::Loglikelihood(request) => {
            let prefix = of_text(&request.prefix_text()).times(request.continuations.len() as u64);
            request.continuations.iter().map(|text| of_text(text)).fold(prefix, |mut sum, range| {
                sum.add(range);
                sum
            })
        }
        // No model sees it.
        Effect::Execute(_) => TokenRange::default(),
    }
}

fn of_chat(messages: &[Message]) -> TokenRange {
    let mut sum = TokenRange { low: OF_A_MESSAGE.0, high: OF_A_MESSAGE.1 }.times(messages.len() as u64);
    messages.iter().for_each(|message| sum.add(of_text(&message.text())));
    sum
}

/// Estimates the tokens of a text.
pub fn of_text(text: &str) -> TokenRange {
    let (mut bytes, mut characters) = (0_u64, 0_u64);
    for c in text.chars() {
        if is_east_asian(c) {
            characters += 1;
        } else {
            bytes += c.len_utf8() as u64;
        }
    }
    TokenRange {
        low: (bytes * OF_A_BYTE.0 + characters * OF_A_CHARACTER.0) / 100,
        high: (bytes * OF_A_BYTE.1 + characters * OF_A_CHARACTER.1).div_ceil(100),
    }
}

/// Chinese, Japanese and Korean characters, their punctuation and full-width forms.
fn is_east_asian(c: char) -> bool {
    matches!(u32::from(c), 0x2e80..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0xff00..=0xffef | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{GenerateRequest, LoglikelihoodRequest, Sampling};

    #[test]
    fn the_range_holds_what_tokenizers_count() {
        // Counted with cl100k_base, o200k_base (tiktoken-rs 0.6.0) and qwen.tiktoken (dashscope 1.20.0): least and most.
        for (text, least, most) in [
            ("The quick brown fox jumps over the lazy dog.", 10, 10),
            ("中国的首都是哪里？请只回答城市的名字。", 11, 20),
            ("fn main() { println!(\"{}\", 40 + 2); }", 13, 14),
        ] {
            let range = of_text(text);
            assert!(range.low <= least && most <= range.high, "{text}: {range:?}");
        }
        assert_eq!(of_text(""), TokenRange::default());
    }

    #[test]
    fn continuations_are_sent_with_what_stands_before_them() {
        let effect = Effect::Loglikelihood(LoglikelihoodRequest {
            prefix: vec!["a".repeat(500)],
            continuations: vec!["b".repeat(50); 4],
            tokens: Default::default(),
        });
        assert_eq!(of_prompt(&effect), TokenRange { low: 440, high: 880 });
    }

    #[test]
    fn messages_have_a_frame() {
        let chat = vec![Message::system("a".repeat(100)), Message::user("b".repeat(100))];
        let effect = Effect::Generate(GenerateRequest::new(Input::Chat(chat), Sampling::default()));
        assert_eq!(of_prompt(&effect), TokenRange { low: 46, high: 96 });
    }
}
