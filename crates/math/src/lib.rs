//! Mathematical answers: found in prose, parsed, compared. Pure: opens no file, knows no network, no clock.
//!
//! ```
//! use evalscope_math::{Verdict, compare, extract};
//!
//! let reply = r"Adding up, the total is $\boxed{\frac{3}{4}}$ of the cake.";
//! let found = extract(reply).expect("there is a box");
//! assert_eq!(found.text, r"\frac{3}{4}");
//! assert_eq!(compare("0.75", &found.text), Verdict::Equal);
//! ```
//!
//! The way of a text: [`extract()`] takes the answer out of a reply; `read` drops dress and units and makes a value of
//! it; `compare` asks whether two values are the same, with `exact` (quotients of polynomials with rational
//! coefficients, roots and names) and, where no normal form decides, `numeric` (160 bits, at fixed points). [`Mode`] has
//! the same two steps as other programs take them.
//!
//! Every comparison ends: work is counted in fuel, not in time, so that a verdict is the same on every machine. No
//! general algebra: but in the mode of Math-Verify, which does some, equations are not solved for their names, and sums
//! and integrals are not evaluated.

mod compare;
mod exact;
mod extract;
mod fuel;
mod mode;
mod modes;
mod numeric;
mod printed;
mod read;
mod rules;
mod tree;
mod verdict;

/// The examples of the README are tests too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use compare::same_number;
pub use extract::{Found, Rule, extract};
pub use mode::{Mode, UnknownMode};
pub use printed::printed;
pub use verdict::{Reason, Side, Verdict};

/// Returns whether two answers are the same mathematical value.
///
/// Symmetric but for [`Reason`]'s side. Numbers are compared exactly, of any size: `0.75`, `3/4`, `\frac{3}{4}` and
/// `75\%` are one; so are `10` and `10%`, `1,000` and `1000`, `2\sqrt{2}` and `\sqrt{8}`. If one of the two is a decimal,
/// both are rounded to six places first, unless the other is a whole number: `0.333333` is `1/3`, `0.3333` is not.
/// Formulas are equal when their normal forms are, or when they agree to 30 digits wherever they are evaluated. The
/// order counts in tuples, not in sets; of a list without brackets neither. `x = 5` is `5`, `x > 3` is `(3, \infty)`.
/// Units count when both sides have one (`1 m` is `100 cm`, and not `1 cm`); currency signs, `\text{…}` after a number,
/// spacing, sizes of brackets and the case of names do not.
///
/// Texts of more than 2,000 bytes are not read, and those of more than 4,096 are equal only when they are the same.
pub fn compare(target: &str, answer: &str) -> Verdict {
    Mode::Default.compare(target, answer)
}
