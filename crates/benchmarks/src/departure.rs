//! How a multiple-choice protocol is asked when not in its reference's mode.

use crate::schema::ExtractStep;
use crate::steps::names;
use evalscope_core::{ChoiceMode, Sampling};

/// Tokens of a constrained reply at most: a letter, or a JSON object around it.
const CONSTRAINED_TOKENS: u32 = 32;
/// Tokens of a raw continuation at most.
const RAW_TOKENS: u32 = 64;
/// What stands before an answer where the protocol has no words of its own for it.
pub(crate) const ANSWER: &str = "Answer:";

/// How a protocol is asked when not as its reference does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Departure {
    pub mode: ChoiceMode,
    /// As a conversation; else as raw text.
    pub is_chat: bool,
    /// What is put after the protocol's prompt, so that a letter is what comes next.
    pub after_prompt: Option<&'static str>,
}

/// Words that a protocol wants before the letter.
struct Lead {
    words: &'static str,
    /// Takes the wish back, in the prompt's language.
    unsaid: &'static str,
}

const ENGLISH: Lead = Lead { words: "ANSWER:", unsaid: "Reply with the letter alone." };
const CHINESE: Lead = Lead { words: "答案：", unsaid: "只回答选项的字母。" };

impl Departure {
    /// The departure into this mode of a protocol that finds its answer by these steps.
    pub fn new((own, mode): (ChoiceMode, ChoiceMode), is_chat: bool, steps: &[ExtractStep]) -> Departure {
        let mut departure = Departure { mode, is_chat, after_prompt: None };
        // Prompts before which likelihoods are compared are written for a letter, and a free reply may begin as it likes.
        if own == ChoiceMode::Generate && mode != ChoiceMode::Generate {
            departure.after_prompt = match (departure.speaks(), lead(steps)) {
                // In a conversation nothing can be begun for the model.
                (true, lead) => lead.map(|lead| lead.unsaid),
                (false, lead) => Some(lead.map_or(ANSWER, |lead| lead.words)),
            };
        }
        departure
    }

    /// Whether a message is sent, so that the model begins its reply by itself: likelihoods are those of raw text.
    pub fn speaks(self) -> bool {
        self.is_chat && self.mode != ChoiceMode::Loglikelihood
    }

    /// What a plan says of it.
    pub fn planned(self) -> serde_json::Value {
        let mut planned = serde_json::json!({"mode": self.mode, "chat": self.is_chat});
        if let Some(words) = self.after_prompt.filter(|words| !self.was_always_put(words)) {
            planned["after_prompt"] = words.into();
        }
        planned
    }

    /// The departure as a plan says that it was: older versions put less after their prompts.
    pub fn as_planned(self, planned: &serde_json::Value) -> Departure {
        let after_prompt = self
            .after_prompt
            .filter(|words| self.was_always_put(words) || planned["after_prompt"].as_str() == Some(*words));
        Departure { after_prompt, ..self }
    }

    /// Whether older versions put the same there, whose plans do not name it.
    fn was_always_put(self, words: &str) -> bool {
        self.mode == ChoiceMode::Loglikelihood && words != ANSWER
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

/// What the extractors want before the letter.
fn lead(steps: &[ExtractStep]) -> Option<Lead> {
    let is = |name: &str| names(steps, name);
    match (is("answer_letter_zh"), is("answer_letter") || is("option_or_text")) {
        (true, _) => Some(CHINESE),
        (_, true) => Some(ENGLISH),
        _ => None,
    }
}
