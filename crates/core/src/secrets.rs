//! Takes secrets out of text that others wrote.

use crate::secret::Secret;

/// What stands in place of a secret.
const MASK: &str = "•••";
/// Shorter texts are no secrets, and masking them would garble messages.
const MIN_LENGTH: usize = 4;
/// Headers that are shorter hold no secret worth masking (`true`, `json`).
const MIN_HEADER: usize = 8;
/// What people give as a key where none is needed; words that occur in messages.
const PLACEHOLDERS: [&str; 5] = ["empty", "none", "null", "dummy", "test"];

/// The texts that must not be shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    texts: Vec<String>,
}

impl Secrets {
    /// Guards these texts.
    pub fn new(key: Option<&Secret>, others: impl IntoIterator<Item = String>) -> Secrets {
        let key = key.map(|key| key.expose().trim().to_owned());
        let is_secret = |text: &String| {
            text.len() >= MIN_LENGTH && !PLACEHOLDERS.contains(&text.to_ascii_lowercase().as_str())
        };
        let mut texts: Vec<String> = key.into_iter().chain(others).filter(is_secret).collect();
        // A secret that contains another one goes first.
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        texts.dedup();
        Secrets { texts }
    }

    /// The text with every secret masked.
    pub fn mask(&self, text: &str) -> String {
        self.texts.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} × {MASK}", self.texts.len())
    }
}

/// What is secret in the value of a header that somebody typed: all of it, and what follows a word such as `Bearer`.
pub fn of_header(value: &str) -> Vec<String> {
    let behind = value.split_once(' ').map(|(_, behind)| behind.trim());
    let texts = [Some(value.trim()), behind].into_iter().flatten();
    texts.filter(|text| text.len() >= MIN_HEADER).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_placeholders_are_not() {
        let key = Secret::new("sk-1234 ");
        let secrets = Secrets::new(Some(&key), ["sk-1234-5678".to_owned(), "v1".to_owned()]);
        assert_eq!(secrets.mask("sk-1234 sk-1234-5678 v1"), "••• ••• v1");
        let secrets = Secrets::new(Some(&Secret::new("EMPTY")), []);
        assert_eq!(secrets.mask("the list is EMPTY"), "the list is EMPTY");
    }

    #[test]
    fn a_header_is_secret_with_and_without_its_scheme() {
        let secrets = Secrets::new(None, ["Bearer sk-12345678", "true"].into_iter().flat_map(of_header));
        assert_eq!(secrets.mask("sk-12345678 is no Bearer sk-12345678, true"), "••• is no •••, true");
        assert!(!format!("{secrets:?}").contains("sk-"));
    }
}
