//! sacrebleu's tokenizers: how BLEU cuts a text into words.

use crate::python::{self, literal};
use regex::Regex;
use std::sync::LazyLock;

/// A tokenizer of sacrebleu 2.6.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokenizer {
    /// `13a`, the default: that of WMT's mteval-v13a.pl, for European languages.
    Mteval13a,
    /// `intl`: that of mteval-v14.pl, by Unicode's classes of signs.
    International,
    /// `zh`: Chinese characters are words, the rest as in `13a`.
    Chinese,
    /// `char`: each character is a word.
    Characters,
    /// `none`: what stands between white space is a word.
    None,
}

impl Tokenizer {
    pub(super) fn words(self, text: &str) -> Vec<String> {
        let cut = match self {
            Tokenizer::Mteval13a => western(&format!(" {} ", unescaped(text))),
            Tokenizer::International => replaced(text, &INTERNATIONAL),
            Tokenizer::Chinese => western(&spaced(python::trim(text), is_chinese)),
            Tokenizer::Characters => spaced(text, |_| true),
            Tokenizer::None => text.to_owned(),
        };
        python::split(&cut).map(str::to_owned).collect()
    }
}

type Rules = LazyLock<Vec<(Regex, &'static str)>>;

static WESTERN: Rules = LazyLock::new(|| {
    vec![
        (literal(r"([\{-\~\[-` -\&\(-\+:-@/])"), " $1 "),
        (literal(r"([^0-9])([.,])"), "$1 $2 "),
        (literal(r"([.,])([^0-9])"), " $1 $2"),
        (literal(r"([0-9])(-)"), "$1 $2 "),
    ]
});

static INTERNATIONAL: Rules = LazyLock::new(|| {
    vec![
        (literal(r"(\P{N})(\p{P})"), "$1 $2 "),
        (literal(r"(\p{P})(\P{N})"), " $1 $2"),
        (literal(r"(\p{S})"), " $1 "),
    ]
});

fn replaced(text: &str, rules: &Rules) -> String {
    let mut text = text.to_owned();
    for (regex, replacement) in rules.iter() {
        text = regex.replace_all(&text, *replacement).into_owned();
    }
    text
}

fn western(text: &str) -> String {
    replaced(text, &WESTERN)
}

fn unescaped(text: &str) -> String {
    let text = text.replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    text.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
}

fn spaced(text: &str, is_word: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if is_word(c) {
            out.extend([' ', c, ' ']);
        } else {
            out.push(c);
        }
    }
    out
}

/// The ranges of sacrebleu 2.6.0. Two of its planes beyond 16 bits are misspelt there and so mean `\u{2001}` to
/// `\u{2a6d}` and `\u{2f81}` to `\u{2fa1}`; kept, for equal scores.
fn is_chinese(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4db5}' | '\u{4e00}'..='\u{9fbb}' | '\u{f900}'..='\u{fa2d}' | '\u{fa30}'..='\u{fa6a}'
        | '\u{fa70}'..='\u{fad9}' | '\u{2001}'..='\u{2a6d}' | '\u{2f81}'..='\u{2fa1}' | '\u{ff00}'..='\u{ffef}'
        | '\u{2e80}'..='\u{2eff}' | '\u{3000}'..='\u{303f}' | '\u{31c0}'..='\u{31ef}' | '\u{2f00}'..='\u{2fdf}'
        | '\u{2ff0}'..='\u{2fff}' | '\u{3100}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}' | '\u{fe10}'..='\u{fe1f}'
        | '\u{fe30}'..='\u{fe4f}' | '\u{3200}'..='\u{33ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokenizers_cut_as_sacrebleus_do() {
        // sacrebleu 2.6.0.
        for (tokenizer, text, wanted) in [
            (Tokenizer::Mteval13a, "It's 3.5, &quot;no&quot;-\nway 2-3.", "It's 3.5 , \" no \" way 2 - 3 ."),
            (Tokenizer::International, "«3,5» a.b 2.", "«3,5 » a . b 2."),
            (Tokenizer::Chinese, "今天3.5度，ok.", "今 天 3.5 度 ， ok ."),
            (Tokenizer::Characters, "a b中", "a b 中"),
            (Tokenizer::None, "a.  b", "a. b"),
        ] {
            assert_eq!(tokenizer.words(text).join(" "), wanted, "{tokenizer:?}");
        }
    }
}
