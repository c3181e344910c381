//! How a multiple-choice protocol is asked when not in its reference's mode.

use evalscope_core::{ChoiceMode, Sampling};

/// Tokens of a constrained reply at most: a letter, or a JSON object around it.
const CONSTRAINED_TOKENS: u32 = 32;
/// Tokens of a raw continuation at most.
const RAW_TOKENS: u32 = 64;

/// How a protocol is asked when not as its reference does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Departure {
    pub mode: ChoiceMode,
    /// As a conversation; else as raw text.
    pub is_chat: bool,
}

impl Departure {
    /// What a plan says of it.
    pub fn planned(self) -> serde_json::Value {
        serde_json::json!({"mode": self.mode, "chat": self.is_chat})
    }

    /// The sampling of its requests, from the protocol's own.
    pub fn sampling(self, own: &Sampling) -> Sampling {
        let max_tokens = match self.mode {
            ChoiceMode::TopLogprobs => Some(1),
            ChoiceMode::Constrained(_) => Some(CONSTRAINED_TOKENS),
            // Raw text goes on after the answer, with the next question for one.
            ChoiceMode::Generate if !self.is_chat => {
                let stop = vec!["\n".to_owned()];
                return Sampling { max_tokens: Some(RAW_TOKENS), stop, ..own.clone() };
            }
            ChoiceMode::Loglikelihood | ChoiceMode::Generate => return own.clone(),
        };
        Sampling { max_tokens, temperature: Some(0.0), ..Sampling::default() }
    }
}
