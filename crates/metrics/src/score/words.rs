//! Cuts texts into words, as the overlap metrics of EvalScope do.
//!
//! Text with a Chinese character is cut by jieba. Other text is split at white space for ROUGE, and for BLEU by the
//! rules of NLTK 3.10.4's `word_tokenize`. Its statistical sentence splitter is replaced by a list of abbreviations,
//! which can tell whether a full stop is a word of its own.

use fancy_regex::Regex;
use jieba_rs::Jieba;
use regex::Regex as PlainRegex;
use std::sync::LazyLock;

/// Words that end in a full stop without ending a sentence.
const ABBREVIATIONS: &str = "mr mrs ms dr prof sr jr st vs etc e.g i.e inc co corp ltd u.s u.k u.n a.m p.m no vol fig \
                             jan feb mar apr jun jul aug sep sept oct nov dec gen gov sen rep rev lt col capt ph.d d.c";

/// Words that begin a sentence even after an abbreviation, when they begin with a capital.
const STARTERS: &str = "The He She It They We You This That These Those But However There When If After His Her Its \
                        Their Our In At On For As And So";

/// Returns whether EvalScope takes a text for Chinese.
pub(super) fn is_chinese(text: &str) -> bool {
    text.contains(|c| ('\u{4e00}'..='\u{9fa5}').contains(&c))
}

/// Returns the words that jieba 0.42.1 cuts, white space between them included.
pub(super) fn jieba(text: &str) -> Vec<String> {
    static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);
    JIEBA.cut(text, true).into_iter().flat_map(|token| runs(token.word)).collect()
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
pub(super) fn english(text: &str) -> Vec<String> {
    sentences(text).into_iter().flat_map(sentence_words).collect()
}

/// Splits after `.`, `!`, `?` and what closes with them, before white space.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut words = word_spans(text).peekable();
    while let Some((from, to)) = words.next() {
        let next = words.peek().map_or("", |(from, to)| &text[*from..*to]);
        if next.is_empty() || ends_sentence(&text[from..to], next) {
            found.push(text[start..to].trim());
            start = to;
        }
    }
    found
}

fn word_spans(text: &str) -> impl Iterator<Item = (usize, usize)> {
    text.split_whitespace().map(move |word| {
        let from = word.as_ptr() as usize - text.as_ptr() as usize;
        (from, from + word.len())
    })
}

fn ends_sentence(word: &str, next: &str) -> bool {
    let bare = word.trim_end_matches(['"', '\'', ')', ']', '}', '»', '”', '’']);
    let Some(stem) = bare.strip_suffix('.') else { return bare.ends_with(['?', '!']) };
    let stem = stem.trim_start_matches(['"', '\'', '(', '[', '“', '‘']).to_lowercase();
    let is_initial = stem.chars().count() == 1 && stem.chars().all(char::is_alphabetic);
    let is_number = !stem.is_empty() && stem.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',');
    if is_initial || ABBREVIATIONS.split_whitespace().any(|known| known == stem) {
        return STARTERS.split_whitespace().any(|known| known == next);
    }
    let goes_on = next.starts_with(char::is_lowercase);
    !(goes_on && (is_number || stem.ends_with('.')))
}

/// Patterns and what stands for them, in the order in which they are applied.
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
    (r"(?i)\b(wan)(na)(?=\s)", " $1 $2 "),
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
    text.split_whitespace().map(str::to_owned).collect()
}
