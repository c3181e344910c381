//! Functions, roots, sums, limits and integrals with what they take.

use super::algebra::{added, divided, infinite};
use super::formula::{Functions, Parser};
use super::name::applied;
use super::series;
use super::token::{Bracket, Token};
use crate::fuel::Fuel;
use crate::read::factor::principal;
use crate::tree::Node;
use num_traits::Signed;

/// Functions whose power −1 is another function.
const INVERSES: [(&str, &str); 9] = [
    ("sin", "arcsin"),
    ("cos", "arccos"),
    ("tan", "arctan"),
    ("cot", "arccot"),
    ("sec", "arcsec"),
    ("csc", "arccsc"),
    ("sinh", "arsinh"),
    ("cosh", "arcosh"),
    ("tanh", "artanh"),
];

/// Functions that may stand behind `\operatorname`, with what they are called here.
const OPERATORS: [(&str, &str); 8] = [
    ("arsinh", "arsinh"),
    ("arcsinh", "arsinh"),
    ("arcosh", "arcosh"),
    ("arccosh", "arcosh"),
    ("artanh", "artanh"),
    ("arctanh", "artanh"),
    ("floor", "floor"),
    ("ceil", "ceiling"),
];

impl Parser<'_> {
    /// The function that begins with this token.
    pub(super) fn call(&mut self, token: Token) -> Option<Node> {
        match token {
            Token::Letter(_) | Token::Greek | Token::Name | Token::Accent => self.application(),
            Token::Function(name) => {
                self.at += 1;
                self.of_one(name)
            }
            Token::Gamma => {
                self.at += 1;
                self.of_one("gamma")
            }
            Token::Several(name) => {
                self.at += 1;
                self.of_several(name)
            }
            Token::OperatorName => self.operator(),
            Token::Euler => {
                self.at += 1;
                let exponent = if self.take(Token::Above) { Some(self.script()?) } else { None };
                Some(match exponent {
                    Some(exponent) if exponent == Node::whole(1) => Node::Euler,
                    Some(exponent) => Node::Power(Box::new(Node::Euler), Box::new(exponent)),
                    None => Node::Euler,
                })
            }
            Token::Root => self.root(),
            Token::Sum | Token::Product => self.series(token),
            Token::Limit => self.limit(),
            Token::Integral => self.integral(),
            _ => None,
        }
    }

    /// `\operatorname{gcd}(4, 6)`
    fn operator(&mut self) -> Option<Node> {
        self.at += 1;
        if !self.take(Token::Open(Bracket::Brace)) {
            return None;
        }
        let Some(Token::Word(word)) = self.peek() else { return None };
        self.at += 1;
        if !self.take(Token::Close(Bracket::Brace)) {
            return None;
        }
        match word {
            "gcd" | "lcm" => self.of_several(word),
            _ => self.of_one(OPERATORS.iter().find(|(known, _)| *known == word)?.1),
        }
    }

    /// `\sin x`, `\sin^2 (x)`, `\log_2 8`.
    fn of_one(&mut self, name: &'static str) -> Option<Node> {
        let (mut base, mut power) = (None, None);
        loop {
            if base.is_none() && self.peek() == Some(Token::Below) {
                self.at += 1;
                base = Some(self.script()?);
            } else if power.is_none() && self.take(Token::Above) {
                power = Some(self.script()?);
            } else {
                break;
            }
        }
        let argument = self.argument()?;
        let is_inverse = matches!(&power, Some(node) if *node == Node::whole(-1));
        let inverse = INVERSES.iter().find(|(known, _)| *known == name && is_inverse);
        let (name, power) = match inverse {
            Some((_, inverse)) => (*inverse, None),
            None => (name, power),
        };
        let call = called(name, base, argument, self.fuel)?;
        Some(match power {
            Some(power) => principal(call, power),
            None => call,
        })
    }

    /// What stands in brackets; else all factors but functions, and what they are multiplied with or divided by.
    fn argument(&mut self) -> Option<Node> {
        let start = self.at;
        if self.take(Token::Open(Bracket::Round))
            && let Some(inside) = self.aside(Self::expression)
            && self.take(Token::Close(Bracket::Round))
        {
            return Some(inside);
        }
        self.at = start;
        self.deeper(|parser| parser.product(Functions::FirstOnly))
    }

    /// `\max(1, 2)`
    fn of_several(&mut self, name: &'static str) -> Option<Node> {
        let power = if self.take(Token::Above) { Some(self.script()?) } else { None };
        if !self.take(Token::Open(Bracket::Round)) {
            return None;
        }
        let mut arguments = vec![self.aside(Self::expression)?];
        while self.take(Token::Comma) {
            arguments.push(self.aside(Self::expression)?);
        }
        let call = Node::Call(name, arguments);
        let is_closed = self.take(Token::Close(Bracket::Round));
        is_closed.then(|| match power {
            Some(power) => principal(call, power),
            None => call,
        })
    }

    /// `f(x)`, `2x(3)`: a name before brackets with one number or name in them, or several formulas, is a function.
    fn application(&mut self) -> Option<Node> {
        let start = self.at;
        self.at += 1;
        if self.peek() == Some(Token::Below) {
            self.below()?;
        }
        let name = self.joined(start, self.at);
        let power = if self.take(Token::Above) { Some(self.script()?) } else { None };
        let is_braced = self.take(Token::Open(Bracket::Brace));
        let Some(Token::Open(open @ (Bracket::Round | Bracket::Square))) = self.peek() else { return None };
        let has_several = self.has_comma_inside();
        self.at += 1;
        let mut arguments = Vec::new();
        if has_several {
            arguments.push(self.aside(Self::expression)?);
            while self.take(Token::Comma) {
                if self.peek() == Some(Token::Close(open)) && arguments.len() == 1 {
                    break;
                }
                arguments.push(self.aside(Self::expression)?);
            }
        } else {
            arguments.push(self.deeper(Self::atom)?);
        }
        if !self.take(Token::Close(open)) || is_braced && !self.take(Token::Close(Bracket::Brace)) {
            return None;
        }
        let call = applied(&name, arguments);
        Some(match power {
            Some(power) => principal(call, power),
            None => call,
        })
    }
}

