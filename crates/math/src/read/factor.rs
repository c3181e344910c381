//! Makes factors: of letters, words, fractions and mixed numbers.

use crate::tree::Node;
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

/// Commands that end a product.
const NO_FACTORS: [&str; 40] = [
    "times",
    "cdot",
    "ast",
    "div",
    "circ",
    "degree",
    "%",
    "}",
    "{",
    "cup",
    "cap",
    "in",
    "le",
    "leq",
    "leqslant",
    "ge",
    "geq",
    "geqslant",
    "lt",
    "gt",
    "ne",
    "neq",
    "approx",
    "pm",
    "mp",
    "rfloor",
    "rceil",
    "rvert",
    "to",
    "equiv",
    "sim",
    "mid",
    "subset",
    "setminus",
    "end",
    "&",
    "\\",
    "Rightarrow",
    "rightarrow",
    "implies",
];

/// Numbers of more bits are no parts of a literal fraction or mixed number: reading would compute with them before anyone
/// pays for it.
const MOST_LITERAL_BITS: u64 = 256;

/// Longer numbers in text are not read.
const LONGEST_IN_TEXT: usize = 100;

/// Whether a factor may begin with this command.
pub(crate) fn starts_factor(command: &str) -> bool {
    !NO_FACTORS.contains(&command)
}

pub(crate) fn letter_node(letter: char) -> Node {
    match letter {
        'e' | 'E' => Node::Euler,
        'i' => Node::Imaginary,
        other => Node::Symbol(other.to_lowercase().collect()),
    }
}

/// A word in text; a number in text is that number.
pub(crate) fn word(words: &str) -> Option<Node> {
    let plain: String = words.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let mut letters = plain.chars();
    if let (Some(letter), None) = (letters.next(), letters.next())
        && letter.is_alphabetic()
    {
        return Some(letter_node(letter));
    }
    if plain.is_empty() {
        return None;
    }
    if plain.len() > LONGEST_IN_TEXT && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if plain.bytes().any(|byte| byte.is_ascii_digit()) {
        return number_in_text(words).or_else(|| {
            let written: String = words.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
            Some(Node::Symbol(written))
        });
    }
    Some(Node::Symbol(plain))
}

