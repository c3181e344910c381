//! Differences that SymPy takes for zero, as Math-Verify 0.9.0 asks it to.

use crate::fuel::Fuel;
use crate::numeric::{Lost, Real, literal, number};
use crate::tree::Node;

/// `evalf(n=15, chop=True)` makes zero of what is smaller than 2 to the minus this.
pub(super) const CHOPPED: isize = 54;

/// Returns whether two formulas, of which neither is a number as it is written, differ by next to nothing.
///
/// So `10^{-20}` is `10^{-21}`, and `1/20!` is `1/21!`; but `1/3` is compared exactly.
pub(super) fn is_chopped(target: &Node, answer: &Node, fuel: &Fuel) -> bool {
    let is_left_out = |node: &Node| literal(node).is_some() || node.has_symbols();
    if is_left_out(target) || is_left_out(answer) {
        return false;
    }
    let value = |node: &Node| match number(node, fuel) {
        Err(Lost::Tiny) => Ok(Real::zero()),
        other => other,
    };
    let distance = || value(target)?.minus(&value(answer)?);
    let least = Real::whole(1).shifted_down(CHOPPED);
    distance().is_ok_and(|distance| least.is_ok_and(|least| distance.magnitude() < least))
}
