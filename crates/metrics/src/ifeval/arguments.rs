//! What an instruction is asked with, and regular expressions that come from data.

use fancy_regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

/// Work that an expression from the data may do before it is given up.
const BACKTRACK_LIMIT: usize = 1_000_000;

/// The arguments of an instruction. Empty and zero ones are absent, as in the reference.
pub struct Arguments(Map<String, Value>);

impl Arguments {
    pub fn new(arguments: Map<String, Value>) -> Arguments {
        Arguments(arguments)
    }

    /// A text; absent when it is empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A list of texts; absent when it is empty.
    pub fn texts(&self, name: &str) -> Option<Vec<&str>> {
        let texts: Vec<&str> = self.0.get(name)?.as_array()?.iter().filter_map(Value::as_str).collect();
        (!texts.is_empty()).then_some(texts)
    }

    /// A positive number; data sets hold whole ones as floats, too.
    pub fn count(&self, name: &str) -> Option<usize> {
        let number = self.0.get(name)?.as_f64()?;
        (number > 0.0).then_some(number as usize)
    }

    /// Whether a number is in the asked relation, `less than` or `at least`, to the asked one.
    pub fn holds(&self, relation: &str, wanted: &str, found: usize) -> Option<bool> {
        let wanted = self.count(wanted)?;
        match self.text(relation)? {
            "less than" => Some(found < wanted),
            "at least" => Some(found >= wanted),
            _ => None,
        }
    }
}

/// A word from the data as a regular expression without regard to case, as the reference takes it; one that is not valid
/// stands for itself, where the reference fails. `before` and `after` are patterns of our own.
pub fn pattern(before: &str, word: &str, after: &str) -> Option<Regex> {
    let build = |word: &str| {
        RegexBuilder::new(&format!("(?i){before}{word}{after}")).backtrack_limit(BACKTRACK_LIMIT).build().ok()
    };
    build(word).or_else(|| build(&fancy_regex::escape(word)))
}

/// How often an expression is found; one that gives up is not found further.
pub fn count(regex: &Regex, text: &str) -> usize {
    regex.find_iter(text).take_while(Result::is_ok).count()
}
