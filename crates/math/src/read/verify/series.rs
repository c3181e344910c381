//! Binomials, sums, products, limits and integrals: worked out where that is a matter of writing them down.

use super::algebra::{divided, exact, multiplied};
use crate::exact::Quotient;
use crate::fuel::Fuel;
use crate::read::factor::is_whole;
use crate::tree::{BOUND, Node};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

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
pub(super) fn binomial(above: Node, below: Node, fuel: &Fuel) -> Option<Node> {
    fuel.spend(above.size().saturating_add(below.size()).saturating_mul(2))?;
    let call = Node::Call("binomial", vec![above.clone(), below.clone()]);
    let are_numbers = is_whole(Some(&above)) && is_whole(Some(&below));
    if are_numbers && let Some(value) = Quotient::of(&call, fuel).and_then(|quotient| quotient.as_constant())
    {
        return Some(exact(value));
    }
    let difference = Node::Sum(vec![above.clone(), multiplied(Node::whole(-1), below.clone())]);
    let rest = Quotient::of(&difference, fuel).and_then(|rest| rest.as_constant()).map(exact);
    Some(match small(&below).or_else(|| small(&rest?)) {
        Some(k @ 0..=LARGEST_BELOW) if !are_numbers => {
            let mut factors = Vec::new();
            for i in 0..k {
                factors.push(Node::Sum(vec![above.copied(fuel)?, Node::whole(-i)]));
            }
            let size: BigInt = (1..=k).map(BigInt::from).product();
            let first = exact(BigRational::new(BigInt::one(), size));
            factors.into_iter().fold(first, multiplied)
        }
        _ => call,
    })
}

/// Pays for what `factorial` makes: a copy of a sum for each of its factors.
pub(super) fn pay_for_factorial(argument: &Node, fuel: &Fuel) -> Option<()> {
    let Node::Sum(_) = argument else { return Some(()) };
    let factors = shift_of(argument).map_or(0, |shift| u32::try_from(shift.unsigned_abs()).unwrap_or(0));
    fuel.spend(argument.size().saturating_add(2).saturating_mul(factors.saturating_add(2)))
}

/// The whole number that is added to a formula, if it is a small one.
fn shift_of(argument: &Node) -> Option<i64> {
    let Node::Sum(terms) = argument else { return None };
    let numbers = terms.iter().filter(|term| is_whole(Some(term)));
    let shift = numbers.map(small).try_fold(0_i64, |shift, number| shift.checked_add(number?))?;
    (shift.unsigned_abs() <= LARGEST_BELOW.unsigned_abs()).then_some(shift)
}

