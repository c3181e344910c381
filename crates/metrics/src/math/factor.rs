//! Makes factors: of letters, words, fractions and mixed numbers.

use super::tree::Node;
use num_bigint::BigInt;
use num_traits::{One, Signed};

/// Commands that end a product.
const NO_FACTORS: &str = r"
    times cdot ast div circ degree % } { cup cap in le leq leqslant ge geq geqslant lt gt ne neq approx
    pm mp rfloor rceil rvert to equiv sim mid subset setminus end & \ Rightarrow rightarrow implies
";

/// Whether a factor may begin with this command.
pub(super) fn starts_factor(command: &str) -> bool {
    !NO_FACTORS.split_whitespace().any(|known| known == command)
}

pub(super) fn letter_node(letter: char) -> Node {
    match letter {
        'e' | 'E' => Node::Euler,
        other => Node::Symbol(other.to_lowercase().collect()),
    }
}

/// A word in text; a number in text is that number.
pub(super) fn word(words: &str) -> Option<Node> {
    let plain: String = words.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    if plain.is_empty() {
        return None;
    }
    if plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return plain.parse::<BigInt>().ok().map(Node::whole);
    }
    Some(Node::Symbol(plain))
}

/// `x_1` is a name; `2516_8` stays 2516, as for Math-Verify 0.9.0, which drops the base.
pub(super) fn subscripted(node: Node, below: &Node) -> Node {
    let below = match below {
        Node::Number { value, .. } => value.to_string(),
        other => other.symbols().concat(),
    };
    match node {
        Node::Symbol(name) => Node::Symbol(format!("{name}_{below}")),
        Node::Euler => Node::Symbol(format!("e_{below}")),
        other => other,
    }
}

pub(super) fn fraction(above: Node, below: Node) -> Node {
    let mut parts = vec![above];
    divide(&mut parts, below);
    if parts.len() == 1 { parts.remove(0) } else { Node::Product(parts) }
}

/// Divides the last factor; of two whole numbers makes a fraction, which counts as a literal.
pub(super) fn divide(parts: &mut Vec<Node>, below: Node) {
    let literal = match (parts.last(), &below) {
        (
            Some(Node::Number { value: above, is_decimal: false }),
            Node::Number { value: below, is_decimal: false },
        ) if *below.numer() != BigInt::from(0) && parts.len() == 1 => Some(above / below),
        _ => None,
    };
    match literal {
        Some(value) => {
            parts.pop();
            parts.push(Node::Number { value, is_decimal: false });
        }
        None => parts.push(below.inverted()),
    }
}

pub(super) fn is_whole(node: Option<&Node>) -> bool {
    matches!(node, Some(Node::Number { value, is_decimal: false }) if value.denom().is_one())
}

pub(super) fn is_positive_literal(node: &Node) -> bool {
    matches!(node, Node::Number { value, is_decimal: false } if value.is_positive())
}

/// Makes `3` and `1/2` 7/2.
pub(super) fn join_mixed(parts: &mut Vec<Node>, fraction: Node) -> Option<()> {
    match (parts.pop()?, fraction) {
        (Node::Number { value: whole, .. }, Node::Number { value, .. }) => {
            parts.push(Node::Number { value: whole + value, is_decimal: false });
            Some(())
        }
        _ => None,
    }
}
