//! Cuts texts into words, as the overlap metrics of EvalScope do.
//!
//! Text with a Chinese character is cut by jieba. Other text is split at white space for ROUGE, and for BLEU by the
//! rules of NLTK 3.10.4's `word_tokenize`.

use crate::python;
use crate::sentences;
use fancy_regex::Regex;
use jieba_rs::Jieba;
use regex::Regex as PlainRegex;
use std::sync::LazyLock;

/// Returns whether EvalScope takes a text for Chinese.
pub fn is_chinese(text: &str) -> bool {
    text.contains(|c| ('\u{4e00}'..='\u{9fa5}').contains(&c))
}

/// Returns the words that jieba 0.42.1 cuts, white space between them included.
pub fn jieba(text: &str) -> Vec<String> {
    static PARTS: LazyLock<PlainRegex> =
        LazyLock::new(|| plain(r"(?s)([\x{4e00}-\x{9fd5}a-zA-Z0-9+#&._%-]+)|\r\n|."));
    let cut = |part: regex::Captures| match part.get(1) {
        Some(run) => words_of_run(run.as_str()),
        None => vec![part[0].to_owned()],
    };
    PARTS.captures_iter(text).flat_map(cut).collect()
}

/// The words of a run of what the original looks up in its dictionary; every other character is a word, those Chinese ones too
/// that jieba-rs 0.11 looks up.
fn words_of_run(run: &str) -> Vec<String> {
    static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);
    JIEBA.cut(run, true).into_iter().flat_map(|token| runs(token.word)).collect()
}

/// jieba-rs 0.11 keeps `COVID-19` and `a.b` together, the original cuts them at the signs; `3.5` is one word in both.
fn runs(word: &str) -> Vec<String> {
    static JOINED: LazyLock<PlainRegex> = LazyLock::new(|| plain("^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)+%?$"));
    static RUN: LazyLock<PlainRegex> = LazyLock::new(|| plain(r"[A-Za-z0-9]+(?:\.[0-9]+)?%?|[^A-Za-z0-9]"));
    if !JOINED.is_match(word) {
        return vec![word.to_owned()];
    }
    RUN.find_iter(word).map(|run| run.as_str().to_owned()).collect()
}

fn plain(pattern: &str) -> PlainRegex {
    PlainRegex::new(pattern).expect("the regex is a literal")
}

/// Returns the words and punctuation marks of an English text.
pub fn english(text: &str) -> Vec<String> {
    sentences::sentences(text).into_iter().flat_map(sentence_words).collect()
}

/// Patterns and what stands for them, in the order in which they are applied. NLTK has the package `regex`
/// match them, whose white space is Rust's and not Python's, but for the contractions.
const RULES: [(&str, &str); 34] = [
    ("([«“‘„]|[`]+)", " $1 "),
    ("^\"", "``"),
    ("(``)", " $1 "),
    (r#"([ (\[{<])("|'{2})"#, "$1 `` "),
    (r"(?i)(?<!\w)(')(?!(?:re|ve|ll|m|t|s|d|n)\b)(?=\w)", "$1 "),
    (r#"([^.])(\.)([\])}>"'»”’ ]*)\s*$"#, "$1 $2 $3 "),
    (r"([:,])([^\d])", " $1 $2"),
    (r"([:,])$", " $1 "),
    (r"(\.{2,})", " $1 "),
    (r"([;@#$%&])", " $1 "),
    (r"([\x{2012}-\x{2015}])", " $1 "),
    (r#"([^.])(\.)([\])}>"']*)\s*$"#, "$1 $2$3 "),
    (r"([?!])", " $1 "),
    (r"([^'])' ", "$1 ' "),
    (r"([*])", " $1 "),
    (r"([\]\[(){}<>])", " $1 "),
    ("--", " -- "),
    (r"^(?s)(.*)$", " $1 "),
    ("([»”’])", " $1 "),
    ("''", " '' "),
    ("\"", " '' "),
    (r"\s+", " "),
    (r"([^' ])('[sS]|'[mM]|'[dD]|') ", "$1 $2 "),
    (r"([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", "$1 $2 "),
    (r"(?i)\b(can)(not)\b", " $1 $2 "),
    (r"(?i)\b(d)('ye)\b", " $1 $2 "),
    (r"(?i)\b(gim)(me)\b", " $1 $2 "),
    (r"(?i)\b(gon)(na)\b", " $1 $2 "),
    (r"(?i)\b(got)(ta)\b", " $1 $2 "),
    (r"(?i)\b(lem)(me)\b", " $1 $2 "),
    (r"(?i)\b(more)('n)\b", " $1 $2 "),
    (r"(?i)\b(wan)(na)(?=[\s\x1c-\x1f])", " $1 $2 "),
    (r"(?i) ('t)(is)\b", " $1 $2 "),
    (r"(?i) ('t)(was)\b", " $1 $2 "),
];

fn sentence_words(sentence: &str) -> Vec<String> {
    static COMPILED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        RULES
            .iter()
            .map(|(pattern, replacement)| {
                (Regex::new(pattern).expect("the regex is a literal"), *replacement)
            })
            .collect()
    });
    let mut text = sentence.to_owned();
    for (pattern, replacement) in COMPILED.iter() {
        text = pattern.replace_all(&text, *replacement).into_owned();
    }
    python::split(&text).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jieba_looks_up_the_characters_of_its_dictionary_only() {
        // jieba 0.42.1: jieba.lcut(text).
        for (text, words) in [
            ("𠮷𠮷", vec!["𠮷", "𠮷"]),
            ("我𠮷野家", vec!["我", "𠮷", "野家"]),
            ("35.𠮷元", vec!["35", ".", "𠮷", "元"]),
            ("㐀中国", vec!["㐀", "中国"]),
            ("\u{9fd6}\u{9fd6}", vec!["\u{9fd6}", "\u{9fd6}"]),
            ("豈有此理", vec!["豈", "有", "此理"]),
            ("한글 カナ", vec!["한", "글", " ", "カ", "ナ"]),
            ("中\r\n国\r \u{1c}中国", vec!["中", "\r\n", "国", "\r", " ", "\u{1c}", "中国"]),
            ("", vec![]),
        ] {
            assert_eq!(jieba(text), words, "{text}");
        }
    }
}
