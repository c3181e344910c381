//! Patterns of file names: `*` stays in a folder, `**/` is any number of folders, also none.

use crate::format::{Compression, split_compression};
use globset::{GlobBuilder, GlobMatcher};

/// A pattern of file names.
pub(crate) struct Pattern {
    text: String,
    glob: Option<GlobMatcher>,
}

impl Pattern {
    /// A pattern; a text that is none matches itself only.
    pub fn new(text: &str) -> Pattern {
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        Pattern { text: text.to_owned(), glob: glob.ok().map(|glob| glob.compile_matcher()) }
    }

    /// Whether the pattern can match but one plain file.
    pub fn is_literal(&self) -> bool {
        !self.text.contains(['*', '?', '[', '{'])
    }

    /// Whether a name, as it is, matches.
    pub fn matches(&self, name: &str) -> bool {
        name == self.text || self.glob.as_ref().is_some_and(|glob| glob.is_match(name))
    }

    /// The names that match, also those that do so without the suffix of their compression, unless the plain file
    /// is there too.
    pub fn select(&self, names: &[String]) -> Vec<String> {
        let is_plain_there = |name: &str| names.binary_search_by(|known| known.as_str().cmp(name)).is_ok();
        let is_selected = |name: &&String| {
            if self.matches(name) {
                return true;
            }
            let (plain, compression) = split_compression(name);
            compression != Compression::None && self.matches(plain) && !is_plain_there(plain)
        };
        names.iter().filter(is_selected).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(pattern: &str, names: &[&str]) -> Vec<String> {
        let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        names.sort();
        Pattern::new(pattern).select(&names)
    }

    #[test]
    fn stars_stay_in_a_folder_and_double_stars_do_not() {
        let names = ["test.jsonl", "a/test.jsonl", "a/b/test.jsonl"];
        assert_eq!(select("*.jsonl", &names), ["test.jsonl"]);
        assert_eq!(select("*/test.jsonl", &names), ["a/test.jsonl"]);
        assert_eq!(select("**/test.jsonl", &names), ["a/b/test.jsonl", "a/test.jsonl", "test.jsonl"]);
        assert_eq!(select("a/**/test.jsonl", &names), ["a/b/test.jsonl", "a/test.jsonl"]);
    }

    #[test]
    fn a_compressed_file_stands_in_for_the_plain_one() {
        assert_eq!(select("test.jsonl", &["test.jsonl.gz"]), ["test.jsonl.gz"]);
        assert_eq!(select("test.jsonl", &["test.jsonl", "test.jsonl.zst"]), ["test.jsonl"]);
        assert_eq!(select("test.jsonl.gz", &["test.jsonl", "test.jsonl.gz"]), ["test.jsonl.gz"]);
    }

    #[test]
    fn a_text_that_is_no_pattern_matches_itself() {
        assert_eq!(select("a[.csv", &["a[.csv", "b.csv"]), ["a[.csv"]);
    }
}
