//! What a mathematical answer is, once parsed.

use crate::fuel::Fuel;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

/// What a name begins with that is bound by a sum or a limit, and is none of the formula's.
pub(super) const BOUND: &str = "•";

/// A number or a formula.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A literal; `is_decimal` when it was written with a decimal point or an exponent.
    Number { value: BigRational, is_decimal: bool },
    /// A letter, a name or a word, in lower case.
    Symbol(String),
    /// The root of −1.
    Imaginary,
    /// π.
    Pi,
    /// Euler's number.
    Euler,
    /// ∞.
    Infinity,
    /// Some formulas, added.
    Sum(Vec<Node>),
    /// Some formulas, multiplied.
    Product(Vec<Node>),
    /// Base and exponent.
    Power(Box<Node>, Box<Node>),
    /// A function with its arguments.
    Call(&'static str, Vec<Node>),
    /// A function of which nothing is known, such as f in `f(2)`; the label is the same for the same function of the same.
    Applied { label: String, arguments: Vec<Node> },
    /// A hundredth of it, written with a percent sign.
    Percent(Box<Node>),
    /// An angle in degrees, which counts as the bare number where nothing else is said.
    Degrees(Box<Node>),
    /// A whole number in another base than ten: its digits as they stand there, and what they are worth.
    Based { written: Box<Node>, value: BigInt },
}

impl Node {
    pub(super) fn whole(value: impl Into<BigInt>) -> Node {
        Node::Number { value: BigRational::from_integer(value.into()), is_decimal: false }
    }

    pub(super) fn negated(self) -> Node {
        match self {
            Node::Number { value, is_decimal } => Node::Number { value: -value, is_decimal },
            Node::Percent(inside) => Node::Percent(Box::new(inside.negated())),
            Node::Degrees(inside) => Node::Degrees(Box::new(inside.negated())),
            other => Node::Product(vec![Node::whole(-1), other]),
        }
    }

    pub(super) fn inverted(self) -> Node {
        match self {
            Node::Number { value, is_decimal: false } if value.is_integer() && value.numer().is_one() => {
                Node::whole(1)
            }
            other => Node::Power(Box::new(other), Box::new(Node::whole(-1))),
        }
    }

    /// Names of the symbols, each as often as it stands there.
    pub(super) fn symbols(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.visit_symbols(&mut |name| {
            found.push(name);
            true
        });
        found
    }

    /// Whether a name stands in it.
    pub(super) fn has_symbols(&self) -> bool {
        !self.visit_symbols(&mut |_| false)
    }

    /// Shows each name until it is not wanted any more; returns whether all were shown.
    fn visit_symbols<'a>(&'a self, shown: &mut dyn FnMut(&'a str) -> bool) -> bool {
        match self {
            Node::Symbol(name) if name.starts_with(BOUND) => true,
            Node::Symbol(name) | Node::Applied { label: name, .. } => shown(name),
            Node::Number { .. } | Node::Imaginary | Node::Pi | Node::Euler | Node::Infinity => true,
            Node::Sum(parts) | Node::Product(parts) | Node::Call(_, parts) => {
                parts.iter().all(|part| part.visit_symbols(shown))
            }
            Node::Power(base, exponent) => base.visit_symbols(shown) && exponent.visit_symbols(shown),
            Node::Percent(inside) | Node::Degrees(inside) | Node::Based { written: inside, .. } => {
                inside.visit_symbols(shown)
            }
        }
    }

    /// The formula with each of its parts replaced.
    pub(super) fn with_parts(&self, replaced: &dyn Fn(&Node) -> Node) -> Node {
        let all = |parts: &[Node]| parts.iter().map(replaced).collect();
        match self {
            Node::Sum(parts) => Node::Sum(all(parts)),
            Node::Product(parts) => Node::Product(all(parts)),
            Node::Call(name, parts) => Node::Call(name, all(parts)),
            Node::Power(base, exponent) => {
                Node::Power(Box::new(replaced(base)), Box::new(replaced(exponent)))
            }
            other => other.clone(),
        }
    }

    /// The formula with something else in the place of a name.
    pub(super) fn with_name(&self, name: &str, value: &Node) -> Node {
        match self {
            Node::Symbol(known) if known == name => value.clone(),
            other => other.with_parts(&|part| part.with_name(name, value)),
        }
    }

    /// `with_name`, paid for by the size of what it makes.
    pub(crate) fn filled(&self, name: &str, value: &Node, fuel: &Fuel) -> Option<Node> {
        let times = u32::try_from(self.count_of(name)).ok()?;
        fuel.spend(times.saturating_mul(value.size()).saturating_add(self.size()))?;
        Some(self.with_name(name, value))
    }

    fn count_of(&self, name: &str) -> usize {
        match self {
            Node::Symbol(known) => usize::from(known == name),
            Node::Sum(parts) | Node::Product(parts) | Node::Call(_, parts) => {
                parts.iter().map(|part| part.count_of(name)).sum()
            }
            Node::Power(base, exponent) => base.count_of(name) + exponent.count_of(name),
            _ => 0,
        }
    }

