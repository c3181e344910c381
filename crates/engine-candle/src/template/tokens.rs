//! Cuts a template into text and tags, and tags into tokens, as Jinja2 does.

/// What a template consists of.
pub(super) enum Piece<'a> {
    /// Text, a comment or a raw block: nothing of it is looked at.
    Text(&'a str),
    Tag(Tag<'a>),
}

/// A statement, or an expression that is printed.
pub(super) struct Tag<'a> {
    pub(super) open: &'a str,
    pub(super) tokens: Vec<Token<'a>>,
    /// The end, and the spaces before it.
    pub(super) close: &'a str,
}

impl Tag<'_> {
    pub(super) fn is_statement(&self) -> bool {
        self.open.starts_with("{%")
    }

    /// The token at that place, as it is written.
    pub(super) fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    /// Whether a `set` has a value, and is no block.
    pub(super) fn has_value(&self) -> bool {
        self.tokens.iter().take_while(|token| token.text != "|").any(|token| token.text == "=")
    }

    /// What stands in it, as it is.
    pub(super) fn verbatim(&self) -> String {
        self.tokens.iter().flat_map(|token| [token.space, token.text]).collect()
    }

    pub(super) fn is_raw(&self) -> bool {
        self.is_statement() && matches!(self.tokens[..], [Token { text: "raw", .. }])
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Name,
    Number,
    Text,
    Sign,
}

#[derive(Clone, Copy)]
pub(super) struct Token<'a> {
    /// Spaces before it.
    pub(super) space: &'a str,
    pub(super) text: &'a str,
    pub(super) kind: Kind,
}

const LONG_SIGNS: [&str; 6] = ["**", "//", "==", "!=", ">=", "<="];
const SIGNS: &str = "+-/*%~[](){}<>=.:|,;";

/// The pieces of a template; absent where it cannot be cut, and whoever parses it next says why.
pub(super) fn pieces(source: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = source;
    while let Some(start) = next_opening(rest) {
        let (text, opened) = rest.split_at(start);
        pieces.push(Piece::Text(text));
        if opened.starts_with("{#") {
            let (comment, behind) = opened.split_at(opened.find("#}")? + 2);
            pieces.push(Piece::Text(comment));
            rest = behind;
            continue;
        }
        let (tag, behind) = tag(opened)?;
        let raw = if tag.is_raw() { end_of_raw(behind)? } else { 0 };
        pieces.push(Piece::Tag(tag));
        pieces.push(Piece::Text(&behind[..raw]));
        rest = &behind[raw..];
    }
    pieces.push(Piece::Text(rest));
    Some(pieces)
}

fn next_opening(text: &str) -> Option<usize> {
    let mut braces = text.match_indices('{').map(|(at, _)| at);
    braces.find(|at| text[at + 1..].starts_with(['{', '%', '#']))
}

/// Where the raw text ends, its closing tag included.
fn end_of_raw(text: &str) -> Option<usize> {
    text.match_indices("{%").find_map(|(start, _)| {
        let inner = text[start + 2..].trim_start_matches(['-', '+']).trim_start();
        let behind = inner.strip_prefix("endraw")?.trim_start().trim_start_matches(['-', '+']);
        behind.starts_with("%}").then(|| text.len() - behind.len() + 2)
    })
}

/// The tag that the text begins with, and what follows it.
fn tag(text: &str) -> Option<(Tag<'_>, &str)> {
    let open = if text[2..].starts_with(['-', '+']) { 3 } else { 2 };
    let ends: &[&str] = if text.starts_with("{%") { &["%}", "-%}", "+%}"] } else { &["}}", "-}}"] };
    let (mut tokens, mut depth, mut at) = (Vec::new(), 0_usize, open);
    loop {
        let rest = &text[at..];
        let behind = rest.trim_start();
        let space = &rest[..rest.len() - behind.len()];
        if depth == 0
            && let Some(end) = ends.iter().find(|end| behind.starts_with(**end))
        {
            let close = at + space.len() + end.len();
            return Some((Tag { open: &text[..open], tokens, close: &text[at..close] }, &text[close..]));
        }
        let follows_dot = tokens.last().is_some_and(|token: &Token<'_>| token.text == ".");
        let (kind, length) = token(behind, follows_dot)?;
        let text = &behind[..length];
        match text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        tokens.push(Token { space, text, kind });
        at += space.len() + length;
    }
}

/// What the text begins with, and how long it is.
fn token(text: &str, follows_dot: bool) -> Option<(Kind, usize)> {
    let first = text.chars().next()?;
    match first {
        '\'' | '"' => Some((Kind::Text, length_of_text(text, first)?)),
        '0'..='9' => Some((Kind::Number, length_of_number(text, follows_dot))),
        _ if is_of_name(first) => Some((Kind::Name, length_of_name(text))),
        _ if LONG_SIGNS.iter().any(|sign| text.starts_with(sign)) => Some((Kind::Sign, 2)),
        _ if SIGNS.contains(first) => Some((Kind::Sign, 1)),
        _ => None,
    }
}

fn length_of_text(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if letter == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn length_of_name(text: &str) -> usize {
    text.find(|letter| !is_of_name(letter)).unwrap_or(text.len())
}

/// Digits, and what of a fraction and an exponent follows them. Behind a dot they are the index of an item.
fn length_of_number(text: &str, follows_dot: bool) -> usize {
    let mut length = length_of_name(text);
    let is_digit = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
    if follows_dot {
        return length;
    }
    if text[length..].strip_prefix('.').is_some_and(is_digit) {
        length += 1 + length_of_name(&text[length + 1..]);
    }
    let is_exponent = !text.starts_with("0x") && text[..length].ends_with(['e', 'E']);
    if is_exponent && text[length..].strip_prefix(['+', '-']).is_some_and(is_digit) {
        length += 1 + length_of_name(&text[length + 1..]);
    }
    length
}
