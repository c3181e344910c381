//! Cuts text into words before byte pairs are merged. Each family of models has its own rule.
//!
//! The published rules use a look-ahead, `\s+(?!\S)`: a run of spaces leaves its last one to the word after it.
//! Here plain `\s+` is matched and shortened, so that a linear-time matcher does and no text can be slow.

use crate::gguf::Fault;
use regex::Regex;

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+";
const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+";
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{L}&&[^a-z]]*[\p{L}&&[^A-Z]]+|[^\r\n\p{L}\p{N}]?[\p{L}&&[^a-z]]+[\p{L}&&[^A-Z]]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+";
/// The alternative for ends of lines, as it stands in the patterns.
const LINE_ENDS: &str = r"|\s*[\r\n]+|";
const DIGIT: &str = r"\p{N}";
const PUNCTUATION: &str = r"[\p{P}\$\+<=>\^~\|]+";
const NUMBER: &str = r"\p{N}+";
const THREE_DIGITS: &str = r"[0-9][0-9][0-9]";

/// One rule.
struct Rule {
    /// As `tokenizer.ggml.pre` names it.
    names: &'static [&'static str],
    /// Applied one after the other, each to what the one before left in one piece.
    patterns: &'static [&'static str],
    /// Whether a word that is a token is taken as it is, whatever the merges say.
    takes_whole_words: bool,
    /// Whether prompts begin with the beginning-of-text token when the file does not say.
    adds_bos: bool,
}

const RULES: [Rule; 6] = [
    Rule {
        names: &["smollm", "starcoder", "refact", "command-r", "codeshell"],
        patterns: &[DIGIT, GPT2],
        takes_whole_words: false,
        adds_bos: false,
    },
    Rule {
        names: &["llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral", "lfm2"],
        patterns: &[LLAMA3],
        takes_whole_words: true,
        adds_bos: true,
    },
    Rule {
        names: &["qwen2", "deepseek-r1-qwen", "megrez", "stablelm2"],
        patterns: &[QWEN2],
        takes_whole_words: false,
        adds_bos: false,
    },
    Rule {
        names: &["gpt-2", "gpt2", "phi-2", "olmo", "jais", "trillion"],
        patterns: &[GPT2],
        takes_whole_words: false,
        adds_bos: false,
    },
    Rule { names: &["tekken"], patterns: &[TEKKEN], takes_whole_words: true, adds_bos: true },
    Rule {
        names: &["default"],
        patterns: &[PUNCTUATION, GPT2, NUMBER, THREE_DIGITS],
        takes_whole_words: false,
        adds_bos: false,
    },
];

/// Cuts text into words.
pub(super) struct Splitter {
    patterns: Vec<Regex>,
    takes_whole_words: bool,
    adds_bos: bool,
}

impl Splitter {
    /// The rule of that name.
    pub(super) fn new(name: &str) -> Result<Self, Fault> {
        let Some(rule) = RULES.iter().find(|rule| rule.names.contains(&name)) else {
            let known: Vec<&str> = RULES.iter().flat_map(|rule| rule.names).copied().collect();
            let what = format!("the word splitting `{name}`; it knows {}", known.join(", "));
            return Err(Fault::Unknown(what));
        };
        let compile = |pattern: &&str| Regex::new(pattern).map_err(|error| Fault::Unknown(error.to_string()));
        Ok(Splitter {
            patterns: rule.patterns.iter().map(compile).collect::<Result<_, _>>()?,
            takes_whole_words: rule.takes_whole_words,
            adds_bos: rule.adds_bos,
        })
    }

    pub(super) fn takes_whole_words(&self) -> bool {
        self.takes_whole_words
    }

    pub(super) fn adds_bos(&self) -> bool {
        self.adds_bos
    }

    /// Gives the words of a text to `each`, in order. Together they are the text.
    pub(super) fn pieces(&self, text: &str, mut each: impl FnMut(&str)) {
        cut(&self.patterns, text, &mut each);
    }
}

/// Cuts by the first pattern, and what it gives by the others.
fn cut(patterns: &[Regex], text: &str, each: &mut dyn FnMut(&str)) {
    let Some((pattern, others)) = patterns.split_first() else {
        return each(text);
    };
    let mut at = 0;
    while at < text.len() {
        let Some(found) = pattern.find_at(text, at) else { break };
        if found.start() > at {
            cut(others, &text[at..found.start()], each);
        }
        let end = found.start() + word_length(pattern, found.as_str(), &text[found.end()..]);
        cut(others, &text[found.start()..end], each);
        at = end;
    }
    if at < text.len() {
        cut(others, &text[at..], each);
    }
}

/// Bytes of a match that belong to the word: a run of spaces before more text leaves its last one. Where the rule
/// has an alternative for ends of lines, a run that ends with one comes from there.
fn word_length(pattern: &Regex, word: &str, after: &str) -> usize {
    let ends_line = pattern.as_str().contains(LINE_ENDS) && word.ends_with(['\r', '\n']);
    let is_space = word.chars().all(char::is_whitespace);
    match word.char_indices().next_back() {
        Some((last, _)) if is_space && !ends_line && last > 0 && !after.is_empty() => last,
        _ => word.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(rule: &str, text: &str) -> Vec<String> {
        let mut words = Vec::new();
        Splitter::new(rule).ok().unwrap().pieces(text, |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn rules_cut_as_published() {
        assert_eq!(words("gpt-2", "I'll  be 123 back"), ["I", "'ll", " ", " be", " 123", " back"]);
        assert_eq!(words("gpt-2", "a\n\n\nb \nc"), ["a", "\n\n", "\n", "b", " ", "\n", "c"]);
        assert_eq!(words("qwen2", "a\n\n\nb \nc"), ["a", "\n\n\n", "b", " \n", "c"]);
        assert_eq!(words("smollm", "a 123b"), ["a", " ", "1", "2", "3", "b"]);
        assert_eq!(
            words("llama-bpe", "I'LL be\n\n 12345 x"),
            ["I", "'LL", " be", "\n\n", " ", "123", "45", " x"]
        );
        assert_eq!(words("qwen2", "12 (x)\n"), ["1", "2", " (", "x", ")\n"]);
        assert_eq!(words("tekken", "HTTPServer x9"), ["HTTPServer", " x", "9"]);
    }

    #[test]
    fn every_rule_keeps_the_text() {
        let text = "  Hi \t\n\n  there,\u{3000}世界  123,456.7\r\n end  ";
        for rule in RULES.iter().flat_map(|rule| rule.names) {
            assert_eq!(words(rule, text).concat(), text, "{rule}");
        }
    }

    #[test]
    fn an_unknown_rule_names_the_known_ones() {
        let Err(Fault::Unknown(what)) = Splitter::new("klingon") else { panic!("it is known") };
        assert!(what.contains("klingon") && what.contains("smollm"));
    }
}
