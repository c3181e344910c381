//! Asks whether two equations or inequalities say the same.

use super::floats::summed;
use super::values::{Comparer, LARGEST_SET};
use crate::exact::Quotient;
use crate::rules::Reading;
use crate::tree::{Node, Sign, Value};
use num_traits::Signed;

/// First side, then signs with the sides that follow them.
type Chain<'a> = (&'a Value, &'a [(Sign, Value)]);

impl Comparer<'_> {
    pub(super) fn relations(&self, target: Chain, answer: Chain) -> bool {
        let ((first, mut rest), (other, mut other_rest)) = (target, answer);
        if self.rules.reading == Reading::MathVerify && [target, answer].iter().any(|chain| has_set(*chain)) {
            return same_set_wise(target, answer);
        }
        let is_chain = |rest: &[(Sign, Value)]| rest.iter().all(|(sign, _)| *sign == Sign::Equal);
        // Of `x = y = 5`, the first and the last side count.
        if let ([.., last], [.., other_last]) = (rest, other_rest)
            && is_chain(rest)
            && is_chain(other_rest)
        {
            (rest, other_rest) = (std::slice::from_ref(last), std::slice::from_ref(other_last));
        }
        match (rest, other_rest) {
            ([(sign, right)], [(other_sign, other_right)]) => {
                self.single_relations((first, *sign, right), (other, *other_sign, other_right))
            }
            _ => {
                rest.len() == other_rest.len()
                    && (self.same_chain((first, rest), (other, other_rest))
                        || self.rules.reading == Reading::Meant
                            && self.same_chain_backwards((first, rest), (other, other_rest)))
            }
        }
    }

    fn same_chain(&self, target: Chain, answer: Chain) -> bool {
        let mut pairs = target.1.iter().zip(answer.1);
        self.equal(target.0, answer.0)
            && pairs.all(|(left, right)| left.0 == right.0 && self.equal(&left.1, &right.1))
    }

    /// `3 > x > 1` for `1 < x < 3`.
    fn same_chain_backwards(&self, target: Chain, answer: Chain) -> bool {
        let sides = |chain: Chain| -> Vec<Value> {
            std::iter::once(chain.0.clone()).chain(chain.1.iter().map(|(_, side)| side.clone())).collect()
        };
        let (left, mut right) = (sides(target), sides(answer));
        right.reverse();
        let mut signs = target.1.iter().zip(answer.1.iter().rev());
        left.iter().zip(&right).all(|(left, right)| self.equal(left, right))
            && signs.all(|(left, right)| left.0 == right.0.flipped())
    }

    /// Two relations are the same when one is the other, multiplied by a number; by a negative one turns the sign.
    fn single_relations(&self, left: (&Value, Sign, &Value), right: (&Value, Sign, &Value)) -> bool {
        let are_formulas =
            [left.0, left.2, right.0, right.2].iter().all(|side| matches!(side, Value::Scalar(_)));
        // Math-Verify solves equations of several names only, and no inequalities.
        let is_misread = self.rules.reading == Reading::MathVerify;
        if is_misread && are_formulas && self.same_difference(left, right) {
            return true;
        }
        if is_misread && are_formulas && (left.1 != Sign::Equal || has_one_name(left.0, left.2)) {
            return false;
        }
        let is_same_side_by_side =
            !is_misread && left.1 == right.1 && self.equal(left.0, right.0) && self.equal(left.2, right.2);
        let is_mirrored =
            left.1 == right.1.flipped() && self.equal(left.0, right.2) && self.equal(left.2, right.0);
        if is_same_side_by_side || is_mirrored && !is_misread {
            return true;
        }
        let difference = |value: &Value, other: &Value| match (value, other) {
            (Value::Scalar(value), Value::Scalar(other)) => {
                Quotient::of(value, self.fuel)?.minus(&Quotient::of(other, self.fuel)?, self.fuel)
            }
            _ => None,
        };
        let (Some(first), Some(second)) = (difference(left.0, left.2), difference(right.0, right.2)) else {
            if are_formulas {
                self.fuel.doubt();
            }
            return false;
        };
        if first.is_zero() || second.is_zero() {
            return first.is_zero() && second.is_zero() && left.1 == right.1;
        }
        match first.factor_over(&second, self.fuel) {
            Some(factor) if factor.is_negative() => left.1 == right.1.flipped(),
            Some(_) => left.1 == right.1,
            None => is_misread && left.1 == Sign::Equal && first.has_numerator_of(&second),
        }
    }

    /// Whether left less right side is the same of both; or its negative, with the sign turned.
    fn same_difference(&self, left: (&Value, Sign, &Value), right: (&Value, Sign, &Value)) -> bool {
        let (Value::Scalar(a), Value::Scalar(b), Value::Scalar(c), Value::Scalar(d)) =
            (left.0, left.2, right.0, right.2)
        else {
            return false;
        };
        let less = |a: &Node, b: &Node| {
            let taken = terms(b).iter().map(|term| term.clone().negated());
            summed(terms(a).iter().cloned().chain(taken).collect(), self.fuel)
        };
        left.1 == right.1 && self.same(&less(a, b), &less(c, d))
            || left.1 == right.1.flipped() && left.1 != Sign::NotEqual && self.same(&less(a, b), &less(d, c))
    }
}

fn has_set((first, rest): Chain) -> bool {
    std::iter::once(first)
        .chain(rest.iter().map(|(_, side)| side))
        .any(|side| !matches!(side, Value::Scalar(_)))
}

/// Sets and tuples in relations are compared as they are written, but for the order of sets.
fn same_set_wise(target: Chain, answer: Chain) -> bool {
    target.1.len() == answer.1.len()
        && is_written_alike(target.0, answer.0)
        && (target.1.iter().zip(answer.1))
            .all(|(left, right)| left.0 == right.0 && is_written_alike(&left.1, &right.1))
}

fn is_written_alike(left: &Value, right: &Value) -> bool {
    let (Value::Set(left), Value::Set(right)) = (left, right) else { return left == right };
    if left.len().max(right.len()) > LARGEST_SET {
        return left == right;
    }
    let has_all = |some: &[Value], others: &[Value]| some.iter().all(|element| others.contains(element));
    has_all(left, right) && has_all(right, left)
}

fn terms(node: &Node) -> &[Node] {
    match node {
        Node::Sum(parts) => parts,
        other => std::slice::from_ref(other),
    }
}

/// Whether at most one name stands on both sides.
fn has_one_name(left: &Value, right: &Value) -> bool {
    let (Value::Scalar(left), Value::Scalar(right)) = (left, right) else { return false };
    let mut names = left.symbols();
    names.extend(right.symbols());
    names.sort_unstable();
    names.dedup();
    names.len() < 2
}
