//! Evaluates formulas in floating point.

use super::tree::Node;
use num_traits::ToPrimitive;

/// Returns the value of a formula without symbols.
pub(super) fn number(node: &Node) -> Option<f64> {
    at(node, &|_| None)
}

/// Returns the value of a formula whose symbols have these values.
pub(super) fn at(node: &Node, symbol: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
    let value = match node {
        Node::Number { value, .. } => value.to_f64()?,
        Node::Symbol(name) => symbol(name)?,
        Node::Pi => std::f64::consts::PI,
        Node::Euler => std::f64::consts::E,
        Node::Infinity => f64::INFINITY,
        Node::Sum(parts) => parts.iter().map(|part| at(part, symbol)).sum::<Option<f64>>()?,
        Node::Product(parts) => parts.iter().map(|part| at(part, symbol)).product::<Option<f64>>()?,
        Node::Power(base, exponent) => at(base, symbol)?.powf(at(exponent, symbol)?),
        Node::Percent(inside) => at(inside, symbol)? / 100.0,
        Node::Call(name, arguments) => {
            let values: Option<Vec<f64>> = arguments.iter().map(|argument| at(argument, symbol)).collect();
            call(name, &values?)?
        }
    };
    (!value.is_nan()).then_some(value)
}

fn call(name: &str, values: &[f64]) -> Option<f64> {
    let known = match values {
        [x] => one(name, *x)?,
        [x, base] if name == "log" => x.ln() / base.ln(),
        [n, k] if name == "binomial" => binomial(*n, *k)?,
        _ => return None,
    };
    Some(known)
}

fn one(name: &str, x: f64) -> Option<f64> {
    Some(match name {
        "sin" => x.sin(),
        "cos" => x.cos(),
        "tan" => x.tan(),
        "cot" => 1.0 / x.tan(),
        "sec" => 1.0 / x.cos(),
        "csc" => 1.0 / x.sin(),
        "arcsin" => x.asin(),
        "arccos" => x.acos(),
        "arctan" => x.atan(),
        "sinh" => x.sinh(),
        "cosh" => x.cosh(),
        "tanh" => x.tanh(),
        "ln" => x.ln(),
        "abs" => x.abs(),
        "floor" => x.floor(),
        "ceiling" => x.ceil(),
        "factorial" => factorial(x)?,
        _ => return None,
    })
}

/// Of whole numbers up to 170, the last whose factorial a double holds.
fn factorial(x: f64) -> Option<f64> {
    (x.fract() == 0.0 && (0.0..=170.0).contains(&x)).then(|| (1..=x as u32).map(f64::from).product())
}

fn binomial(n: f64, k: f64) -> Option<f64> {
    let is_fine = n.fract() == 0.0 && k.fract() == 0.0 && 0.0 <= k && k <= n && n <= 1_000.0;
    is_fine.then(|| (0..k as u32).map(|i| (n - f64::from(i)) / (k - f64::from(i))).product::<f64>().round())
}
