//! Binomials, sums, products, limits and integrals: worked out where that is a matter of writing them down.

use super::formula::{divided, exact, multiplied};
use crate::exact::Quotient;
use crate::fuel::Fuel;
use crate::read::factor::is_whole;
use crate::tree::Node;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

/// Longer sums stay as they are.
const MOST_TERMS: i64 = 120;

/// Binomials of a formula over larger numbers stay as they are.
const LARGEST_BELOW: i64 = 12;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sum,
    Product,
}

fn small(node: &Node) -> Option<i64> {
    match node {
        Node::Number { value, is_decimal: false } if value.is_integer() => value.numer().to_i64(),
        _ => None,
    }
}

/// A binomial, of numbers as a number.
pub(super) fn binomial(above: Node, below: Node, fuel: &Fuel) -> Node {
    let call = Node::Call("binomial", vec![above.clone(), below.clone()]);
    let are_numbers = is_whole(Some(&above)) && is_whole(Some(&below));
    if are_numbers && let Some(value) = Quotient::of(&call, fuel).and_then(|quotient| quotient.as_constant())
    {
        return exact(value);
    }
    match small(&below) {
        Some(k @ 0..=LARGEST_BELOW) if !are_numbers => {
            let factors = (0..k).map(|i| Node::Sum(vec![above.clone(), Node::whole(-i)]));
            let size: BigInt = (1..=k).map(BigInt::from).product();
            let first = exact(BigRational::new(BigInt::one(), size));
            factors.fold(first, multiplied)
        }
        _ => call,
    }
}

/// The sum or product of what the formula is from one whole number to another; nothing when there are too many.
pub(super) fn expanded(
    kind: Kind,
    inside: Node,
    name: &str,
    (from, to): (Node, Node),
    fuel: &Fuel,
) -> Option<Node> {
    let function = if kind == Kind::Sum { "sum" } else { "product" };
    let Some((first, last)) = small(&from).zip(small(&to)).filter(|(first, last)| {
        last.checked_sub(*first).is_some_and(|terms| (0..MOST_TERMS).contains(&terms))
    }) else {
        return Some(bound(function, inside, name, vec![from, to]));
    };
    let mut parts = Vec::new();
    for value in first..=last {
        fuel.spend(2 + 2 * inside.size())?;
        parts.push(inside.with_name(name, &Node::whole(value)));
    }
    Some(if kind == Kind::Sum { Node::Sum(parts) } else { Node::Product(parts) })
}

/// A function of a formula in which a name is bound, so that it does not matter which name.
pub(super) fn bound(function: &'static str, inside: Node, name: &str, others: Vec<Node>) -> Node {
    let inside = inside.with_name(name, &Node::Symbol("bound".to_owned()));
    let mut parts = vec![inside];
    parts.extend(others);
    Node::Call(function, parts)
}

/// The formula without `dx`, and the name that it is for; x when there is none.
pub(super) fn without_differential(inside: Node) -> Option<(Node, String)> {
    let is_differential = |name: &&&str| name.len() > 1 && name.starts_with('d');
    let found = inside.symbols().iter().find(is_differential).map(|name| (*name).to_owned());
    match found {
        Some(name) => Some((inside.with_name(&name, &Node::whole(1)), name[1..].to_owned())),
        None => Some((inside, "x".to_owned())),
    }
}

/// The integral between two places, or without them; of sums of powers it is worked out.
pub(super) fn integral(inside: Node, name: &str, bounds: Vec<Node>) -> Node {
    let Some(primitive) = primitive(&inside, name) else { return bound("integral", inside, name, bounds) };
    match bounds.as_slice() {
        [from, to] => {
            let at = |place: &Node| primitive.with_name(name, place);
            Node::Sum(vec![at(to), multiplied(Node::whole(-1), at(from))])
        }
        _ => primitive,
    }
}

/// A function of which the formula is the derivative.
fn primitive(node: &Node, name: &str) -> Option<Node> {
    let is_free = |node: &Node| !node.symbols().contains(&name);
    let variable = Node::Symbol(name.to_owned());
    match node {
        free if is_free(free) => Some(multiplied(free.clone(), variable)),
        Node::Symbol(_) => power_of(&variable, BigRational::one()),
        Node::Sum(parts) => {
            parts.iter().map(|part| primitive(part, name)).collect::<Option<Vec<Node>>>().map(Node::Sum)
        }
        Node::Product(parts) => {
            let (free, bound): (Vec<&Node>, Vec<&Node>) = parts.iter().partition(|part| is_free(part));
            let [inside] = bound.as_slice() else { return None };
            let factor = free.into_iter().cloned().reduce(multiplied)?;
            Some(multiplied(factor, primitive(inside, name)?))
        }
        Node::Power(base, exponent) if **base == variable => match &**exponent {
            Node::Number { value, is_decimal: false } => power_of(&variable, value.clone()),
            _ => None,
        },
        Node::Power(base, exponent) if **base == Node::Euler => {
            let factor = factor_of(exponent, &variable)?;
            divided(node.clone(), factor)
        }
        Node::Call("sin", parts) => {
            let factor = factor_of(parts.first()?, &variable)?;
            divided(Node::Call("cos", parts.clone()), multiplied(Node::whole(-1), factor))
        }
        Node::Call("cos", parts) => {
            let factor = factor_of(parts.first()?, &variable)?;
            divided(Node::Call("sin", parts.clone()), factor)
        }
        _ => None,
    }
}

fn power_of(variable: &Node, exponent: BigRational) -> Option<Node> {
    let next = exponent + BigRational::one();
    if next == BigRational::from_integer(0.into()) {
        return Some(Node::Call("ln", vec![variable.clone()]));
    }
    let power = Node::Power(Box::new(variable.clone()), Box::new(exact(next.clone())));
    Some(multiplied(exact(next.recip()), power))
}

/// What the variable is multiplied by.
fn factor_of(node: &Node, variable: &Node) -> Option<Node> {
    match node {
        same if same == variable => Some(Node::whole(1)),
        Node::Product(parts) => match parts.as_slice() {
            [factor @ Node::Number { value, .. }, other] if other == variable && !value.is_negative() => {
                Some(factor.clone())
            }
            [factor @ Node::Number { .. }, other] if other == variable => Some(factor.clone()),
            _ => None,
        },
        _ => None,
    }
}
