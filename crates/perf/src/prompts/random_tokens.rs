//! Prompts of exactly so many tokens under a tokenizer.

use crate::error::Error;
use crate::prompts::tokenizer::Tokenizer;
use crate::random::Random;

/// Attempts to meet a length: the first word of a text may be more than one token.
const ATTEMPTS: usize = 8;
/// Fewer words would make prompts that hardly differ.
const LEAST_WORDS: usize = 100;

/// Makes texts of exactly so many tokens.
pub struct RandomTokens<'a> {
    tokenizer: &'a Tokenizer,
    words: Vec<String>,
}

impl<'a> RandomTokens<'a> {
    /// Finds the words of a tokenizer.
    pub fn new(tokenizer: &'a Tokenizer) -> Result<RandomTokens<'a>, Error> {
        let words = tokenizer.words();
        if words.len() < LEAST_WORDS {
            return Err(Error::option(
                format!("the tokenizer has only {} words that are one token each", words.len()),
                Some("take another `--dataset`"),
            ));
        }
        Ok(RandomTokens { tokenizer, words })
    }

    /// A text of exactly so many tokens, the same for the same random numbers.
    pub fn text(&self, random: &mut Random, tokens: usize) -> Result<String, Error> {
        self.after("", random, tokens)
    }

    /// `prefix` with so many tokens behind it, exactly as many more than it has alone.
    pub fn after(&self, prefix: &str, random: &mut Random, tokens: usize) -> Result<String, Error> {
        let before = self.tokenizer.tokens(prefix).len();
        let mut words: Vec<&str> = (0..tokens).map(|_| self.draw(random)).collect();
        for _ in 0..ATTEMPTS {
            let text = format!("{prefix}{}", words.concat());
            let text = text.trim_start();
            let count = self.tokenizer.tokens(text).len().saturating_sub(before);
            match count.cmp(&tokens) {
                std::cmp::Ordering::Equal => return Ok(text.to_owned()),
                std::cmp::Ordering::Less => words.extend((count..tokens).map(|_| self.draw(random))),
                std::cmp::Ordering::Greater => {
                    words.truncate(words.len().saturating_sub(count - tokens));
                }
            }
            // The first word is the one that may count differently at the beginning of a text.
            if let Some(first) = words.first_mut() {
                *first = self.draw(random);
            }
        }
        Err(Error::option(
            format!("no text of exactly {tokens} tokens was found"),
            Some("take another length"),
        ))
    }

    fn draw(&self, random: &mut Random) -> &str {
        &self.words[random.below(self.words.len())]
    }
}
