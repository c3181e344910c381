//! What the parent and a worker say to each other: four bytes of length, then JSON; logits follow as they are.
//!
//! The parent asks, the worker answers, one question at a time. Neither believes the other's numbers.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{Error, ErrorKind, Read, Write};
use std::path::PathBuf;

/// No message is longer: the longest is a vocabulary of 300,000 tokens, some 20 MB.
const LONGEST: usize = 256 << 20;

/// What a worker is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Open a model; the first question.
    Open(Open),
    /// Give token ids of a text, special tokens found and nothing added.
    Tokenize(String),
    /// Compute.
    Compute(Pass),
}

/// Which model to open, and what for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// The file.
    pub path: PathBuf,
    /// What the worker is for.
    pub role: Role,
    /// Threads that compute.
    pub threads: usize,
    /// Tokens of prompt and reply together; as many as the model has and memory allows when absent.
    pub context: Option<usize>,
    /// Sequences that there may be at once.
    pub sequences: usize,
    /// New tokens of one pass at most.
    pub rows: usize,
    /// How exactly it computes.
    pub mode: Mode,
    /// Layers that a graphics card computes; all that fit when absent.
    pub gpu_layers: Option<u32>,
}

/// What a worker is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It turns text into tokens. It reads no weights.
    Vocabulary,
    /// It computes logits.
    Compute,
}

/// How exactly llama.cpp computes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Keys and values in 32 bits, no flash attention: with weights in 32 bits, log-probabilities then depend on batch, threads
    /// and kept prefixes by no more than 1e-5 or so.
    #[default]
    Strict,
    /// As llama.cpp likes it: keys and values in 16 bits, flash attention where it pays.
    Fast,
}

impl Mode {
    /// All of them.
    pub const ALL: [Mode; 2] = [Mode::Strict, Mode::Fast];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Strict => "strict",
            Mode::Fast => "fast",
        }
    }
}

/// What one pass does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Pass {
    /// Done first, in order.
    pub steps: Vec<Step>,
    /// Then computed together.
    pub parts: Vec<NewTokens>,
}

/// A change of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// The second sequence, which is empty, becomes the first `tokens` tokens of the first.
    Copy {
        /// The first.
        from: u32,
        /// The second.
        to: u32,
        /// How many.
        tokens: usize,
    },
    /// All but the first `tokens` tokens of a sequence are forgotten.
    Cut {
        /// Which.
        sequence: u32,
        /// How many stay.
        tokens: usize,
    },
}

/// New tokens of one sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTokens {
    /// Which.
    pub sequence: u32,
    /// How many tokens it has before.
    pub position: usize,
    /// The new ones.
    pub tokens: Vec<u32>,
    /// Index of the first new token after which logits are wanted; all later ones are wanted too.
    pub logits_from: usize,
}

impl Pass {
    /// Rows of logits that are wanted.
    pub fn rows(&self) -> usize {
        self.parts.iter().map(|part| part.tokens.len().saturating_sub(part.logits_from)).sum()
    }
}

/// What a worker answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// It is open, for text.
    Vocabulary(Vocabulary),
    /// It is open, to compute.
    Ready(Facts),
    /// Token ids.
    Tokens(Vec<u32>),
    /// So many rows of logits follow, as 32-bit floats in the machine's own order of bytes: both sides are one binary.
    Rows(usize),
    /// It cannot do that.
    Failed(String),
}

/// What the file says of text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Vocabulary {
    /// Bytes of each token, and what it is.
    pub tokens: Vec<(Vec<u8>, Kind)>,
    /// The token that texts begin with.
    pub bos: Option<u32>,
    /// The token that texts end with.
    pub eos: Option<u32>,
    /// Whether prompts begin with the former.
    pub adds_bos: bool,
    /// Tokens that end a reply.
    pub ends: Vec<u32>,
    /// Whether a reply begins with a space that is not part of it.
    pub drops_space: bool,
    /// The chat template.
    pub template: Option<String>,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A piece of text.
    Normal,
    /// Stands for what the vocabulary lacks.
    Unknown,
    /// Steers the model and is no text.
    Control,
    /// Text that is never cut.
    UserDefined,
    /// Reserved.
    Unused,
    /// One byte.
    Byte,
}

/// What is known of a model that is open to compute.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Numbers in a row of logits.
    pub vocabulary: usize,
    /// Tokens of prompt and reply together.
    pub context: usize,
    /// Tokens that the model was made for.
    pub trained_context: usize,
    /// Tokens whose keys and values are kept at once.
    pub cells: usize,
    /// Sequences that there may be at once.
    pub sequences: usize,
    /// Whether a sequence can be cut anywhere.
    pub cuts: bool,
    /// Bits of a weight, on average.
    pub bits: f64,
    /// What computes: version, and what of the processor it uses.
    pub build: String,
    /// What of its confinement the system does not give.
    #[serde(default)]
    pub missing: Vec<String>,
}

/// Writes one message.
pub fn write<T: Serialize>(to: &mut impl Write, message: &T) -> Result<(), Error> {
    let json = serde_json::to_vec(message)?;
    let length = u32::try_from(json.len()).map_err(|_| Error::from(ErrorKind::FileTooLarge))?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&json)?;
    to.flush()
}

/// Reads one message and not a byte more.
pub fn read<T: DeserializeOwned>(from: &mut impl Read) -> Result<T, Error> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST {
        return Err(Error::from(ErrorKind::InvalidData));
    }
    let mut json = vec![0; length];
    from.read_exact(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}

/// Writes logits.
pub fn write_row(to: &mut impl Write, row: &[f32]) -> Result<(), Error> {
    to.write_all(bytemuck::cast_slice(row))
}

/// Reads so many numbers.
pub fn read_numbers(from: &mut impl Read, count: usize) -> Result<Vec<f32>, Error> {
    let mut numbers = vec![0.0; count];
    from.read_exact(bytemuck::cast_slice_mut(&mut numbers))?;
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_numbers_come_out_as_they_went_in() {
        let part = NewTokens { sequence: 3, position: 7, tokens: vec![1, 2, 3], logits_from: 2 };
        let steps = vec![Step::Copy { from: 1, to: 2, tokens: 5 }, Step::Cut { sequence: 1, tokens: 0 }];
        let request = Request::Compute(Pass { steps, parts: vec![part] });
        let numbers: Vec<f32> = (0..40_000).map(|number| number as f32 / 3.0).collect();
        let mut bytes = Vec::new();
        write(&mut bytes, &request).unwrap();
        write_row(&mut bytes, &numbers).unwrap();
        write(&mut bytes, &Reply::Rows(1)).unwrap();
        let mut from = bytes.as_slice();
        assert_eq!(read::<Request>(&mut from).unwrap(), request);
        assert_eq!(read_numbers(&mut from, numbers.len()).unwrap(), numbers);
        assert_eq!(read::<Reply>(&mut from).unwrap(), Reply::Rows(1));
        assert!(from.is_empty());
    }

    #[test]
    fn a_message_that_claims_to_be_endless_or_is_cut_is_refused() {
        assert!(read::<Reply>(&mut [0xff; 8].as_slice()).is_err());
        assert!(read::<Reply>(&mut [9, 0, 0, 0, b'{'].as_slice()).is_err());
        assert!(read_numbers(&mut [0; 7].as_slice(), 2).is_err());
    }
}
