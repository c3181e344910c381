//! Products and powers of sums with decimals and names, multiplied out in 53 bits.

use super::plain::{has_decimals, is_plain};
use super::total::Kept;
use crate::fuel::Fuel;
use crate::tree::Node;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use std::collections::BTreeMap;

/// Longer sums come from hostile input.
const MOST_TERMS: usize = 40;

/// Higher powers of sums are left out.
const HIGHEST_POWER: i64 = 6;

/// Names with their powers, and what they are multiplied by.
type Terms = BTreeMap<BTreeMap<String, i64>, Kept>;

/// Returns whether two polynomials are the same, of which at least one has decimals and has to be multiplied out.
pub(crate) fn in_polynomials(target: &Node, answer: &Node, fuel: &Fuel) -> Option<bool> {
    let has_names = target.has_symbols() || answer.has_symbols();
    let is_known = is_plain(target) && is_plain(answer);
    if is_known || !has_names || !(has_decimals(target) || has_decimals(answer)) {
        return None;
    }
    // Equal sums in products and powers are brought together before they are multiplied out.
    Some(is_zero(target, answer, Sums::Kept, fuel)? || is_zero(target, answer, Sums::MultipliedOut, fuel)?)
}

/// What becomes of sums in products and powers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sums {
    /// They are names.
    Kept,
    MultipliedOut,
}

fn is_zero(target: &Node, answer: &Node, sums: Sums, fuel: &Fuel) -> Option<bool> {
    let mut difference = terms(target, sums, fuel)?;
    for (names, factor) in terms(answer, sums, fuel)? {
        add(&mut difference, names, &factor.negated(), fuel)?;
    }
    Some(difference.values().all(Kept::is_zero))
}

/// The terms of a factor.
fn factor_terms(node: &Node, sums: Sums, fuel: &Fuel) -> Option<Terms> {
    match node {
        Node::Sum(_) if sums == Sums::Kept => {
            fuel.spend(node.size())?;
            Some(Terms::from([(BTreeMap::from([(format!("{node:?}"), 1)]), one())]))
        }
        other => terms(other, sums, fuel),
    }
}

fn terms(node: &Node, sums: Sums, fuel: &Fuel) -> Option<Terms> {
    fuel.spend(8)?;
    let constant = |number: Kept| Terms::from([(BTreeMap::new(), number)]);
    match node {
        Node::Number { .. } => Some(constant(Kept::of_number(node)?)),
        Node::Symbol(name) => Some(Terms::from([(BTreeMap::from([(name.clone(), 1)]), one())])),
        Node::Sum(parts) => {
            let mut sum = Terms::new();
            for part in parts {
                for (names, factor) in terms(part, sums, fuel)? {
                    add(&mut sum, names, &factor, fuel)?;
                }
            }
            Some(sum)
        }
        Node::Product(parts) => parts.iter().try_fold(constant(one()), |product, part| {
            times(&product, &factor_terms(part, sums, fuel)?, fuel)
        }),
        Node::Power(base, exponent) => {
            let Node::Number { value, is_decimal: false } = &**exponent else { return None };
            let exponent = value.is_integer().then(|| value.numer().to_i64())??;
            if exponent == -1 && matches!(**base, Node::Number { is_decimal: false, .. }) {
                let Node::Number { value, .. } = &**base else { return None };
                return (!value.is_zero()).then(|| constant(Kept::Exact(value.recip())));
            }
            if !(1..=HIGHEST_POWER).contains(&exponent) {
                return None;
            }
            let base = factor_terms(base, sums, fuel)?;
            (0..exponent).try_fold(constant(one()), |product, _| times(&product, &base, fuel))
        }
        _ => None,
    }
}

fn one() -> Kept {
    Kept::Exact(BigRational::one())
}

fn add(sum: &mut Terms, names: BTreeMap<String, i64>, factor: &Kept, fuel: &Fuel) -> Option<()> {
    fuel.spend(8)?;
    let known = sum.remove(&names);
    let factor = match known {
        Some(known) => known.plus(factor, fuel).ok()?,
        None => factor.clone(),
    };
    sum.insert(names, factor);
    (sum.len() <= MOST_TERMS).then_some(())
}

fn times(left: &Terms, right: &Terms, fuel: &Fuel) -> Option<Terms> {
    let mut product = Terms::new();
    for (names, factor) in left {
        for (others, other) in right {
            fuel.spend(u32::try_from(names.len() + others.len()).ok()?)?;
            let mut joined = names.clone();
            for (name, power) in others {
                let known = joined.entry(name.clone()).or_insert(0);
                *known = known.checked_add(*power)?;
            }
            add(&mut product, joined, &factor.times(other, fuel).ok()?, fuel)?;
        }
    }
    Some(product)
}
