//! LaTeX as latex2sympy2_extended 1.11.0 reads it for Math-Verify 0.9.0: what is taken off a text, its tokens, its
//! grammar, and the formulas that come of it.
//!
//! Texts that its grammar does not know have no value here either. Where it has several readings of a text, the first
//! one counts that goes on to the end. Not followed: values at a place (`x|_{x=1}`), and the functions of matrices that
//! `\operatorname` names.

mod algebra;
mod atom;
mod call;
mod derivative;
mod formula;
mod interval;
mod matrix;
mod name;
mod normalize;
mod operator;
mod series;
mod set;
mod table;
mod token;

use crate::fuel::Fuel;
use crate::tree::Value;
use formula::Parser;
pub(crate) use name::{LARGE_E, has_complex_names};
pub(crate) use normalize::normalized;

/// Longer texts have no value: no answer is so long.
const LONGEST: usize = 2_000;

/// Returns the value of a normalised text, or nothing when it has none there.
///
/// When all of it has none, and it is a chain of equations, the last side is tried.
pub(crate) fn parse(text: &str, fuel: &Fuel) -> Option<Value> {
    if text.len() > LONGEST {
        return None;
    }
    whole(text, fuel).or_else(|| whole(last_side(text)?, fuel))
}

fn whole(text: &str, fuel: &Fuel) -> Option<Value> {
    let tokens = token::tokens(text, fuel)?;
    matrix::worked_out_in(Parser::new(text, &tokens, fuel).math()?, fuel)
}

/// What stands behind the last `=` of several, if nothing is listed.
fn last_side(text: &str) -> Option<&str> {
    if text.contains([',', ';']) {
        return None;
    }
    let is_sign = |at: &usize| !text[..*at].ends_with(['\\', '<', '!', '>']);
    let signs: Vec<usize> = text.match_indices('=').map(|(at, _)| at).filter(is_sign).collect();
    match signs.as_slice() {
        [_, .., last] => Some(&text[last + 1..]),
        _ => None,
    }
}
