//! Counts tokens as a model's own tokenizer does, from its `tokenizer.json`.

use crate::error::Error;
use std::path::Path;

/// A tokenizer.
pub struct Tokenizer(tokenizers::Tokenizer);

impl Tokenizer {
    /// Opens `tokenizer.json`, or the one in a folder.
    pub fn open(path: &Path) -> Result<Tokenizer, Error> {
        let file = if path.is_dir() { path.join("tokenizer.json") } else { path.to_owned() };
        let mut opened = tokenizers::Tokenizer::from_file(&file)
            .map_err(|error| Error::Tokenizer { path: file.clone(), reason: error.to_string() })?;
        // A file may say that texts are cut or filled up; here they are counted.
        opened.with_padding(None);
        opened
            .with_truncation(None)
            .map_err(|error| Error::Tokenizer { path: file, reason: error.to_string() })?;
        Ok(Tokenizer(opened))
    }

    /// The tokens of a text, without those that a template adds.
    pub fn tokens(&self, text: &str) -> Vec<u32> {
        self.0.encode(text, false).map(|encoding| encoding.get_ids().to_vec()).unwrap_or_default()
    }

    /// How many tokens a text has.
    pub fn count(&self, text: &str) -> u64 {
        self.tokens(text).len() as u64
    }

    /// Words that are one token each wherever they stand behind another, so that their number is that of their tokens.
    pub fn words(&self) -> Vec<String> {
        let vocabulary = self.0.get_vocab(false);
        let mut ids: Vec<u32> = vocabulary.values().copied().collect();
        ids.sort_unstable();
        let texts = ids.into_iter().filter_map(|id| Some((id, self.0.decode(&[id], true).ok()?)));
        texts.filter_map(|(id, text)| self.word(id, text.trim())).take(MAX_WORDS).collect()
    }

    /// The word, with the space before it, when it is this one token between others.
    fn word(&self, id: u32, word: &str) -> Option<String> {
        let is_plain = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
        let spaced = format!(" {word}");
        let is_stable = || {
            let twice = self.tokens(&format!("{spaced}{spaced}{spaced}"));
            twice.len() == 3 && twice[1] == id && twice[2] == id
        };
        (is_plain && is_stable()).then_some(spaced)
    }
}

/// Words at most: enough that prompts differ, and few enough that finding them takes no time.
const MAX_WORDS: usize = 4096;
