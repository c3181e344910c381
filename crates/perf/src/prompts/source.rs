//! Chooses and reads prompts, as many as the test can use.

use crate::api::Prompt;
use crate::error::Error;
use crate::prompts::corpus;
use crate::prompts::file::{self, Column};
use crate::prompts::random_tokens::RandomTokens;
use crate::prompts::tokenizer::Tokenizer;
use crate::random::Random;
use std::path::PathBuf;

/// Prompts that are kept at most; a longer test asks them again.
const MOST_PROMPTS: u64 = 100_000;
/// Prompts that are made up at most: making them must not hold up the beginning.
const MOST_MADE: usize = 10_000;
/// Characters that are kept at most, for the same reason.
const MOST_CHARACTERS: usize = 256 << 20;
/// Characters of a prompt at most, as in EvalScope.
const LONGEST: usize = 131_072;

/// Where prompts come from.
pub enum Dataset {
    /// Sentences that are made up.
    Synthetic,
    /// Exactly so many tokens each.
    Random,
    /// This text, again and again.
    Given(Prompt),
    /// The lines of a file.
    Lines(PathBuf),
    /// A column of rows.
    Rows(Box<evalscope_data::Dataset>, Column),
}

/// What is asked of prompts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// The least length: tokens with a tokenizer, else characters.
    pub min_length: Option<usize>,
    /// The greatest.
    pub max_length: Option<usize>,
    /// Length of a beginning that all share, of made-up prompts.
    pub prefix_length: usize,
    /// Rows of a file that are left out at its beginning.
    pub offset: usize,
    /// How many requests there will be, as far as is known.
    pub requests: u64,
    /// The seed.
    pub seed: u64,
}

/// Reads or makes prompts.
pub fn read(dataset: &Dataset, asked: &Asked, tokenizer: Option<&Tokenizer>) -> Result<Vec<Prompt>, Error> {
    let most = usize::try_from(asked.requests.clamp(1, MOST_PROMPTS)).unwrap_or(1);
    let made = most.min(MOST_MADE);
    let prompts = match dataset {
        Dataset::Synthetic => synthetic(asked, tokenizer, made)?,
        Dataset::Random => random(asked, tokenizer, made)?,
        Dataset::Given(prompt) => vec![prompt.clone()],
        Dataset::Lines(path) => fitting(file::lines(path)?, asked, tokenizer, most)?,
        Dataset::Rows(rows, column) => fitting(file::rows(rows, column)?, asked, tokenizer, most)?,
    };
    if prompts.is_empty() {
        return Err(Error::option(
            "no prompt is left",
            Some(
                "look at `--dataset-path`, `--min-prompt-length`, `--max-prompt-length` and `--dataset-offset`",
            ),
        ));
    }
    Ok(prompts)
}

/// Those that are neither too short nor too long.
fn fitting(
    prompts: impl Iterator<Item = Result<Prompt, Error>>,
    asked: &Asked,
    tokenizer: Option<&Tokenizer>,
    most: usize,
) -> Result<Vec<Prompt>, Error> {
    let (mut kept, mut characters) = (Vec::new(), 0);
    for prompt in prompts.skip(asked.offset) {
        let prompt = prompt?;
        let own = prompt.characters();
        let length = tokenizer.map_or(own, |tokenizer| tokenizer.count(&prompt.text()) as usize);
        if length < asked.min_length.unwrap_or(0) || length > asked.max_length.unwrap_or(LONGEST) {
            continue;
        }
        characters += own;
        kept.push(prompt);
        if kept.len() >= most || characters >= MOST_CHARACTERS {
            break;
        }
    }
    Ok(kept)
}

fn range(asked: &Asked, default: (usize, usize)) -> (usize, usize) {
    match (asked.min_length, asked.max_length) {
        (None, None) => default,
        (Some(low), None) => (low, default.1.max(low)),
        (None, Some(high)) => (default.0.min(high), high),
        (Some(low), Some(high)) => (low, high.max(low)),
    }
}

/// Random numbers for one prompt. A shared beginning has numbers of its own.
fn numbers(asked: &Asked, prompt: usize) -> Random {
    Random::new(asked.seed, 1000 + prompt as u64)
}

fn synthetic(asked: &Asked, tokenizer: Option<&Tokenizer>, most: usize) -> Result<Vec<Prompt>, Error> {
    if tokenizer.is_some() && (asked.min_length.is_some() || asked.max_length.is_some()) {
        return random(asked, tokenizer, most);
    }
    let (low, high) = range(asked, corpus::DEFAULT_CHARACTERS);
    let prefix = if asked.prefix_length == 0 {
        String::new()
    } else {
        corpus::prompt(&mut Random::new(asked.seed, 2), asked.prefix_length) + "\n"
    };
    let made = (0..most).map(|number| {
        let mut random = numbers(asked, number);
        let length = random.between(low, high);
        Prompt::Text(format!("{prefix}{}", corpus::prompt(&mut random, length)))
    });
    bounded(made.map(Ok))
}

fn random(asked: &Asked, tokenizer: Option<&Tokenizer>, most: usize) -> Result<Vec<Prompt>, Error> {
    let tokenizer = tokenizer.ok_or_else(|| {
        Error::option(
            "`--dataset random` counts tokens, and there is no tokenizer",
            Some("give one with `--tokenizer-path FOLDER`, or take `--dataset synthetic`"),
        )
    })?;
    let texts = RandomTokens::new(tokenizer)?;
    let (low, high) = range(asked, (DEFAULT_TOKENS, DEFAULT_TOKENS));
    let prefix = texts.text(&mut Random::new(asked.seed, 2), asked.prefix_length)?;
    let made = (0..most).map(|number| {
        let mut random = numbers(asked, number);
        let tokens = random.between(low, high);
        if prefix.is_empty() {
            return texts.text(&mut random, tokens).map(Prompt::Text);
        }
        let whole = texts.after(&prefix, &mut random, tokens)?;
        Ok(Prompt::Text(whole))
    });
    bounded(made)
}

/// Tokens of a random prompt when nobody says how many.
const DEFAULT_TOKENS: usize = 512;

fn bounded(prompts: impl Iterator<Item = Result<Prompt, Error>>) -> Result<Vec<Prompt>, Error> {
    let (mut kept, mut characters) = (Vec::new(), 0);
    for prompt in prompts {
        let prompt = prompt?;
        characters += prompt.characters();
        kept.push(prompt);
        if characters >= MOST_CHARACTERS {
            break;
        }
    }
    Ok(kept)
}
