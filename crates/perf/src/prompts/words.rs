//! Texts of a length: counted in tokens where there is a tokenizer, else in characters.

use crate::error::Error;
use crate::prompts::corpus;
use crate::prompts::random_tokens::RandomTokens;
use crate::random::Random;

/// Where texts come from.
pub enum Words<'a> {
    /// Sentences; lengths are characters.
    Made,
    /// Words of a tokenizer; lengths are its tokens, exactly.
    Tokens(RandomTokens<'a>),
}

/// Characters that stand for a token where nothing counts them: what English texts have on average.
pub const CHARACTERS_OF_A_TOKEN: usize = 5;

impl Words<'_> {
    /// A beginning of this length.
    pub fn beginning(&self, random: &mut Random, length: usize) -> Result<String, Error> {
        match self {
            Words::Made => Ok(corpus::prompt(random, length) + "\n"),
            Words::Tokens(tokens) => tokens.text(random, length),
        }
    }

    /// `beginning` with a text of this length behind it.
    pub fn after(&self, beginning: &str, random: &mut Random, length: usize) -> Result<String, Error> {
        match self {
            Words::Made => Ok(format!("{beginning}{}", corpus::prompt(random, length))),
            Words::Tokens(tokens) if beginning.is_empty() => tokens.text(random, length),
            Words::Tokens(tokens) => tokens.after(beginning, random, length),
        }
    }

    /// A text of about so many tokens.
    pub fn about(&self, random: &mut Random, tokens: usize) -> Result<String, Error> {
        match self {
            Words::Made => Ok(corpus::sentences(random, tokens * CHARACTERS_OF_A_TOKEN)),
            Words::Tokens(exact) => exact.text(random, tokens),
        }
    }
}
