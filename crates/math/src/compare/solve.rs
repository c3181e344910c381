//! Solves relations of one name, as SymPy does when Math-Verify 0.9.0 asks it for their set: of polynomials with rational
//! roots, and with two more that are square roots.

use crate::exact::Quotient;
use crate::fuel::Fuel;
use crate::numeric::{Real, number};
use crate::tree::{Interval, Node, Sign, Value};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Polynomials of a higher degree are not solved.
const HIGHEST_DEGREE: usize = 4;

/// Rational roots are looked for up to here, and with denominators up to the other.
const LARGEST_ROOT: i64 = 60;
const LARGEST_BELOW: i64 = 6;

/// Returns what a relation says of its only name, if it has one name and can be solved.
pub(super) fn solved(first: &Value, rest: &[(Sign, Value)], fuel: &Fuel) -> Option<Value> {
    let [(sign, Value::Scalar(right))] = rest else { return None };
    let Value::Scalar(left) = first else { return None };
    let mut names = [left.symbols(), right.symbols()].concat();
    names.sort_unstable();
    names.dedup();
    let [name] = names.as_slice() else { return None };
    let difference = difference(left, right);
    let polynomial = coefficients(&difference, name, fuel)?;
    let mut roots = Vec::new();
    for root in roots_of(polynomial.clone(), fuel)? {
        roots.push((number(&root, fuel).ok()?, root));
    }
    roots.sort_by(|left, right| left.0.partial_cmp(&right.0).unwrap_or(std::cmp::Ordering::Equal));
    region(*sign, &polynomial, roots)
}

/// Left less right side; of a size against a number, of their squares.
fn difference(left: &Node, right: &Node) -> Node {
    let square = |node: &Node| Node::Power(Box::new(node.clone()), Box::new(Node::whole(2)));
    let less = |left: Node, right: Node| Node::Sum(vec![left, Node::Product(vec![Node::whole(-1), right])]);
    match (left, right) {
        (Node::Call("abs", inside), Node::Number { value, .. }) if !value.is_negative() => {
            inside.first().map_or_else(|| left.clone(), |inside| less(square(inside), square(right)))
        }
        _ => less(left.clone(), right.clone()),
    }
}

/// The coefficients of a polynomial, from the lowest power on, by its values at whole numbers.
fn coefficients(node: &Node, name: &str, fuel: &Fuel) -> Option<Vec<BigRational>> {
    let degree = node.degree_in(name).filter(|degree| (1..=HIGHEST_DEGREE as i64).contains(degree))?;
    let mut differences = Vec::new();
    for place in 0..=degree {
        fuel.spend(node.size())?;
        differences.push(Quotient::of(&node.with_name(name, &Node::whole(place)), fuel)?.as_constant()?);
    }
    // x(x−1)…(x−k+1)/k!, times the k-th difference at 0, added up.
    let mut sum = vec![BigRational::zero(); differences.len()];
    let mut falling = vec![BigRational::one()];
    for order in 0..=degree {
        let factor = differences.first()?.clone();
        for (power, coefficient) in falling.iter().enumerate() {
            sum[power] += coefficient * &factor;
        }
        let next = BigRational::from_integer((order + 1).into());
        let mut longer = vec![BigRational::zero(); falling.len() + 1];
        for (power, coefficient) in falling.iter().enumerate() {
            longer[power + 1] += coefficient / &next;
            longer[power] -= coefficient * BigRational::from_integer(order.into()) / &next;
        }
        falling = longer;
        differences = differences.windows(2).map(|pair| &pair[1] - &pair[0]).collect();
    }
    while sum.len() > 1 && sum.last().is_some_and(BigRational::is_zero) {
        sum.pop();
    }
    (sum.len() > 1).then_some(sum)
}

fn value_at(polynomial: &[BigRational], place: &BigRational) -> BigRational {
    polynomial.iter().rev().fold(BigRational::zero(), |sum, coefficient| sum * place + coefficient)
}

/// All real roots, each once; nothing when some are not known.
fn roots_of(mut polynomial: Vec<BigRational>, fuel: &Fuel) -> Option<Vec<Node>> {
    let mut roots: Vec<BigRational> = Vec::new();
    while polynomial.len() > 3 {
        let root = rational_root(&polynomial, fuel)?;
        polynomial = without_root(&polynomial, &root);
        roots.push(root);
    }
    let mut nodes = Vec::new();
    match polynomial.as_slice() {
        [last, first] => roots.push(-last / first),
        [last, middle, first] => {
            let size = middle * middle - BigRational::from_integer(4.into()) * first * last;
            let twice = first * BigRational::from_integer(2.into());
            match rational_square_root(&size) {
                Some(root) => roots.extend([(-middle + &root) / &twice, (-middle - &root) / &twice]),
                None if size.is_negative() => {}
                None => nodes = [1, -1].map(|sign| with_square_root(middle, &size, &twice, sign)).into(),
            }
        }
        _ => {}
    }
    roots.sort();
    roots.dedup();
    nodes.extend(roots.into_iter().map(|value| Node::Number { value, is_decimal: false }));
    Some(nodes)
}