    /// Of how many parts it is made; long numbers and names count for more.
    pub(crate) fn size(&self) -> u32 {
        let all = |parts: &[Node]| parts.iter().map(Node::size).fold(1, u32::saturating_add);
        match self {
            Node::Number { value, .. } => 1 + ((value.numer().bits() + value.denom().bits()) / 1_024) as u32,
            Node::Symbol(name) => 1 + name.len() as u32 / 128,
            Node::Sum(parts) | Node::Product(parts) | Node::Call(_, parts) => all(parts),
            Node::Applied { label, arguments } => all(arguments).saturating_add(label.len() as u32 / 128),
            Node::Power(base, exponent) => base.size().saturating_add(exponent.size()).saturating_add(1),
            Node::Percent(inside) | Node::Degrees(inside) | Node::Based { written: inside, .. } => {
                inside.size().saturating_add(1)
            }
            Node::Imaginary | Node::Pi | Node::Euler | Node::Infinity => 1,
        }
    }

    /// A copy that is paid for: what is made of itself again and again would double with every level.
    pub(crate) fn copied(&self, fuel: &Fuel) -> Option<Node> {
        fuel.spend(self.size().saturating_mul(2))?;
        Some(self.clone())
    }

    /// The highest power of a name, if it is a polynomial of it.
    pub(super) fn degree_in(&self, name: &str) -> Option<i64> {
        let of_parts =
            |parts: &[Node]| parts.iter().map(|part| part.degree_in(name)).collect::<Option<Vec<i64>>>();
        match self {
            free if !free.symbols().contains(&name) => Some(0),
            Node::Symbol(_) => Some(1),
            Node::Sum(parts) => of_parts(parts)?.into_iter().max(),
            Node::Product(parts) => of_parts(parts)?.into_iter().try_fold(0, i64::checked_add),
            Node::Power(base, exponent) => match &**exponent {
                Node::Number { value, is_decimal: false } if value.is_integer() && !value.is_negative() => {
                    base.degree_in(name)?.checked_mul(value.numer().to_i64()?)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it is made of names only, so that an equation gives what they are; 1/x counts.
    pub(super) fn is_of_symbols(&self) -> bool {
        let all = |parts: &[Node]| !parts.is_empty() && parts.iter().all(Node::is_of_symbols);
        match self {
            Node::Symbol(_) => true,
            Node::Sum(parts) | Node::Product(parts) | Node::Call(_, parts) => all(parts),
            Node::Applied { arguments, .. } => all(arguments),
            Node::Power(base, exponent) => {
                base.is_of_symbols() && (exponent.is_of_symbols() || **exponent == Node::whole(-1))
            }
            _ => false,
        }
    }
}

impl Value {
    /// Whether it is made of names only.
    pub(crate) fn is_of_symbols(&self) -> bool {
        match self {
            Value::Scalar(node) => node.is_of_symbols(),
            Value::Tuple(parts) | Value::Set(parts) => {
                !parts.is_empty() && parts.iter().all(Value::is_of_symbols)
            }
            _ => false,
        }
    }

    /// Whether a name stands in it.
    pub(crate) fn has_names(&self) -> bool {
        !self.names().is_empty()
    }

    /// The names in it, each as often as it stands there.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Value::Scalar(node) => node.symbols(),
            Value::Set(parts) | Value::Tuple(parts) | Value::Union(parts) => {
                parts.iter().flat_map(Value::names).collect()
            }
            Value::Interval(interval) => [interval.start.symbols(), interval.end.symbols()].concat(),
            Value::Difference(all, without) => [all.names(), without.names()].concat(),
            Value::Matrix(rows) => rows.iter().flatten().flat_map(Node::symbols).collect(),
            Value::Relation(first, rest) => {
                let rest = rest.iter().flat_map(|(_, side)| side.names());
                first.names().into_iter().chain(rest).collect()
            }
        }
    }
}

/// How two sides of a relation stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Sign {
    /// The sign of the same relation read from right to left.
    pub(super) fn flipped(self) -> Sign {
        match self {
            Sign::Less => Sign::Greater,
            Sign::LessOrEqual => Sign::GreaterOrEqual,
            Sign::Greater => Sign::Less,
            Sign::GreaterOrEqual => Sign::LessOrEqual,
            same => same,
        }
    }
}

/// An interval; an open end does not belong to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Interval {
    pub(super) start: Node,
    pub(super) end: Node,
    pub(super) is_start_open: bool,
    pub(super) is_end_open: bool,
}

/// A mathematical answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A number or a formula.
    Scalar(Node),
    /// Values whose order does not count; kept as written.
    Set(Vec<Value>),
    /// Values whose order counts.
    Tuple(Vec<Value>),
    /// All numbers between two.
    Interval(Interval),
    /// What belongs to one of several sets.
    Union(Vec<Value>),
    /// What belongs to the first set and not to the second.
    Difference(Box<Value>, Box<Value>),
    /// Rows of formulas.
    Matrix(Vec<Vec<Node>>),
    /// First side, then signs with the sides that follow them.
    Relation(Box<Value>, Vec<(Sign, Value)>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_labels_and_numbers_count() {
        let label = "a".repeat(1_280);
        let applied = Node::Applied { label: label.clone(), arguments: vec![Node::Pi; 3] };
        assert_eq!(applied.size(), 14);
        assert_eq!(Node::Symbol(label).size(), 11);
        assert_eq!(Node::whole(BigInt::from(1) << 10_240).size(), 11);
        assert_eq!(Node::Percent(Box::new(applied)).size(), 15);
    }
}
