//! LaTeX as SymPy 1.14.0 reads it (`parse_latex` with its ANTLR grammar, not strict), with its misreadings.
//!
//! What follows the first whole formula is not read: `1,2` is 1. `x(x+1)` is a function `x`, `\pi` and `e` are names
//! like any other. Whether two of these formulas differ is asked in `compare`, not here.

mod atom;
mod bracket;
mod function;
mod grammar;
mod missed;
mod token;

pub(super) use grammar::read;
pub(super) use missed::is_found_equal;
