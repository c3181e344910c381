//! Binomials, sums, products, limits and integrals: worked out where that is a matter of writing them down.

use super::algebra::{divided, exact, multiplied};
use crate::exact::Quotient;
use crate::fuel::Fuel;
use crate::read::factor::is_whole;
use crate::tree::{BOUND, Node};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

/// Longer sums stay as they are.
const MOST_TERMS: i64 = 120;

/// Sums of higher powers stay as they are.
const HIGHEST_POWER: i64 = 5;

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
    let difference = Node::Sum(vec![above.clone(), multiplied(Node::whole(-1), below.clone())]);
    let rest = Quotient::of(&difference, fuel).and_then(|rest| rest.as_constant()).map(exact);
    match small(&below).or_else(|| small(&rest?)) {
        Some(k @ 0..=LARGEST_BELOW) if !are_numbers => {
            let factors = (0..k).map(|i| Node::Sum(vec![above.clone(), Node::whole(-i)]));
            let size: BigInt = (1..=k).map(BigInt::from).product();
            let first = exact(BigRational::new(BigInt::one(), size));
            factors.fold(first, multiplied)
        }
        _ => call,
    }
}

/// `(n+1)!` as `n!(n+1)`; of a number it stays as it is.
pub(super) fn factorial(argument: Node) -> Node {
    let call = |argument| Node::Call("factorial", vec![argument]);
    let Node::Sum(terms) = &argument else { return call(argument) };
    let (numbers, others): (Vec<&Node>, Vec<&Node>) = terms.iter().partition(|term| is_whole(Some(term)));
    let shift: i64 = numbers.into_iter().filter_map(small).sum();
    if others.is_empty() || shift.abs() > LARGEST_BELOW {
        return call(argument);
    }
    let base = match others.as_slice() {
        [single] => (*single).clone(),
        several => Node::Sum(several.iter().map(|term| (*term).clone()).collect()),
    };
    let plus = |i: i64| if i == 0 { base.clone() } else { Node::Sum(vec![base.clone(), Node::whole(i)]) };
    let less = |i: i64| Node::Power(Box::new(plus(i)), Box::new(Node::whole(-1)));
    let factors: Vec<Node> =
        if shift > 0 { (1..=shift).map(plus).collect() } else { (shift + 1..=0).map(less).collect() };
    factors.into_iter().fold(call(base.clone()), multiplied)
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
        let closed = if kind == Kind::Sum { closed(&inside, name, &from, &to, fuel) } else { None };
        return Some(closed.unwrap_or_else(|| bound(function, inside, name, vec![from, to])));
    };
    let mut parts = Vec::new();
    for value in first..=last {
        fuel.spend(2 + 2 * inside.size())?;
        parts.push(inside.with_name(name, &Node::whole(value)));
    }
    Some(if kind == Kind::Sum { Node::Sum(parts) } else { Node::Product(parts) })
}

/// A sum of powers up to a name, by its differences; or one of powers of a fraction without end.
fn closed(inside: &Node, name: &str, from: &Node, to: &Node, fuel: &Fuel) -> Option<Node> {
    let first = small(from)?;
    let at = |value: i64| inside.with_name(name, &Node::whole(value));
    if *to == Node::Infinity {
        let value = |node: &Node| Quotient::of(node, fuel)?.as_constant();
        let (start, next, third) = (value(&at(first))?, value(&at(first + 1))?, value(&at(first + 2))?);
        let ratio = &next / &start;
        if let Some(zeta) = zeta(first, &start, &next, &third) {
            return Some(zeta);
        }
        let is_geometric = &third / &next == ratio && inside.degree_in(name).is_none();
        return (is_geometric && ratio.abs() < BigRational::one())
            .then(|| exact(start / (BigRational::one() - ratio)));
    }
    let degree = inside.degree_in(name).filter(|degree| *degree <= HIGHEST_POWER)?;
    let count = Node::Sum(vec![to.clone(), Node::whole(1 - first)]);
    let mut terms = Vec::new();
    let mut differences: Vec<Node> = (0..=degree).map(|step| at(first + step)).collect();
    for order in 0..=degree {
        fuel.spend(differences.iter().map(Node::size).sum())?;
        let below = Node::whole(order + 1);
        terms.push(multiplied(differences.first()?.clone(), binomial(count.clone(), below, fuel)));
        let less =
            |pair: &[Node]| Node::Sum(vec![pair[1].clone(), multiplied(Node::whole(-1), pair[0].clone())]);
        differences = differences.windows(2).map(less).collect();
    }
    Some(Node::Sum(terms))
}

/// The sum of the inverse squares, fourth or sixth powers of all numbers, by its first three terms.
fn zeta(first: i64, start: &BigRational, next: &BigRational, third: &BigRational) -> Option<Node> {
    const VALUES: [(i32, i64); 3] = [(2, 6), (4, 90), (6, 945)];
    let is_power = |(power, _): &&(i32, i64)| {
        let inverse = |base: i64| BigRational::new(1.into(), base.into()).pow(*power);
        first == 1 && *next == start * inverse(2) && *third == start * inverse(3)
    };
    let (power, below) = VALUES.iter().find(is_power)?;
    let power = Node::Power(Box::new(Node::Pi), Box::new(Node::whole(i64::from(*power))));
    Some(multiplied(exact(start / BigRational::from_integer((*below).into())), power))
}

/// A function of a formula in which a name is bound, so that it does not matter which name.
pub(super) fn bound(function: &'static str, inside: Node, name: &str, others: Vec<Node>) -> Node {
    let inside = inside.with_name(name, &Node::Symbol(BOUND.to_owned()));
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
            Some(divided(node.clone(), factor))
        }
        Node::Call("sin", parts) => {
            let factor = factor_of(parts.first()?, &variable)?;
            Some(divided(Node::Call("cos", parts.clone()), multiplied(Node::whole(-1), factor)))
        }
        Node::Call("cos", parts) => {
            let factor = factor_of(parts.first()?, &variable)?;
            Some(divided(Node::Call("sin", parts.clone()), factor))
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
