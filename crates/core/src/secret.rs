//! Text that must never be printed.

use serde::{Deserialize, Serialize, Serializer};

/// A key or token. Prints and serialises as `•••`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Secret {
    text: String,
    source: Option<String>,
}

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Secret { text: text.into(), source: None }
    }

    /// The same with the option or environment variable that it came from, for messages.
    pub fn from_source(self, source: impl Into<String>) -> Self {
        Secret { source: Some(source.into()), ..self }
    }

    /// Where it came from, when that is known.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The secret itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Secret::new(text)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("•••")
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("•••")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("•••")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let secret = Secret::new("sk-123");
        let shown = format!("{secret} {secret:?} {}", serde_json::to_string(&secret).unwrap());
        assert!(!shown.contains("123"));
        assert_eq!((secret.expose(), secret.source()), ("sk-123", None));
        let named: Secret = serde_json::from_str("\"sk-123\"").unwrap();
        assert_eq!(named.from_source("A_KEY").source(), Some("A_KEY"));
    }
}
