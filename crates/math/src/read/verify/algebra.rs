//! Sums, products and quotients as SymPy makes them without evaluating them.

use crate::read::factor::is_whole;
use crate::tree::Node;
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

/// What is left of a number when another one is taken from it as often as it goes.
pub(super) fn remainder(left: Node, right: Node) -> Node {
    let quotient = multiplied(left.clone(), Node::Power(Box::new(right.clone()), Box::new(Node::whole(-1))));
    let taken = multiplied(right, Node::Call("floor", vec![quotient]));
    Node::Sum(vec![left, multiplied(Node::whole(-1), taken)])
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
