//! What Math-Verify 0.9.0 compares as it is written: symbols, and functions of names with decimals in them.

use super::floats::has_decimals;
use crate::fuel::Fuel;
use crate::read::{LARGE_E, joined_names};
use crate::tree::Node;
use num_traits::Signed;

/// Functions whose arguments SymPy does not compute while names stand in them.
const KEPT: [&str; 11] =
    ["sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "ln", "log"];

/// Returns whether a symbol and another formula are the same, if one of them is a symbol: as a word and its letters side
/// by side are, or a number in a text and that number.
pub(super) fn as_symbols(target: &Node, answer: &Node) -> Option<bool> {
    match (target, answer) {
        (Node::Symbol(name), other) | (other, Node::Symbol(name)) => Some(is_written(name, other)),
        _ => None,
    }
}

fn is_written(name: &str, node: &Node) -> bool {
    let is_letter = |node: &Node| matches!(node, Node::Symbol(_) | Node::Euler);
    match node {
        Node::Symbol(other) => name == other,
        Node::Euler => name == LARGE_E,
        Node::Product(parts) if parts.iter().all(is_letter) => {
            joined_names(node).to_lowercase() == name.to_lowercase()
        }
        Node::Number { value, is_decimal: false } => value.to_string() == name,
        _ => false,
    }
}

/// The formula with each function of names that has decimals in it as a name of its own: `e^{0.1x}` is not `e^{x/10}`.
/// One of a negative number times names is computed.
pub(super) fn frozen(node: &Node, fuel: &Fuel) -> Option<Node> {
    if !has_decimals(node) {
        return Some(node.clone());
    }
    fuel.spend(node.size())?;
    let is_kept = match node {
        Node::Power(base, exponent) => {
            let is_power = matches!(**base, Node::Power(..));
            **base == Node::Euler && is_kept(exponent)
                || is_power && has_decimals(base) && exponent.has_symbols()
        }
        Node::Call(name, arguments) => KEPT.contains(name) && arguments.iter().any(is_kept),
        _ => false,
    };
    Some(if is_kept {
        Node::Applied { label: format!("{node:?}"), arguments: Vec::new() }
    } else {
        node.with_parts(&|part| frozen(part, fuel).unwrap_or_else(|| part.clone()))
    })
}

fn is_kept(argument: &Node) -> bool {
    let is_negative = match argument {
        Node::Product(parts) => {
            matches!(parts.first(), Some(Node::Number { value, .. }) if value.is_negative())
        }
        _ => false,
    };
    has_decimals(argument) && argument.has_symbols() && !is_negative
}
