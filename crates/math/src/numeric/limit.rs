//! Limits, by what a formula is nearer and nearer to a place.

use super::complex::Complex;
use super::evaluate::{Names, at};
use super::lost::{Lost, Valued};
use super::real::Real;
use crate::tree::Node;
use num_bigint::BigInt;
use num_rational::BigRational;

/// How far off the first look is: 2 to the minus this.
const FIRST: u32 = 30;

/// Looks, each half as far off as the one before. What they have in common is right to 2 to the minus 150.
const LOOKS: u32 = 5;

/// Returns the limit of a formula for a name, from above; at infinity, from below.
pub(super) fn limit(inside: &Node, place: &Node, name: &str, names: &Names) -> Valued<Complex> {
    let mut seen: Vec<Complex> = Vec::new();
    for look in 0..LOOKS {
        let near = BigInt::from(1) << (FIRST + look);
        let value = match place {
            Node::Infinity => Node::whole(near),
            finite => {
                let step = Node::Number { value: BigRational::new(1.into(), near), is_decimal: false };
                Node::Sum(vec![finite.clone(), step])
            }
        };
        let near = inside.filled(name, &value, names.fuel).ok_or(Lost::Unknown)?;
        seen.push(at(&near, names).map_err(Lost::on_the_way)?);
    }
    // Terms of one order after the other cancel out.
    for order in 1..LOOKS {
        let below = Real::whole((1 << order) - 1);
        let mut better = Vec::new();
        for pair in seen.windows(2) {
            let step = pair[1].minus(&pair[0])?;
            let step = Complex { real: step.real.over(&below)?, imaginary: step.imaginary.over(&below)? };
            better.push(pair[1].plus(&step)?);
        }
        seen = better;
    }
    seen.pop().ok_or(Lost::NoValue)
}
