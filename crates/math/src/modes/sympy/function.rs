//! Functions of SymPy's LaTeX grammar.

use super::atom::digit;
use super::grammar::{Functions, Reader};
use super::token::Token;
use crate::numeric::literal;
use crate::tree::Node;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

/// Functions of one argument, their names here, and what their power −1 is.
const FUNCTIONS: [(&str, &str, Option<&str>); 22] = [
    ("exp", "exp", None),
    ("log", "ln", None),
    ("lg", "lg", None),
    ("ln", "ln", None),
    ("sin", "sin", Some("arcsin")),
    ("cos", "cos", Some("arccos")),
    ("tan", "tan", Some("arctan")),
    ("csc", "csc", Some("arccsc")),
    ("sec", "sec", Some("arcsec")),
    ("cot", "cot", Some("arccot")),
    ("arcsin", "arcsin", None),
    ("arccos", "arccos", None),
    ("arctan", "arctan", None),
    ("arccsc", "arccsc", None),
    ("arcsec", "arcsec", None),
    ("arccot", "arccot", None),
    ("sinh", "sinh", Some("arsinh")),
    ("cosh", "cosh", Some("arcosh")),
    ("tanh", "tanh", Some("artanh")),
    ("arsinh", "arsinh", None),
    ("arcosh", "arcosh", None),
    ("artanh", "artanh", None),
];

/// Functions with a syntax of their own. Of those that have no value here only the name is known.
const OTHERS: [&str; 6] = ["sqrt", "overline", "int", "sum", "prod", "lim"];

/// Whether a command is a function.
pub(super) fn is_function(name: &str) -> bool {
    OTHERS.contains(&name) || FUNCTIONS.iter().any(|(known, ..)| *known == name)
}

impl Reader<'_> {
    /// A function with its argument.
    pub(super) fn function(&mut self) -> Option<Node> {
        if self.take_command(&["sqrt"]) {
            let degree = if self.take_sign('[') { self.up_to(&Token::Sign(']'))? } else { Node::whole(2) };
            let radicand = self.braced()?;
            return Some(raised(radicand, Node::Product(vec![Node::whole(1), degree.inverted()])));
        }
        if self.take_command(&["overline"]) {
            return Some(Node::Call("conjugate", vec![self.braced()?]));
        }
        let Some(Token::Command(name)) = self.peek() else { return None };
        let row = FUNCTIONS.iter().find(|(known, ..)| *known == name.as_str())?;
        self.take_command(&[row.0]);
        let (mut base, mut power) = (None, None);
        for _ in 0..2 {
            if base.is_none() && self.take_sign('_') {
                base = Some(self.script_of_function()?);
            } else if power.is_none() && self.take_sign('^') {
                power = Some(self.script_of_function()?);
            }
        }
        let argument = self.argument()?;
        called(row, base, power, argument)
    }

    /// A number leaves its last digit for the argument when there is nothing else: `\log_28` is log₂ 8.
    fn script_of_function(&mut self) -> Option<Node> {
        let is_number = matches!(self.peek(), Some(Token::Digit(_)));
        let start = self.at;
        let script = self.script()?;
        let is_followed = self.starts_factor(Functions::Allowed)
            || ['+', '-', '_', '^'].iter().any(|sign| self.is_sign(*sign));
        if !is_number || is_followed || self.at - start < 2 {
            return Some(script);
        }
        self.at -= 1;
        let digits: Option<String> = self.tokens[start..self.at].iter().map(digit).collect();
        Some(Node::whole(digits?.parse::<BigInt>().ok()?))
    }

    /// In brackets, or all that follows up to a sum or the next function: `\sin x \cdot y` is sin(xy).
    fn argument(&mut self) -> Option<Node> {
        if !self.take_sign('(') {
            return self.deeper(|reader| reader.product(Functions::Ended));
        }
        let argument = self.inside_brackets()?;
        while self.take_sign(',') {
            self.inside_brackets()?;
        }
        self.take_sign(')').then_some(argument)
    }
}

fn called(
    (name, ours, inverse): &(&str, &'static str, Option<&'static str>),
    base: Option<Node>,
    power: Option<Node>,
    argument: Node,
) -> Option<Node> {
    let is_number = |node: &Node, wanted: i64| *node == Node::whole(wanted);
    if let (Some(inverse), Some(power)) = (inverse, &power)
        && is_number(power, -1)
    {
        return Some(call(inverse, argument));
    }
    let node = match (*name, base) {
        ("exp", _) => Node::Power(Box::new(Node::Euler), Box::new(argument)),
        ("log" | "ln" | "lg", Some(base)) => Node::Call("log", vec![argument, base]),
        ("lg", None) => Node::Call("log", vec![argument, Node::whole(10)]),
        _ => call(ours, argument),
    };
    match power {
        Some(Node::Number { value, .. }) if value.is_zero() => Some(node),
        Some(power) => Some(raised(node, power)),
        None => Some(node),
    }
}

fn call(name: &'static str, argument: Node) -> Node {
    match name {
        // Between −π/2 and π/2.
        "arccot" => Node::Call("arctan", vec![argument.inverted()]),
        _ => Node::Call(name, vec![argument]),
    }
}

/// A power with its principal value: the cube root of −8 is no real number here.
pub(super) fn raised(base: Node, exponent: Node) -> Node {
    let is_fine = match literal(&exponent) {
        Some(exponent) => *exponent.denom() <= BigInt::from(2),
        None => true,
    };
    let is_positive = matches!(&base, Node::Number { value, .. } if *value > BigRational::zero());
    if is_fine || is_positive {
        Node::Power(Box::new(base), Box::new(exponent))
    } else {
        Node::Call("principal", vec![base, exponent])
    }
}