/// `(n+1)!` as `n!(n+1)`; of a number it stays as it is.
pub(super) fn factorial(argument: Node) -> Node {
    let call = |argument| Node::Call("factorial", vec![argument]);
    let Node::Sum(terms) = &argument else { return call(argument) };
    let others: Vec<&Node> = terms.iter().filter(|term| !is_whole(Some(term))).collect();
    let Some(shift) = shift_of(&argument).filter(|_| !others.is_empty()) else { return call(argument) };
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
        return match closed {
            Some(closed) => Some(closed),
            None => bound(function, &inside, name, vec![from, to], fuel),
        };
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
    let at = |step: i64| inside.filled(name, &Node::whole(first.checked_add(step)?), fuel);
    if *to == Node::Infinity {
        let value = |node: &Node| Quotient::of(node, fuel)?.as_constant();
        let (start, next, third) = (value(&at(0)?)?, value(&at(1)?)?, value(&at(2)?)?);
        if start.is_zero() || next.is_zero() {
            return None;
        }
        let ratio = &next / &start;
        if let Some(zeta) = zeta(first, &start, &next, &third) {
            return Some(zeta);
        }
        let is_geometric = &third / &next == ratio && inside.degree_in(name).is_none();
        return (is_geometric && ratio.abs() < BigRational::one())
            .then(|| exact(start / (BigRational::one() - ratio)));
    }
    let degree = inside.degree_in(name).filter(|degree| *degree <= HIGHEST_POWER)?;
    let count = Node::Sum(vec![to.clone(), Node::whole(1_i64.checked_sub(first)?)]);
    let mut terms = Vec::new();
    let mut differences: Vec<Node> = (0..=degree).map(at).collect::<Option<_>>()?;
    for order in 0..=degree {
        fuel.spend(differences.iter().map(|formula| 2 * formula.size() + 4).sum())?;
        let below = Node::whole(order + 1);
        terms.push(multiplied(differences.first()?.clone(), binomial(count.clone(), below, fuel)?));
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
pub(super) fn bound(
    function: &'static str,
    inside: &Node,
    name: &str,
    others: Vec<Node>,
    fuel: &Fuel,
) -> Option<Node> {
    // By its depth, for a name that is bound further inside is another one.
    let new = Node::Symbol(format!("{BOUND}{}", bindings(inside)));
    let mut parts = vec![inside.filled(name, &new, fuel)?];
    parts.extend(others);
    // A limit is evaluated, and has to know which name is its own.
    parts.extend((function == "limit").then_some(new));
    Some(Node::Call(function, parts))
}

/// How many functions that bind a name stand inside each other.
fn bindings(node: &Node) -> u32 {
    let most = |parts: &[Node]| parts.iter().map(bindings).max().unwrap_or(0);
    match node {
        Node::Call("sum" | "product" | "limit" | "integral", parts) => 1 + most(parts),
        Node::Sum(parts) | Node::Product(parts) | Node::Call(_, parts) => most(parts),
        Node::Power(base, exponent) => bindings(base).max(bindings(exponent)),
        _ => 0,
    }
}

/// The formula without `dx`, and the name that it is for; x when there is none.
pub(super) fn without_differential(inside: Node, fuel: &Fuel) -> Option<(Node, String)> {
    let is_differential = |name: &&&str| name.len() > 1 && name.starts_with('d');
    let found = inside.symbols().iter().find(is_differential).map(|name| (*name).to_owned());
    match found {
        Some(name) => Some((inside.filled(&name, &Node::whole(1), fuel)?, name[1..].to_owned())),
        None => Some((inside, "x".to_owned())),
    }
}

/// The integral between two places, or without them; of sums of powers it is worked out.
pub(super) fn integral(inside: &Node, name: &str, bounds: Vec<Node>, fuel: &Fuel) -> Option<Node> {
    let Some(primitive) = primitive(inside, name, fuel) else {
        return bound("integral", inside, name, bounds, fuel);
    };
    Some(match bounds.as_slice() {
        [from, to] => {
            let at = |place: &Node| primitive.filled(name, place, fuel);
            Node::Sum(vec![at(to)?, multiplied(Node::whole(-1), at(from)?)])
        }
        _ => primitive,
    })
}

/// A function of which the formula is the derivative.
fn primitive(node: &Node, name: &str, fuel: &Fuel) -> Option<Node> {
    fuel.spend(node.size())?;
    let is_free = |node: &Node| !node.symbols().contains(&name);
    let variable = Node::Symbol(name.to_owned());
    match node {
        free if is_free(free) => Some(multiplied(free.clone(), variable)),
        Node::Symbol(_) => power_of(&variable, BigRational::one()),
        Node::Sum(parts) => {
            parts.iter().map(|part| primitive(part, name, fuel)).collect::<Option<Vec<Node>>>().map(Node::Sum)
        }
        Node::Product(parts) => {
            let (free, bound): (Vec<&Node>, Vec<&Node>) = parts.iter().partition(|part| is_free(part));
            let [inside] = bound.as_slice() else { return None };
            let factor = free.into_iter().cloned().reduce(multiplied)?;
            Some(multiplied(factor, primitive(inside, name, fuel)?))
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