/// `-71`, `1,234.5`.
fn number_in_text(words: &str) -> Option<Node> {
    let written = words.trim().replace(',', "");
    let (sign, digits) = match written.strip_prefix(['-', '−']) {
        Some(digits) => (-1, digits),
        None => (1, written.strip_prefix('+').unwrap_or(&written)),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number =
        !whole.is_empty() && (whole.bytes().chain(places.bytes())).all(|byte| byte.is_ascii_digit());
    if !is_number || digits.ends_with('.') || digits.len() > LONGEST_IN_TEXT {
        return None;
    }
    let value = BigRational::new(
        format!("{whole}{places}").parse::<BigInt>().ok()? * sign,
        BigInt::from(10).pow(u32::try_from(places.len()).ok()?),
    );
    Some(Node::Number { value, is_decimal: !places.is_empty() })
}

/// `x_1` is a name, `2516_8` a number in base 8.
pub(crate) fn subscripted(node: Node, below: &Node) -> Node {
    match &node {
        Node::Symbol(name) => Node::Symbol(format!("{name}_{}", joined_names(below))),
        Node::Euler => Node::Symbol(format!("e_{}", joined_names(below))),
        Node::Imaginary => Node::Symbol(format!("i_{}", joined_names(below))),
        _ => match in_base(&node, below) {
            Some(value) => Node::Based { written: Box::new(node), value },
            None => node,
        },
    }
}

fn in_base(number: &Node, base: &Node) -> Option<BigInt> {
    if !is_whole(Some(number)) || !is_whole(Some(base)) {
        return None;
    }
    let (Node::Number { value, .. }, Node::Number { value: base, .. }) = (number, base) else { return None };
    let base = base.numer().to_u32().filter(|base| (2..=36).contains(base))?;
    BigInt::parse_bytes(value.numer().to_string().as_bytes(), base)
}

/// The names in a formula, as a part of another name.
pub(crate) fn joined_names(node: &Node) -> String {
    match node {
        Node::Number { value, .. } => value.to_string(),
        Node::Symbol(name) | Node::Applied { label: name, .. } => name.clone(),
        Node::Imaginary => "i".to_owned(),
        Node::Euler => "e".to_owned(),
        Node::Pi => "π".to_owned(),
        Node::Infinity => "∞".to_owned(),
        Node::Sum(parts) | Node::Product(parts) | Node::Call(_, parts) => {
            parts.iter().map(joined_names).collect()
        }
        Node::Power(base, exponent) => joined_names(base) + &joined_names(exponent),
        Node::Percent(inside) | Node::Degrees(inside) | Node::Based { written: inside, .. } => {
            joined_names(inside)
        }
    }
}

pub(crate) fn fraction(above: Node, below: Node) -> Node {
    let mut parts = vec![above];
    divide(&mut parts, below);
    if parts.len() == 1 { parts.remove(0) } else { Node::Product(parts) }
}

/// Divides the last factor; of two whole numbers makes a fraction, which counts as a literal.
pub(crate) fn divide(parts: &mut Vec<Node>, below: Node) {
    let literal = match (parts.last(), &below) {
        (
            Some(Node::Number { value: above, is_decimal: false }),
            Node::Number { value: below, is_decimal: false },
        ) if *below.numer() != BigInt::from(0) && parts.len() == 1 && are_short(above, below) => {
            Some(above / below)
        }
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

fn are_short(one: &BigRational, other: &BigRational) -> bool {
    let bits = |value: &BigRational| value.numer().bits() + value.denom().bits();
    bits(one) + bits(other) <= MOST_LITERAL_BITS
}

pub(crate) fn is_whole(node: Option<&Node>) -> bool {
    matches!(node, Some(Node::Number { value, is_decimal: false }) if value.denom().is_one())
}

pub(crate) fn is_positive_literal(node: &Node) -> bool {
    matches!(node, Node::Number { value, is_decimal: false } if value.is_positive())
}

/// Whether this is a quotient of numbers that was too long to be computed.
pub(crate) fn is_long_quotient(node: &Node) -> bool {
    match node {
        Node::Product(parts) => match parts.as_slice() {
            [Node::Number { .. }, Node::Power(base, _)] => matches!(**base, Node::Number { .. }),
            _ => false,
        },
        _ => false,
    }
}

/// Makes `3` and `1/2` 7/2.
pub(crate) fn join_mixed(parts: &mut Vec<Node>, fraction: Node) -> Option<()> {
    match (parts.pop()?, fraction) {
        (Node::Number { value: whole, .. }, Node::Number { value, .. }) if are_short(&whole, &value) => {
            parts.push(Node::Number { value: whole + value, is_decimal: false });
            Some(())
        }
        _ => None,
    }
}

/// The power of a negative number is the one with the least angle: the cube root of −8 is 1 + i√3.
pub(super) fn principal(base: Node, exponent: Node) -> Node {
    let (Node::Number { value, is_decimal: false }, Node::Number { value: raised_to, is_decimal: false }) =
        (&base, &exponent)
    else {
        let is_fraction =
            |node: &Node| matches!(node, Node::Number { value, is_decimal: false } if !value.is_integer());
        // Odd roots of names need not be real.
        if is_fraction(&exponent) && base.has_symbols() {
            return Node::Call("power", vec![base, exponent]);
        }
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

/// `f'` is another name than `f`; on a number the mark means feet or minutes.
pub(crate) fn primed(node: Node) -> Node {
    match node {
        Node::Symbol(name) => Node::Symbol(name + "'"),
        other => other,
    }
}
