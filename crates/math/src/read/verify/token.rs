//! Cuts a text into tokens: at each place the longest one that fits.

use super::table::{ACCENTS, GREEK, GREEK_LETTERS, NAMES, SIGNS, WORDS};
use crate::fuel::Fuel;
use crate::tree::Sign;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A token, with where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a bracket is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    /// `(`
    Round,
    /// `\(`
    Visual,
    /// `\lgroup`
    Group,
    /// `{`
    Brace,
    /// `\{`
    Set,
    /// `\lbrace`
    SetCommand,
    /// `[`
    Square,
    /// `\lbrack`
    SquareCommand,
    /// `\lvert`
    Bars,
    /// `\lfloor`
    Floor,
    /// `\llcorner`
    LowerCorner,
    /// `\lceil`
    Ceiling,
    /// `\ulcorner`
    UpperCorner,
}

/// What a token is. Text that matters is read from where the token stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token {
    Number,
    /// A number with a percent sign.
    Percent,
    /// `2E5`
    Scientific,
    /// Any letter but those for which there are other tokens.
    Letter(char),
    /// `e`
    Euler,
    /// `E`
    LargeE,
    /// `dx`
    Differential,
    /// A Greek letter.
    Greek,
    /// `\angle`, `\hbar` and other signs that are names.
    Name,
    /// `\text{…}`, `\bar{…}`
    Accent,
    /// `\gamma`, `\Gamma` without a space behind it.
    Gamma,
    Infinity,
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
    Open(Bracket),
    Close(Bracket),
    /// `|`
    Bar,
    /// `\vert`
    Vertical,
    Limit,
    To,
    Integral,
    Sum,
    Product,
    /// A function of one argument.
    Function(&'static str),
    /// A function of several arguments.
    Several(&'static str),
    Root,
    Fraction,
    Binomial,
    Choose,
    OperatorName,
    /// A word that is a name of a function behind `\operatorname`.
    Word(&'static str),
    MatrixStart,
    MatrixEnd,
    ArrayStart,
    ArrayEnd,
    DeterminantStart,
    DeterminantEnd,
    Column,
    Row,
    Below,
    Above,
    Comma,
    Semicolon,
    Bang,
    Transposed,
    Degree,
    In,
    Relation(Sign),
    /// `==`, which is no assignment.
    SameAs,
    Approximately,
    Union,
    Common,
    Without,
    PlusMinus,
    /// `\emptyset`
    Empty,
    /// `\mathbb{R}`
    Known(char),
    Boxed,
    Phantom,
    /// A token of which nothing can be made here.
    Other,
    /// Space.
    Nothing,
}

/// What looking up a token costs, and a command, of which there are many.
const LOOK: u32 = 4;
const LOOK_FOR_COMMAND: u32 = 10;

/// Signs and words by the byte that they begin with, in the order of the grammar.
static FIXED: LazyLock<HashMap<u8, Vec<(&'static str, Token)>>> = LazyLock::new(|| {
    let signs = SIGNS.iter().map(|(sign, token)| (*sign, *token));
    let mut all: HashMap<u8, Vec<(&'static str, Token)>> = HashMap::new();
    for (written, token) in signs.chain(WORDS.iter().map(|word| (*word, Token::Word(word)))) {
        if let Some(first) = written.bytes().next() {
            all.entry(first).or_default().push((written, token));
        }
    }
    all
});

/// Returns the tokens without space, or nothing where one begins that is none.
pub(super) fn tokens(text: &str, fuel: &Fuel) -> Option<Vec<Lexeme>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let rest = &text[start..];
        fuel.spend(if rest.starts_with('\\') { LOOK_FOR_COMMAND } else { LOOK })?;
        let (token, length) = if rest.starts_with(char::is_whitespace) {
            let is_known = rest.starts_with([' ', '\t', '\r', '\n']);
            is_known.then_some((Token::Nothing, 1))?
        } else {
            longest(rest)?
        };
        if token != Token::Nothing {
            found.push(Lexeme { token, start, end: start + length });
        }
        start += length;
    }
    Some(found)
}

