//! Derivatives of sums, products, powers and a few functions.

use super::algebra::{divided, multiplied};
use crate::fuel::Fuel;
use crate::tree::Node;
use num_traits::One;

/// Returns the derivative, if it is one of those that are known.
pub(super) fn derivative(node: &Node, name: &str, fuel: &Fuel) -> Option<Node> {
    // Each level copies what stands in it.
    fuel.spend(node.size())?;
    let with = |inside: &Node, outer: Node| Some(multiplied(outer, derivative(inside, name, fuel)?));
    match node {
        free if !free.symbols().contains(&name) => Some(Node::whole(0)),
        Node::Symbol(_) => Some(Node::whole(1)),
        Node::Sum(parts) => parts
            .iter()
            .map(|part| derivative(part, name, fuel))
            .collect::<Option<Vec<Node>>>()
            .map(Node::Sum),
        Node::Product(parts) => {
            let mut terms = Vec::new();
            for (index, part) in parts.iter().enumerate() {
                fuel.spend(node.size())?;
                let mut factors = parts.clone();
                factors[index] = derivative(part, name, fuel)?;
                terms.push(Node::Product(factors));
            }
            Some(Node::Sum(terms))
        }
        Node::Power(base, exponent) => match &**exponent {
            Node::Number { value, is_decimal } => {
                let one = num_rational::BigRational::one();
                let less = Node::Number { value: value - one, is_decimal: *is_decimal };
                let power = Node::Power(base.clone(), Box::new(less));
                with(base, multiplied((**exponent).clone(), power))
            }
            _ if **base == Node::Euler => with(exponent, node.clone()),
            _ => None,
        },
        Node::Call("sin", parts) => with(parts.first()?, Node::Call("cos", parts.clone())),
        Node::Call("cos", parts) => {
            with(parts.first()?, multiplied(Node::whole(-1), Node::Call("sin", parts.clone())))
        }
        Node::Call("ln", parts) => {
            let inside = parts.first()?;
            Some(divided(derivative(inside, name, fuel)?, inside.clone()))
        }
        _ => None,
    }
}
