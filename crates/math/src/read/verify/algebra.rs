//! Sums, products and quotients as SymPy makes them without evaluating them.

use crate::fuel::Fuel;
use crate::read::factor::is_whole;
use crate::tree::{Node, Value};
use num_rational::BigRational;
use num_traits::Zero;

pub(super) fn exact(value: BigRational) -> Node {
    Node::Number { value, is_decimal: false }
}

/// A sum of sums is one.
pub(super) fn added(left: Node, right: Node) -> Node {
    let mut terms = match left {
        Node::Sum(terms) => terms,
        other => vec![other],
    };
    match right {
        Node::Sum(more) => terms.extend(more),
        other => terms.push(other),
    }
    Node::Sum(terms)
}

/// A product of products is one.
pub(super) fn multiplied(left: Node, right: Node) -> Node {
    let mut factors = match left {
        Node::Product(factors) => factors,
        other => vec![other],
    };
    match right {
        Node::Product(more) => factors.extend(more),
        other => factors.push(other),
    }
    Node::Product(factors)
}

/// All factors at once: one by one, those that are there already would be moved each time.
pub(super) fn product_of(factors: Vec<Node>) -> Node {
    let each = factors.into_iter().flat_map(|factor| match factor {
        Node::Product(parts) => parts,
        other => vec![other],
    });
    Node::Product(each.collect())
}

/// The negative of it, so many times.
pub(super) fn negative_times(node: Node, times: usize) -> Node {
    match node {
        Node::Number { .. } if times.is_multiple_of(2) => node,
        Node::Number { .. } => negative(node),
        other if times == 0 => other,
        other => {
            let signs = std::iter::repeat_with(|| Node::whole(-1)).take(times);
            product_of(signs.chain([other]).collect())
        }
    }
}

/// What is left of a number when another one is taken from it as often as it goes.
///
/// Both stand in it twice, so that a row of them doubles with each.
pub(super) fn remainder(left: Node, right: Node, fuel: &Fuel) -> Option<Node> {
    fuel.spend(left.size().saturating_add(right.size()).saturating_mul(2))?;
    let quotient = multiplied(left.clone(), Node::Power(Box::new(right.clone()), Box::new(Node::whole(-1))));
    let taken = multiplied(right, Node::Call("floor", vec![quotient]));
    Some(Node::Sum(vec![left, multiplied(Node::whole(-1), taken)]))
}

/// What belongs to all of several sets: of A what is not in that part of A which is not in B.
///
/// It doubles with each set, and is paid for by what it would be in writing.
pub(super) fn common_part(parts: Vec<Value>, fuel: &Fuel) -> Option<Value> {
    let mut parts: Vec<(String, Value)> = parts.into_iter().map(|part| (format!("{part:?}"), part)).collect();
    parts.sort_by(|left, right| left.0.cmp(&right.0));
    let mut parts = parts.into_iter();
    let (written, mut all) = parts.next()?;
    let mut length = written.len();
    for (written, part) in parts {
        length = length.saturating_mul(2).saturating_add(written.len());
        fuel.spend(u32::try_from(length / 4).unwrap_or(u32::MAX))?;
        let rest = Value::Difference(Box::new(all.clone()), Box::new(part));
        all = Value::Difference(Box::new(all), Box::new(rest));
    }
    Some(all)
}

/// The negative of a percentage is a product.
pub(super) fn negative(node: Node) -> Node {
    match node {
        Node::Number { value, is_decimal } => Node::Number { value: -value, is_decimal },
        other => multiplied(Node::whole(-1), other),
    }
}

/// Of two whole numbers a fraction, which counts as a number; infinite by 0.
pub(super) fn divided(above: Node, below: Node) -> Node {
    if let (Node::Number { value: top, .. }, Node::Number { value: bottom, .. }) = (&above, &below)
        && is_whole(Some(&above))
        && is_whole(Some(&below))
    {
        return if bottom.is_zero() { infinite() } else { exact(top / bottom) };
    }
    multiplied(above, Node::Power(Box::new(below), Box::new(Node::whole(-1))))
}

/// What SymPy calls complex infinity.
pub(super) fn infinite() -> Node {
    Node::Call("infinite", Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_doubles_is_paid_for() {
        let fuel = Fuel::full();
        let mut left = Some(Node::whole(1));
        for below in 2..40 {
            left = left.and_then(|left| remainder(left, Node::whole(below), &fuel));
        }
        assert_eq!(left, None);
        let named = |name: &str| Value::Scalar(Node::Symbol(name.to_owned()));
        assert_eq!(common_part(vec![named("a"); 40], &Fuel::full()), None);
        assert!(common_part(vec![named("a"); 3], &Fuel::full()).is_some());
    }

    #[test]
    fn signs_are_kept_one_by_one() {
        let x = || Node::Symbol("x".to_owned());
        for times in 0..4 {
            let one_by_one = (0..times).fold(x(), |node, _| negative(node));
            assert_eq!(negative_times(x(), times), one_by_one, "{times}");
            let number = (0..times).fold(Node::whole(5), |node, _| negative(node));
            assert_eq!(negative_times(Node::whole(5), times), number, "{times}");
        }
    }
}
