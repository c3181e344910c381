//! What names are called: Greek letters, accents, subscripts.

use super::table::GREEK_LETTERS;
use super::token::{Lexeme, Token};
use crate::tree::Node;
use regex::Regex;
use std::sync::LazyLock;

/// What the letter E is called, which is not Euler's number.
pub(crate) const LARGE_E: &str = "E";

/// The node of a name that is written with this token, and with that below it.
pub(super) fn named(text: &str, lexeme: &Lexeme, below: Option<&str>) -> Node {
    let written = &text[lexeme.start..lexeme.end];
    let name = match lexeme.token {
        Token::Letter('I') => return Node::Imaginary,
        Token::Accent => accented(written),
        _ => written.trim().to_owned(),
    };
    let below = match below {
        None => String::new(),
        Some(below) if below.chars().count() > 1 => format!("_{{{below}}}"),
        Some(below) => format!("_{below}"),
    };
    of_name((name.trim().to_owned() + &below).trim())
}

/// What an accent makes of its inside: of text the text, of anything else a name with the accent.
fn accented(written: &str) -> String {
    let (command, inside) = written.split_once('{').unwrap_or((written, ""));
    let inside = inside.strip_suffix('}').unwrap_or(inside).replace(' ', "");
    let command = command.trim_start_matches('\\');
    let accent = match command.trim_end() {
        "bar" | "overline" => "bar",
        "vec" | "overrightarrow" => "vec",
        "tilde" | "widetilde" => "tilde",
        text if text.contains("text") || text.contains("mbox") => return inside.replace(['(', ')'], ""),
        math if math.contains("math") => "math",
        _ => command,
    };
    format!("{accent}{{{inside}}}")
}

/// π, Euler's constant, or a symbol, whose case does not count.
fn of_name(name: &str) -> Node {
    let mut letters = name.chars();
    let greek = match (letters.next(), letters.next()) {
        (Some(letter), None) => GREEK_LETTERS.iter().find(|(known, _)| *known == letter),
        _ => None,
    };
    let name = greek.map_or(name.strip_prefix('\\').unwrap_or(name), |(_, name)| name);
    match name.to_lowercase().as_str() {
        "pi" => Node::Pi,
        "gamma" => euler_gamma(),
        "e" => Node::Symbol(LARGE_E.to_owned()),
        lower => Node::Symbol(lower.to_owned()),
    }
}

/// Euler's constant.
pub(super) fn euler_gamma() -> Node {
    Node::Call("euler_gamma", Vec::new())
}

/// A function of which nothing is known, such as the f of `f(x)`.
pub(super) fn applied(name: &str, arguments: Vec<Node>) -> Node {
    let mut label = name.to_owned();
    for argument in &arguments {
        label.push('⟨');
        write_label(argument, &mut label);
    }
    Node::Applied { label, arguments }
}

/// Writes a formula so that others are written otherwise. What a function inside is called stands for all of it, so that
/// functions inside each other do not multiply it.
fn write_label(node: &Node, label: &mut String) {
    let (sign, parts) = match node {
        Node::Number { value, is_decimal } => {
            label.push_str(&value.to_string());
            label.push_str(if *is_decimal { "~" } else { "" });
            return;
        }
        Node::Symbol(name) | Node::Applied { label: name, .. } => {
            label.push('\'');
            label.push_str(name);
            return;
        }
        Node::Imaginary => ("i", &[][..]),
        Node::Pi => ("π", &[][..]),
        Node::Euler => ("e", &[][..]),
        Node::Infinity => ("∞", &[][..]),
        Node::Sum(parts) => ("+", parts.as_slice()),
        Node::Product(parts) => ("*", parts.as_slice()),
        Node::Call(name, parts) => (*name, parts.as_slice()),
        Node::Power(base, exponent) => {
            write_label(base, label);
            ("^", std::slice::from_ref(&**exponent))
        }
        Node::Percent(inside) => ("%", std::slice::from_ref(&**inside)),
        Node::Degrees(inside) => ("°", std::slice::from_ref(&**inside)),
        Node::Based { written, .. } => ("#", std::slice::from_ref(&**written)),
    };
    label.push_str(sign);
    label.push('⟨');
    for part in parts {
        write_label(part, label);
        label.push(';');
    }
    label.push('⟩');
}

/// `dx` as a name.
pub(super) fn differential(written: &str) -> Node {
    let name = written[1..].trim_start();
    Node::Symbol(format!("d{}", name.strip_prefix('\\').unwrap_or(name)))
}

/// Returns whether Math-Verify takes the names in a text for complex numbers, which are not equal to real ones.
pub(crate) fn has_complex_names(text: &str) -> bool {
    static COMPLEX: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"\\mathbb\{C\}|\\i\b|\bi\b|\\(?:text|mathrm)\{i\}|\\imath\b|\\det|\\operatorname\{(?:tr|rank|Re|Im)\}|\\text\{(?:rank|Re|Im)\}|\\(?:arg|Re|Im)\{",
        )
        .expect("the regex is a literal")
    });
    COMPLEX.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str, token: Token, below: Option<&str>) -> Node {
        named(text, &Lexeme { token, start: 0, end: text.len() }, below)
    }

    #[test]
    fn labels_grow_with_the_text_only() {
        let symbol = |name: &str| Node::Symbol(name.to_owned());
        let mut inside = symbol("x");
        for _ in 0..30 {
            inside = applied("f", vec![inside, symbol("y")]);
        }
        assert!(matches!(&inside, Node::Applied { label, .. } if label.len() < 1_000));
        let half = |is_decimal| Node::Number {
            value: num_rational::BigRational::new(1.into(), 2.into()),
            is_decimal,
        };
        assert_ne!(applied("f", vec![half(true)]), applied("f", vec![half(false)]));
        assert_ne!(applied("f", vec![symbol("2")]), applied("f", vec![Node::whole(2)]));
        assert_eq!(applied("f", vec![symbol("x")]), applied("f", vec![symbol("x")]));
    }

    #[test]
    fn names_are_called_as_there() {
        let symbol = |name: &str| Node::Symbol(name.to_owned());
        assert_eq!(name("X", Token::Letter('X'), Some("12")), symbol("x_{12}"));
        assert_eq!(name("\\overline{A B}", Token::Accent, None), symbol("bar{ab}"));
        assert_eq!(name("\\text{ (A) }", Token::Accent, None), symbol("a"));
        assert_eq!(name("\\text{pi}", Token::Accent, None), Node::Pi);
        assert_eq!(name("θ", Token::Greek, Some("1")), symbol("θ_1"));
        assert_eq!(name("θ", Token::Greek, None), symbol("theta"));
        assert_eq!(name("I", Token::Letter('I'), None), Node::Imaginary);
        assert_eq!(differential("d \\theta"), symbol("dtheta"));
    }
}
