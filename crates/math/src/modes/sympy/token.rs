//! Cuts a text into the tokens of SymPy's LaTeX grammar.

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// One of `+-*/()[]{}|_^:,.!`.
    Sign(char),
    Letter(char),
    Digit(char),
    /// A command, without its backslash. `{` and `}` are the escaped braces.
    Command(String),
    /// `dx`, also in the middle of a word: what stands behind the `d`.
    Differential(String),
    /// Primes.
    Quotes(usize),
    /// Signs between the sides of equations and inequalities.
    Relation,
    /// What the grammar does not know; an error when it is come to.
    Unknown,
}

/// Commands that are skipped.
const SKIPPED: [&str; 16] = [
    "thinspace",
    "medspace",
    "thickspace",
    "quad",
    "qquad",
    "negthinspace",
    "negmedspace",
    "negthickspace",
    "left",
    "right",
    "vrule",
    "vcenter",
    "vbox",
    "vskip",
    "vspace",
    "hfil",
];

/// Signs that are skipped behind a backslash.
const SKIPPED_SIGNS: &str = ",:;!*-./\"(=";

const RELATIONS: [&str; 9] = ["neq", "le", "leq", "leqq", "leqslant", "ge", "geq", "geqq", "geqslant"];

/// Returns the tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, taken) = next(rest, first);
        found.extend(token);
        rest = &rest[taken..];
    }
    found
}

/// The first token, unless it is skipped, and how many bytes it takes.
fn next(text: &str, first: char) -> (Option<Token>, usize) {
    match first {
        ' ' | '\t' | '\r' | '\n' => (None, 1),
        '\\' => command(text),
        '\'' => {
            let count = text.bytes().take_while(|byte| *byte == b'\'').count();
            (Some(Token::Quotes(count)), count)
        }
        'd' => match differential(text) {
            Some((name, taken)) => (Some(Token::Differential(name)), taken),
            None => (Some(Token::Letter('d')), 1),
        },
        '<' | '>' | '=' => (Some(Token::Relation), 1),
        '+' | '-' | '*' | '/' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '_' | '^' | ':' | ',' | '.'
        | '!' => (Some(Token::Sign(first)), 1),
        letter if letter.is_ascii_alphabetic() => (Some(Token::Letter(letter)), 1),
        digit if digit.is_ascii_digit() => (Some(Token::Digit(digit)), 1),
        other => (Some(Token::Unknown), other.len_utf8()),
    }
}

fn letters(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_alphabetic).count()]
}

fn command(text: &str) -> (Option<Token>, usize) {
    let name = letters(&text[1..]);
    let taken = 1 + name.len();
    if name.is_empty() {
        return match text[1..].chars().next() {
            Some(sign @ ('{' | '}')) => (Some(Token::Command(sign.to_string())), 2),
            Some(sign) if SKIPPED_SIGNS.contains(sign) => (None, 2),
            _ => (Some(Token::Unknown), 1),
        };
    }
    // `\left|` is a token of its own, which only `\rangle` ends.
    if ["left", "right"].contains(&name) && text[taken..].starts_with('|') {
        return (Some(Token::Command(format!("{name}|"))), taken + 1);
    }
    if SKIPPED.contains(&name) {
        return (None, taken);
    }
    if RELATIONS.contains(&name) {
        return (Some(Token::Relation), taken);
    }
    (Some(Token::Command(name.to_owned())), taken)
}

/// A `d` with the letter or command behind it.
fn differential(text: &str) -> Option<(String, usize)> {
    let behind = text[1..].trim_start_matches([' ', '\t', '\r', '\n']);
    let first = behind.chars().next()?;
    let name = match first {
        '\\' => letters(&behind[1..]),
        letter if letter.is_ascii_alphabetic() => &behind[..1],
        _ => return None,
    };
    let length = name.len() + usize::from(first == '\\');
    (!name.is_empty()).then(|| (name.to_owned(), text.len() - behind.len() + length))
}
