//! Cuts tokens at separators that stand in no bracket, and reads matrices.

use super::scalar::Reader;
use super::token::Token;
use crate::tree::{Node, Value};

/// The parts between the separators that stand in no bracket.
pub(super) fn split(tokens: &[Token], is_separator: impl Fn(&Token) -> bool) -> Vec<&[Token]> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (index, token) in tokens.iter().enumerate() {
        if opens(token) {
            depth += 1;
        } else if closes(token) {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && is_separator(token) {
            parts.push(&tokens[start..index]);
            start = index + 1;
        }
    }
    parts.push(&tokens[start..]);
    parts
}

fn opens(token: &Token) -> bool {
    match token {
        Token::Sign('(' | '[' | '{') => true,
        Token::Command(name) => name == "{" || name == "begin",
        _ => false,
    }
}

fn closes(token: &Token) -> bool {
    match token {
        Token::Sign(')' | ']' | '}') => true,
        Token::Command(name) => name == "}" || name == "end",
        _ => false,
    }
}

/// Whether the first token opens a group that the last one closes.
pub(super) fn is_one_group(tokens: &[Token]) -> bool {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        if opens(token) {
            depth += 1;
        } else if closes(token) {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            return index > 0 && index + 1 == tokens.len();
        }
    }
    false
}

/// `\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}`.
pub(super) fn matrix(tokens: &[Token]) -> Option<Value> {
    let name_end = tokens.iter().position(|token| *token == Token::Sign('}'))?;
    let end = tokens.iter().rposition(|token| *token == Token::Command("end".to_owned()))?;
    let name: String = tokens.get(2..name_end)?.iter().filter_map(letter).collect();
    if !name.ends_with("matrix") || end < name_end {
        return None;
    }
    let is_row_end = |token: &Token| *token == Token::Command("\\".to_owned());
    let mut rows = Vec::new();
    for row in split(tokens.get(name_end + 1..end)?, is_row_end) {
        if row.is_empty() {
            continue;
        }
        let cells = split(row, |token| *token == Token::Sign('&'));
        rows.push(cells.into_iter().map(Reader::all).collect::<Option<Vec<Node>>>()?);
    }
    Some(Value::Matrix(rows))
}

fn letter(token: &Token) -> Option<char> {
    match token {
        Token::Letter(letter) => Some(*letter),
        // Where it is a name like any other.
        Token::Command(name) if name == "i" => Some('i'),
        _ => None,
    }
}