fn called(name: &'static str, base: Option<Node>, argument: Node, fuel: &Fuel) -> Option<Node> {
    // Some take their argument twice, and what is in it may do so too.
    fuel.spend(argument.size())?;
    let square = || Node::Power(Box::new(argument.clone()), Box::new(Node::whole(2)));
    let root = |node| Node::Power(Box::new(node), Box::new(half()));
    let ln = |parts| Node::Call("ln", vec![Node::Sum(parts)]);
    Some(match name {
        "log" => logarithm(argument, base.unwrap_or_else(|| Node::whole(10))),
        "ln" => match base {
            Some(base) => logarithm(argument, base),
            None => Node::Call("ln", vec![argument]),
        },
        "exp" => Node::Power(Box::new(Node::Euler), Box::new(argument)),
        "arsinh" => {
            let root = root(Node::Sum(vec![square(), Node::whole(1)]));
            ln(vec![argument, root])
        }
        "arcosh" => {
            let root = root(Node::Sum(vec![square(), Node::whole(-1)]));
            ln(vec![argument, root])
        }
        "artanh" => {
            let above = Node::Sum(vec![Node::whole(1), argument.clone()]);
            let below = Node::Sum(vec![Node::whole(1), argument.negated()]);
            Node::Product(vec![half(), Node::Call("ln", vec![divided(above, below)])])
        }
        "gamma" => match &argument {
            // It is infinite there.
            Node::Number { value, .. } if value.is_integer() && !value.is_positive() => infinite(),
            _ => {
                let argument = added(argument, Node::whole(-1));
                series::pay_for_factorial(&argument, fuel)?;
                series::factorial(argument)
            }
        },
        "det" => super::matrix::determinant(&argument, fuel)?,
        _ => Node::Call(name, vec![argument]),
    })
}

/// Of names, a quotient of two logarithms.
fn logarithm(argument: Node, base: Node) -> Node {
    if !argument.has_symbols() && !base.has_symbols() {
        return Node::Call("log", vec![argument, base]);
    }
    divided(Node::Call("ln", vec![argument]), Node::Call("ln", vec![base]))
}

fn half() -> Node {
    super::algebra::exact(num_rational::BigRational::new(1.into(), 2.into()))
}
