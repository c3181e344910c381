//! Sums, products and powers of decimals as SymPy 1.14 computes them for Math-Verify 0.9.0: in 53 bits, so that
//! `0.1+0.2` is not `3/10`.

mod distance;
mod expanded;
mod plain;
mod rounded;
mod total;

use super::chopped::CHOPPED;
use crate::fuel::Fuel;
use crate::numeric::{Lost, Real, Valued};
use crate::tree::Node;
use distance::Distance;
pub(super) use expanded::in_polynomials;
pub(super) use plain::has_decimals;
use plain::{is_literal, is_plain, with_values};
use rounded::{are_far_apart, same_when_rounded};
use total::kept;
pub(super) use total::summed;

/// Decimals of more digits get more than 53 bits there.
const MOST_DIGITS: i64 = 15;

/// What it costs to round both sides.
const ROUNDING: u32 = 30;

/// Returns whether two formulas are the same there; nothing where neither computes with decimals, or more than numbers
/// stands in one.
pub(super) fn in_floats(target: &Node, answer: &Node, fuel: &Fuel) -> Option<bool> {
    if !(has_decimals(target) || has_decimals(answer)) || !is_plain(target) || !is_plain(answer) {
        return None;
    }
    if let (Node::Number { value, .. }, Node::Number { value: other, .. }) = (target, answer)
        && are_far_apart(value, other)
    {
        return Some(false);
    }
    let mut names = [target.symbols(), answer.symbols()].concat();
    names.sort_unstable();
    names.dedup();
    let [target, answer] = [target, answer].map(|node| with_values(node, &names));
    decided(&target, &answer, !names.is_empty(), fuel).ok()
}

fn decided(target: &Node, answer: &Node, has_names: bool, fuel: &Fuel) -> Valued<bool> {
    let is_decimal = |node: &Node| matches!(node, Node::Number { is_decimal: true, .. });
    let distance = Distance::between(target, answer, fuel)?;
    let is_seen = if is_decimal(target) || is_decimal(answer) {
        fuel.spend(ROUNDING).ok_or(Lost::Unknown)?;
        same_when_rounded(&kept(target, fuel)?, &kept(answer, fuel)?)?
    } else if is_literal(target) || is_literal(answer) || has_names && !distance.sum.formulas.is_empty() {
        false
    } else {
        distance.evaluated(has_names)?.magnitude() < Real::whole(1).shifted_down(CHOPPED)?
    };
    Ok(is_seen || distance.is_zero(fuel)?)
}