fn with_square_root(middle: &BigRational, size: &BigRational, twice: &BigRational, sign: i64) -> Node {
    let number = |value: BigRational| Node::Number { value, is_decimal: false };
    let half = number(BigRational::new(1.into(), 2.into()));
    let root = Node::Power(Box::new(number(size.clone())), Box::new(half));
    let factor = BigRational::from_integer(sign.into()) / twice;
    Node::Sum(vec![number(-middle / twice), Node::Product(vec![number(factor), root])])
}

fn rational_square_root(value: &BigRational) -> Option<BigRational> {
    let root = |value: &BigInt| Some(value.sqrt()).filter(|root| root * root == *value);
    if value.is_negative() {
        return None;
    }
    Some(BigRational::new(root(value.numer())?, root(value.denom())?))
}

/// What a look at a place costs: the square of the length of the coefficients, of which fractions are kept reduced.
fn cost_of_place(polynomial: &[BigRational]) -> u32 {
    let words = polynomial.iter().map(|value| (value.numer().bits() + value.denom().bits()) / 64).max();
    let words = words.unwrap_or_default();
    u32::try_from(2 + words + words * words * 2).unwrap_or(u32::MAX)
}

fn rational_root(polynomial: &[BigRational], fuel: &Fuel) -> Option<BigRational> {
    let cost = cost_of_place(polynomial);
    for below in 1..=LARGEST_BELOW {
        for above in -LARGEST_ROOT..=LARGEST_ROOT {
            fuel.spend(cost)?;
            let place = BigRational::new(above.into(), below.into());
            if value_at(polynomial, &place).is_zero() {
                return Some(place);
            }
        }
    }
    None
}

/// The polynomial divided by x less its root.
fn without_root(polynomial: &[BigRational], root: &BigRational) -> Vec<BigRational> {
    let mut quotient = Vec::new();
    let mut carried = BigRational::zero();
    for coefficient in polynomial.iter().skip(1).rev() {
        carried = carried * root + coefficient;
        quotient.push(carried.clone());
    }
    quotient.reverse();
    quotient
}

/// The points for which the sign holds, from left to right.
fn region(sign: Sign, polynomial: &[BigRational], roots: Vec<(Real, Node)>) -> Option<Value> {
    let points: Vec<Value> = roots.iter().map(|(_, node)| Value::Scalar(node.clone())).collect();
    let line = |from: &Node, to: &Node, is_open: bool| Interval {
        start: from.clone(),
        end: to.clone(),
        is_start_open: is_open || *from == Node::Infinity.negated(),
        is_end_open: is_open || *to == Node::Infinity,
    };
    let all = || Value::Interval(line(&Node::Infinity.negated(), &Node::Infinity, true));
    match sign {
        Sign::Equal => return Some(Value::Set(points)),
        Sign::NotEqual if points.is_empty() => return Some(all()),
        Sign::NotEqual => return Some(Value::Difference(Box::new(all()), Box::new(Value::Set(points)))),
        _ => {}
    }
    let is_strict = matches!(sign, Sign::Less | Sign::Greater);
    let is_above = matches!(sign, Sign::Greater | Sign::GreaterOrEqual);
    let mut ends = vec![Node::Infinity.negated()];
    ends.extend(roots.iter().map(|(_, node)| node.clone()));
    ends.push(Node::Infinity);
    let mut parts = Vec::new();
    for (index, place) in between(&roots)?.iter().enumerate() {
        if value_at(polynomial, place).is_positive() == is_above {
            parts.push(Value::Interval(line(&ends[index], &ends[index + 1], is_strict)));
        }
    }
    if !is_strict && !points.is_empty() {
        parts.push(Value::Set(points));
    }
    match parts.len() {
        0 => Some(Value::Set(Vec::new())),
        1 => parts.pop(),
        _ => Some(Value::Union(parts)),
    }
}

/// A rational number before, between and behind the roots each.
fn between(roots: &[(Real, Node)]) -> Option<Vec<BigRational>> {
    let values: Option<Vec<BigRational>> = roots.iter().map(|(value, _)| value.as_rational()).collect();
    let values = values?;
    let one = BigRational::one();
    let Some((first, last)) = values.first().zip(values.last()) else { return Some(vec![one]) };
    let mut places = vec![first - &one];
    places.extend(values.windows(2).map(|pair| (&pair[0] + &pair[1]) / BigRational::from_integer(2.into())));
    places.push(last + &one);
    let is_ordered = places.windows(2).all(|pair| pair[0] < pair[1]);
    is_ordered.then_some(places).filter(|places| places.iter().all(|place| place.numer().to_f64().is_some()))
}
