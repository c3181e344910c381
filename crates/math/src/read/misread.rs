//! Plain text as Math-Verify 0.9.0 misreads it, for the mode that is named after it.

use super::factor::is_whole;
use crate::tree::Node;
use num_integer::Integer;
use num_traits::Signed;
use regex::{Captures, Regex};
use std::sync::LazyLock;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the regex is a literal")
}

/// Returns the text that is left to be read, or nothing where Math-Verify finds no formula in it.
///
/// As EvalScope 1.14.1 calls it, in which a number with an exponent is one only when it is the whole text; elsewhere the
/// `e` is Euler's number. A full stop at the end, bold, most signs beyond ASCII, periods of decimals and conditions of
/// sets are not understood; degrees and primes are dropped.
pub(crate) fn misread(text: &str) -> Option<String> {
    static SCIENTIFIC: LazyLock<Regex> =
        LazyLock::new(|| regex(r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+$"));
    static EULER: LazyLock<Regex> = LazyLock::new(|| regex(r"([0-9.])e([+-]?[0-9])"));
    static DEGREES: LazyLock<Regex> =
        LazyLock::new(|| regex(r"\^?\s*(?:\{\s*\\circ\s*\}|\\circ\b|\\degree\b)"));
    static IN_TEXT: LazyLock<Regex> = LazyLock::new(|| regex(r"\\(?:text|mbox|mathrm|textbf)\s*\{[^{}]*\}"));
    // A function there: of a negative whole number it is infinite, with whatever sign and factor.
    static GAMMA: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"\\gamma((?:\s*\^\s*(?:\{\w+\}|\w))?)-[0-9]+(?:$|([^.0-9\sa-zA-Z\\]|\\right))")
    });
    // The first power is taken first there.
    static TOWER: LazyLock<Regex> =
        LazyLock::new(|| regex(r"([0-9.]+|[a-zA-Z])\^([0-9a-zA-Z]|\{[^{}]*\})\^"));
    // Alone, no number is equal to it, not even itself.
    static INFINITE: LazyLock<Regex> = LazyLock::new(|| regex(r"^\$*\\gamma\s*-\s*[0-9]+\$*$"));
    static THOUSANDS: LazyLock<Regex> = LazyLock::new(|| regex(r"[0-9](?:,[0-9]{3})*,\\!\s*[0-9]{3}"));
    static DOTTED: LazyLock<Regex> = LazyLock::new(|| regex(r"\\(d?dot)\{\\?([a-zA-Z]+)\}"));
    static DOTS: LazyLock<Regex> = LazyLock::new(|| regex(r",?\\ldots"));
    static REFUSED: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"\*\*|\.\s*(?:\$|\})*\s*$|\.\.\.|\.[0-9]*\\(?:overline|bar|dot)|\\\{[^}]*(?:\||\\mid)|\\(?:lg|tg|ctg|odot)\b|\\dot\b(?:\s*[^{\s]|$)|\\limits|\\[dtc]?frac\s*\\[a-zA-Z]|frac\{[^{}]*(?:\}\{[^{}]*)?,\\!|E_|~|[0-9]\./",
        )
    });
    let text = text.trim();
    if SCIENTIFIC.is_match(text) {
        return Some(text.replace('e', "E"));
    }
    if INFINITE.is_match(text) {
        return None;
    }
    let is_known = |c: char| c.is_ascii() || "−π×÷·".contains(c) || ('α'..='ω').contains(&c);
    if REFUSED.is_match(&IN_TEXT.replace_all(text, "")) || !text.chars().all(is_known) {
        return None;
    }
    let text = GAMMA.replace_all(text, r"\text{infinite}$1$2");
    let text = THOUSANDS.replace_all(&text, |found: &Captures| found[0].replace([',', '\\', '!', ' '], ""));
    let text = DOTTED.replace_all(&text, r"\text{$1$2}");
    let text = TOWER.replace_all(&text, "{$1^$2}^");
    let text = EULER.replace_all(&text, "$1\\,e$2");
    let text = DEGREES.replace_all(&text, "\\,");
    let text = DOTS.replace_all(&text, " ");
    Some(
        text.replace('\'', "")
            .replace(", \\!", "; ")
            .replace("\\text{\\$}", "\\text{dollar}")
            .replace("\\varnothing", "\\text{varnothing}")
            .replace("\\prime", "\\text{prime}"),
    )
}

/// Whole numbers side by side are added, as the parts of a mixed number are, from the right: `2(3)(4)` is 9.
pub(super) fn joined_wholes(mut parts: Vec<Node>) -> Vec<Node> {
    let mut joined: Vec<Node> = Vec::new();
    while let Some(part) = parts.pop() {
        let sum = match (&part, joined.as_slice()) {
            (Node::Number { value, .. }, [next @ Node::Number { value: after, .. }])
                if is_whole(Some(&part)) && is_whole(Some(next)) && after.is_positive() =>
            {
                Some(if value.is_negative() { value - after } else { value + after })
            }
            _ => None,
        };
        match sum {
            Some(value) => {
                joined.pop();
                joined.push(Node::Number { value, is_decimal: false });
            }
            None => joined.push(part),
        }
    }
    joined.reverse();
    joined
}

/// The power of a negative number is the one with the least angle: the cube root of −8 is 1 + i√3.
pub(super) fn principal(base: Node, exponent: Node) -> Node {
    let (Node::Number { value, is_decimal: false }, Node::Number { value: raised_to, is_decimal: false }) =
        (&base, &exponent)
    else {
        let is_fraction =
            |node: &Node| matches!(node, Node::Number { value, is_decimal: false } if !value.is_integer());
        // A sum is no literal, of which odd roots would be real.
        let exponent = if is_fraction(&exponent) && !base.symbols().is_empty() {
            Node::Sum(vec![exponent])
        } else {
            exponent
        };
        return Node::Power(Box::new(base), Box::new(exponent));
    };
    if !value.is_negative() || raised_to.denom().is_even() || raised_to.is_integer() {
        return Node::Power(Box::new(base), Box::new(exponent));
    }
    let size = Node::Number { value: value.abs(), is_decimal: false };
    let angle = Node::Product(vec![Node::Imaginary, Node::Pi, exponent.clone()]);
    let turn = Node::Power(Box::new(Node::Euler), Box::new(angle));
    Node::Product(vec![Node::Power(Box::new(size), Box::new(exponent)), turn])
}

/// Returns whether Math-Verify takes the names in a text for complex numbers, which are not equal to real ones.
pub(crate) fn has_complex_names(text: &str) -> bool {
    static COMPLEX: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"\\mathbb\{C\}|\\i\b|\bi\b|\\(?:text|mathrm)\{i\}|\\imath\b|\\det|\\operatorname\{(?:tr|rank|Re|Im)\}|\\text\{(?:rank|Re|Im)\}|\\(?:arg|Re|Im)\{",
        )
    });
    COMPLEX.is_match(text)
}
