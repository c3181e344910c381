//! What judges said of one reply, kept apart from the score: it tells how far the judges can be trusted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What judges said of one reply, and how long it was as they saw it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct JudgedReply {
    /// The reply.
    pub reply: TextLength,
    /// The answer beside it, where two were compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<TextLength>,
    /// Every verdict; those of a judge in both orders stand side by side.
    pub votes: Vec<JudgeVote>,
}

/// How long a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TextLength {
    /// Words; a Chinese, Japanese or Korean sign is one.
    pub words: u64,
    /// Characters, as Unicode counts them.
    pub characters: u64,
}

/// One verdict of a judge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgeVote {
    /// Which judge, from 0.
    pub judge: u32,
    /// Which of its verdicts, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeat: u32,
    /// What it was shown.
    pub shown: Shown,
    /// Whether an answer without content stood in the reply's place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_null_model: bool,
    /// What the verdict gives the reply, 0 to 1; absent when it could not be read.
    pub share: Option<f64>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Where a reply stood before the judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// By itself.
    Alone,
    /// Before the other answer.
    First,
    /// After the other answer.
    Second,
}

impl TextLength {
    /// The length of a text.
    pub fn of(text: &str) -> TextLength {
        let is_wide = |c: char| matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7a3);
        let wide = text.chars().filter(|c| is_wide(*c)).count();
        let parts = text.split(|c: char| c.is_whitespace() || is_wide(c));
        let words = wide + parts.filter(|word| !word.is_empty()).count();
        TextLength { words: words as u64, characters: text.chars().count() as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_all_scripts_are_counted() {
        assert_eq!(TextLength::of("送货上门 in English"), TextLength { words: 6, characters: 15 });
        assert_eq!(TextLength::of(" \n"), TextLength { words: 0, characters: 2 });
    }
}
