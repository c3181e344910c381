//! Parses whole answers: formulas, sets, tuples, intervals, matrices, relations.

use super::scalar::Reader;
use super::token::{Token, tokens};
use super::tree::{Node, Sign, Value};
use super::{clean, region};

/// Answers are short. Longer text is compared as text.
const LONGEST: usize = 2_000;

/// Brackets inside brackets.
const DEEPEST: usize = 16;

/// Returns the value of an answer, or nothing when it is none that we know.
pub(super) fn parse(text: &str) -> Option<Value> {
    if text.len() > LONGEST {
        return None;
    }
    let bare = clean::bare(text);
    // `5m` loses its unit; `x + h` has none, and is tried again as it stands.
    let without_unit = clean::without_unit(&bare);
    parse_bare(&without_unit).or_else(|| parse_bare(&bare))
}

fn parse_bare(text: &str) -> Option<Value> {
    let tokens = tokens(text)?;
    if tokens.is_empty() { None } else { list(&tokens, 0) }
}

/// Values separated by commas, which are a set; after `x =`, what x can be.
fn list(tokens: &[Token], depth: usize) -> Option<Value> {
    let sides = split(tokens, |token| sign(token).is_some());
    if let [name, values] = sides.as_slice()
        && sign(&tokens[name.len()]) == Some(Sign::Equal)
    {
        let mut values = elements(values, depth)?;
        let value = if values.len() == 1 { values.pop()? } else { Value::Set(values) };
        return Some(Value::Relation(Box::new(set(name, depth)?), vec![(Sign::Equal, value)]));
    }
    let mut elements = elements(tokens, depth)?;
    if elements.len() == 1 { elements.pop() } else { Some(Value::Set(elements)) }
}

fn elements(tokens: &[Token], depth: usize) -> Option<Vec<Value>> {
    if depth > DEEPEST {
        return None;
    }
    let mut found = Vec::new();
    for part in split(tokens, |token| matches!(token, Token::Sign(',' | ';'))) {
        match plus_minus(part) {
            Some(both) => found.extend(both?),
            None => found.push(relation(part, depth)?),
        }
    }
    Some(found)
}

/// The parts between the separators that stand in no bracket.
fn split(tokens: &[Token], is_separator: impl Fn(&Token) -> bool) -> Vec<&[Token]> {
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

/// `3 \pm \sqrt{2}`: both values. The outer option says whether the sign is there.
fn plus_minus(tokens: &[Token]) -> Option<Option<Vec<Value>>> {
    let is_sign = |token: &Token| matches!(token, Token::Command(name) if name == "pm" || name == "mp");
    let sides = split(tokens, is_sign);
    let [left, right] = sides.as_slice() else { return None };
    if left.iter().any(|token| sign(token).is_some()) {
        return None;
    }
    let both = || {
        let right = Reader::all(right)?;
        let left = if left.is_empty() { Node::whole(0) } else { Reader::all(left)? };
        let sum = |part| Value::Scalar(Node::Sum(vec![left.clone(), part]));
        Some(vec![sum(right.clone().negated()), sum(right)])
    };
    Some(both())
}

fn sign(token: &Token) -> Option<Sign> {
    Some(match token {
        Token::Sign('=') => Sign::Equal,
        Token::Sign('<') => Sign::Less,
        Token::Sign('>') => Sign::Greater,
        Token::Command(name) => match name.as_str() {
            "lt" => Sign::Less,
            "gt" => Sign::Greater,
            "le" | "leq" | "leqslant" => Sign::LessOrEqual,
            "ge" | "geq" | "geqslant" => Sign::GreaterOrEqual,
            "ne" | "neq" => Sign::NotEqual,
            // `x \in [1, 2]` says what x is, like an equation.
            "in" | "equiv" => Sign::Equal,
            _ => return None,
        },
        _ => return None,
    })
}

/// `a = b < c`. Of an approximation, the side before the sign counts unless it is a name.
fn relation(tokens: &[Token], depth: usize) -> Option<Value> {
    let is_approximate =
        |token: &Token| matches!(token, Token::Command(name) if name == "approx" || name == "sim");
    let halves = split(tokens, is_approximate);
    if let [exact, approximate] = halves.as_slice() {
        let is_name = matches!(Reader::all(exact), Some(Node::Symbol(_)));
        return relation(if is_name { approximate } else { exact }, depth);
    }
    let sides = split(tokens, |token| sign(token).is_some());
    let mut signs = Vec::new();
    let mut at = 0;
    for side in &sides[..sides.len() - 1] {
        at += side.len();
        signs.push(sign(&tokens[at])?);
        at += 1;
    }
    let mut values = Vec::new();
    for side in &sides {
        values.push(set(side, depth)?);
    }
    let first = values.remove(0);
    if signs.is_empty() {
        return Some(first);
    }
    Some(Value::Relation(Box::new(first), signs.into_iter().zip(values).collect()))
}

/// `A \cup B`.
fn set(tokens: &[Token], depth: usize) -> Option<Value> {
    let parts = split(tokens, |token| matches!(token, Token::Command(name) if name == "cup"));
    if parts.len() == 1 {
        return atom(tokens, depth);
    }
    let parts: Option<Vec<Value>> = parts.into_iter().map(|part| atom(part, depth)).collect();
    Some(Value::Union(parts?))
}

fn atom(tokens: &[Token], depth: usize) -> Option<Value> {
    let ends = match tokens {
        [first, inside @ .., last] if is_one_group(tokens) => Some((first, inside, last)),
        _ => None,
    };
    match ends {
        Some((Token::Command(name), inside, Token::Command(_))) if name == "{" => {
            let elements = if inside.is_empty() { Vec::new() } else { elements(inside, depth + 1)? };
            Some(Value::Set(elements))
        }
        Some((Token::Sign(open @ ('(' | '[')), inside, Token::Sign(close @ (')' | ']'))))
            if split(inside, |token| matches!(token, Token::Sign(',' | ';'))).len() > 1 =>
        {
            let elements = elements(inside, depth + 1)?;
            Some(region::of_brackets(*open, elements, *close))
        }
        _ => other(tokens, depth),
    }
}

/// Whether the first token opens a group that the last one closes.
fn is_one_group(tokens: &[Token]) -> bool {
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

fn other(tokens: &[Token], depth: usize) -> Option<Value> {
    if let [Token::Command(name)] = tokens
        && ["emptyset", "varnothing"].contains(&name.as_str())
    {
        return Some(Value::Set(Vec::new()));
    }
    if tokens.first() == Some(&Token::Command("begin".to_owned())) {
        return matrix(tokens);
    }
    // Braces that only group may hold a list: `{1, 2}`.
    if let [Token::Sign('{'), inside @ .., Token::Sign('}')] = tokens
        && is_one_group(tokens)
        && depth <= DEEPEST
    {
        let mut elements = elements(inside, depth + 1)?;
        return if elements.len() == 1 { elements.pop() } else { Some(Value::Set(elements)) };
    }
    Reader::all(tokens).map(Value::Scalar)
}

/// `\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}`.
fn matrix(tokens: &[Token]) -> Option<Value> {
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
        _ => None,
    }
}
