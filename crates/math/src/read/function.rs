//! Parses commands: fractions, roots, functions with their arguments.

use super::factor::{fraction, joined_names};
use super::scalar::Reader;
use crate::tree::Node;
use num_traits::Signed;

/// Functions, and what else they are called.
const FUNCTIONS: [(&str, &str); 41] = [
    ("sin", "sin"),
    ("cos", "cos"),
    ("tan", "tan"),
    ("tg", "tan"),
    ("cot", "cot"),
    ("ctg", "cot"),
    ("sec", "sec"),
    ("csc", "csc"),
    ("arcsin", "arcsin"),
    ("asin", "arcsin"),
    ("arccos", "arccos"),
    ("acos", "arccos"),
    ("arctan", "arctan"),
    ("atan", "arctan"),
    ("arctg", "arctan"),
    ("arccot", "arccot"),
    ("arcsec", "arcsec"),
    ("arccsc", "arccsc"),
    ("sinh", "sinh"),
    ("cosh", "cosh"),
    ("tanh", "tanh"),
    ("ln", "ln"),
    ("exp", "exp"),
    ("log", "log"),
    ("lg", "lg"),
    ("gcd", "gcd"),
    ("lcm", "lcm"),
    ("max", "max"),
    ("min", "min"),
    ("abs", "abs"),
    ("floor", "floor"),
    ("ceil", "ceiling"),
    ("cbrt", "cbrt"),
    ("det", "det"),
    ("arg", "arg"),
    ("Re", "re"),
    ("Im", "im"),
    ("deg", "deg"),
    ("dim", "dim"),
    ("ker", "ker"),
    ("Pr", "pr"),
];

/// Functions that take an angle.
const OF_ANGLES: [&str; 6] = ["sin", "cos", "tan", "cot", "sec", "csc"];

/// Functions of several arguments.
const OF_SEVERAL: [&str; 4] = ["gcd", "lcm", "max", "min"];

/// `\sin^{-1}` is none of the powers of a sine.
const INVERSES: [(&str, &str); 6] = [
    ("sin", "arcsin"),
    ("cos", "arccos"),
    ("tan", "arctan"),
    ("cot", "arccot"),
    ("sec", "arcsec"),
    ("csc", "arccsc"),
];

pub(super) const FRACTIONS: [&str; 4] = ["frac", "dfrac", "tfrac", "cfrac"];
const BINOMIALS: [&str; 3] = ["binom", "dbinom", "tbinom"];

/// Signs above a name, which make it another name.
const ACCENTS: [&str; 8] = ["overline", "bar", "hat", "vec", "widehat", "overrightarrow", "tilde", "dot"];

/// Commands that change how letters look, and nothing else.
const LOOKS: [&str; 5] = ["mathbb", "mathcal", "mathfrak", "boldsymbol", "bm"];

impl Reader<'_> {
    /// What a command, whose name has been taken, makes of the tokens behind it.
    pub(super) fn command(&mut self, name: &str) -> Option<Node> {
        if FRACTIONS.contains(&name) {
            let (above, below) = (self.argument()?, self.argument()?);
            return Some(fraction(above, below));
        }
        if BINOMIALS.contains(&name) {
            return Some(Node::Call("binomial", vec![self.argument()?, self.argument()?]));
        }
        if ACCENTS.contains(&name) {
            let inside = self.argument()?;
            return Some(Node::Symbol(format!("{name}({})", joined_names(&inside))));
        }
        if LOOKS.contains(&name) && self.is_sign('{') {
            return self.group('{', '}');
        }
        match name {
            "pi" => Some(Node::Pi),
            "infty" => Some(Node::Infinity),
            "imath" => Some(Node::Imaginary),
            "sqrt" => self.root(),
            "lfloor" => self.between("floor", "rfloor"),
            "lceil" => self.between("ceiling", "rceil"),
            "lvert" | "vert" => self.between("abs", if name == "vert" { "vert" } else { "rvert" }),
            _ => match FUNCTIONS.iter().find(|(known, _)| *known == name) {
                Some((_, function)) => self.function(function),
                None => {
                    name.chars().all(|c| c.is_ascii_alphabetic()).then(|| Node::Symbol(format!("\\{name}")))
                }
            },
        }
    }

    fn between(&mut self, function: &'static str, close: &str) -> Option<Node> {
        let inside = self.deeper(Self::sum)?;
        (self.is_command(&[close]) && self.skip()).then(|| Node::Call(function, vec![inside]))
    }

    /// `\sqrt{8}`, `\sqrt[3]{8}`, `\sqrt 8`.
    fn root(&mut self) -> Option<Node> {
        let degree = if self.is_sign('[') { self.group('[', ']')? } else { Node::whole(2) };
        let radicand = self.argument()?;
        Some(Node::Power(Box::new(radicand), Box::new(fraction(Node::whole(1), degree))))
    }

    /// `\sin x`, `\sin^2 x`, `\log_2 8`, `\max(1, 2)`.
    fn function(&mut self, name: &'static str) -> Option<Node> {
        let base = if self.take_sign('_') { Some(self.argument()?) } else { None };
        let power = if self.take_sign('^') { Some(self.exponent()?) } else { None };
        self.take_gap();
        if OF_SEVERAL.contains(&name) && self.is_sign('(') {
            return self.several(name);
        }
        let argument = self.deeper(|reader| {
            let is_bracketed = reader.is_sign('(') || reader.is_sign('{');
            if is_bracketed {
                return reader.postfix();
            }
            let is_argument = std::mem::replace(&mut reader.is_argument, true);
            let argument = reader.run();
            reader.is_argument = is_argument;
            argument
        })?;
        let inverse = INVERSES.iter().find(|(known, _)| *known == name);
        let is_inverse = matches!(&power, Some(Node::Number { value, .. }) if value.is_negative());
        let (name, power) = match inverse {
            Some((_, inverse)) if is_inverse => (*inverse, None),
            _ => (name, power),
        };
        let call = called(name, base, argument)?;
        Some(match power {
            None => call,
            Some(power) => Node::Power(Box::new(call), Box::new(power)),
        })
    }

    fn exponent(&mut self) -> Option<Node> {
        Some(if self.take_sign('-') { self.argument()?.negated() } else { self.argument()? })
    }

    fn several(&mut self, name: &'static str) -> Option<Node> {
        self.skip();
        let mut arguments = vec![self.deeper(Self::sum)?];
        while self.take_sign(',') {
            arguments.push(self.deeper(Self::sum)?);
        }
        self.take_sign(')').then_some(Node::Call(name, arguments))
    }
}

/// Whether this is the name of a function.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, _)| *known == name)
}

fn called(name: &'static str, base: Option<Node>, argument: Node) -> Option<Node> {
    Some(match (name, base) {
        ("log", Some(base)) => Node::Call("log", vec![argument, base]),
        ("log", None) => Node::Call("ln", vec![argument]),
        ("lg", None) => Node::Call("log", vec![argument, Node::whole(10)]),
        ("exp", None) => Node::Power(Box::new(Node::Euler), Box::new(argument)),
        ("cbrt", None) => Node::Power(Box::new(argument), Box::new(fraction(Node::whole(1), Node::whole(3)))),
        (_, None) if OF_ANGLES.contains(&name) => Node::Call(name, vec![angle(argument)]),
        (_, None) => Node::Call(name, vec![argument]),
        (_, Some(_)) => return None,
    })
}

/// Degrees in radians, where a function needs to know.
fn angle(argument: Node) -> Node {
    match argument {
        Node::Degrees(inside) => Node::Product(vec![*inside, Node::Pi, Node::whole(180).inverted()]),
        other => other,
    }
}