/// The longest token at the beginning of a text; of two that are as long, the first of the grammar.
fn longest(text: &str) -> Option<(Token, usize)> {
    let fixed = text.bytes().next().and_then(|first| FIXED.get(&first)).map_or(&[][..], Vec::as_slice);
    let fixed = fixed.iter().filter(|(written, _)| text.starts_with(written));
    let fixed = fixed.map(|(written, token)| (*token, written.len()));
    let mut best: Option<(Token, usize)> = None;
    let made = [array(text), differential(text), letter(text), number(text), symbol(text), accent(text)];
    for candidate in fixed.chain(made.into_iter().flatten()) {
        if best.is_none_or(|(_, length)| candidate.1 > length) {
            best = Some(candidate);
        }
    }
    best
}

fn letter(text: &str) -> Option<(Token, usize)> {
    let first = text.chars().next()?;
    match first {
        'e' => Some((Token::Euler, 1)),
        'E' => Some((Token::LargeE, 1)),
        'a'..='z' | 'A'..='Z' => Some((Token::Letter(first), 1)),
        '\\' => text.starts_with("\\exponentialE").then_some((Token::Euler, 13)),
        'ℵ' | 'ℶ' | 'ℷ' | 'ℸ' => Some((Token::Name, first.len_utf8())),
        _ => {
            let is_greek = GREEK_LETTERS.iter().any(|(letter, _)| *letter == first);
            is_greek.then(|| (Token::Greek, with_space(text, first.len_utf8())))
        }
    }
}

/// A space behind a name belongs to it.
fn with_space(text: &str, length: usize) -> usize {
    length + usize::from(text[length..].starts_with(' '))
}

/// Greek letters and names, written as commands.
fn symbol(text: &str) -> Option<(Token, usize)> {
    let command = text.strip_prefix('\\')?;
    let fits = |name: &&&'static str| command.starts_with(**name);
    let greek = GREEK.iter().filter(fits).map(|name| (Token::Greek, name.len()));
    let names = NAMES.iter().filter(fits).map(|name| (Token::Name, name.len()));
    let (token, length) = greek.chain(names).max_by_key(|(_, length)| *length)?;
    Some((token, with_space(text, length + 1)))
}

/// `dx`, `d \theta`.
fn differential(text: &str) -> Option<(Token, usize)> {
    let rest = text.strip_prefix('d')?.trim_start_matches([' ', '\t', '\r', '\n']);
    let before = text.len() - rest.len();
    let command = rest.strip_prefix('\\');
    let letters = |text: &str| text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let length = match command {
        Some(name) => letters(name),
        None => letters(rest).min(1),
    };
    (length > 0).then_some((Token::Differential, before + length + usize::from(command.is_some())))
}

fn number(text: &str) -> Option<(Token, usize)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let places = text[whole..].strip_prefix('.').map_or(0, digits);
    let length = if places > 0 { whole + 1 + places } else { whole };
    if length == 0 {
        return None;
    }
    let rest = &text[length..];
    let unspaced = rest.strip_prefix([' ', '\t', '\r', '\n']).unwrap_or(rest);
    for sign in ["\\%", "%"] {
        if unspaced.starts_with(sign) {
            return Some((Token::Percent, length + rest.len() - unspaced.len() + sign.len()));
        }
    }
    if let Some(exponent) = rest.strip_prefix('E') {
        let sign = usize::from(exponent.starts_with(['+', '-', '−']));
        let sign = if exponent.starts_with('−') { '−'.len_utf8() } else { sign };
        let places = digits(&exponent[sign..]);
        if places > 0 {
            return Some((Token::Scientific, length + 1 + sign + places));
        }
    }
    Some((Token::Number, length))
}

fn accent(text: &str) -> Option<(Token, usize)> {
    let command = text.strip_prefix('\\')?;
    let name = ACCENTS.iter().filter(|name| {
        command
            .strip_prefix(**name)
            .is_some_and(|rest| rest.strip_prefix([' ', '\t', '\r', '\n']).unwrap_or(rest).starts_with('{'))
    });
    let longest = name.max_by_key(|name| name.len())?;
    let close = text[longest.len()..].find('}')?;
    Some((Token::Accent, longest.len() + close + 1))
}

/// `\begin{array}{cc}`
fn array(text: &str) -> Option<(Token, usize)> {
    const START: &str = "\\begin{array}{";
    let rest = text.strip_prefix(START)?;
    let columns = rest.trim_start_matches(['c', 'l', 'r']);
    columns.starts_with('}').then_some((Token::ArrayStart, START.len() + rest.len() - columns.len() + 1))
}
