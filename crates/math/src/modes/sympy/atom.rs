//! Atoms of SymPy's LaTeX grammar: names, numbers, fractions.

use super::grammar::{Functions, NO_FACTORS, Reader};
use super::token::Token;
use crate::tree::Node;
use num_bigint::BigInt;
use num_rational::BigRational;

impl Reader<'_> {
    /// A name, number, fraction or binomial; where functions are allowed, a name before a bracket is one.
    pub(super) fn atom(&mut self, functions: Functions) -> Option<Node> {
        let token = self.peek()?;
        if matches!(token, Token::Digit(_)) {
            return self.number();
        }
        self.at += 1;
        match token {
            Token::Letter(letter) => self.name(letter.to_string(), true, functions),
            Token::Differential(name) => Some(Node::Symbol(format!("'d{name}"))),
            Token::Command(name) => match name.as_str() {
                "frac" | "dfrac" | "tfrac" => self.fraction(),
                "binom" | "dbinom" | "tbinom" => {
                    Some(Node::Call("binomial", vec![self.braced()?, self.braced()?]))
                }
                "mathit" => self.italic(),
                "infty" | "langle" | "{" => None,
                name if NO_FACTORS.contains(&name) => None,
                name => self.name(name.to_owned(), false, functions),
            },
            _ => None,
        }
    }

    /// A name with its subscript and primes, which count behind a letter only.
    fn name(&mut self, mut name: String, is_letter: bool, functions: Functions) -> Option<Node> {
        let mut quotes = self.quotes();
        if self.is_sign('_') {
            name = format!("{name}_{{{}}}", printed(&self.subscript()?));
        }
        if quotes == 0 {
            quotes = self.quotes();
        }
        let called = format!("'{name}{}", "'".repeat(quotes));
        if functions == Functions::Allowed && self.is_sign('(') && !self.dead.contains(&self.at) {
            let open = self.at;
            if let Some(call) = self.attempt(|reader| reader.call(&called)) {
                return Some(call);
            }
            self.dead.insert(open);
        }
        Some(Node::Symbol(if is_letter { called } else { format!("'{name}") }))
    }

    /// The arguments of a function of this name.
    fn call(&mut self, name: &str) -> Option<Node> {
        self.at += 1;
        let mut arguments = vec![Node::Symbol(format!("{name}()"))];
        arguments.push(self.inside_brackets()?);
        while self.take_sign(',') {
            arguments.push(self.inside_brackets()?);
        }
        self.take_sign(')').then_some(Node::Call("apply", arguments))
    }

    fn quotes(&mut self) -> usize {
        let Some(Token::Quotes(count)) = self.peek() else { return 0 };
        self.at += 1;
        *count
    }

    /// `1234.5`; `1,234` and even `1,2345`, which is 1234 · 5.
    fn number(&mut self) -> Option<Node> {
        let mut digits = self.digits();
        while self.is_sign(',') && self.tokens[self.at + 1..].iter().take(3).filter(is_digit).count() == 3 {
            self.at += 1;
            digits.extend(self.tokens[self.at..self.at + 3].iter().filter_map(digit));
            self.at += 3;
        }
        let mut places = 0;
        let is_decimal = self.take_sign('.');
        // `042` is no number of Python.
        if !is_decimal && digits.starts_with('0') && digits.bytes().any(|digit| digit != b'0') {
            return None;
        }
        if is_decimal {
            let fraction = self.digits();
            places = u32::try_from(fraction.len()).ok().filter(|places| *places > 0)?;
            digits.push_str(&fraction);
        }
        let value = BigRational::new(digits.parse().ok()?, BigInt::from(10).pow(places));
        Some(Node::Number { value, is_decimal })
    }

    fn digits(&mut self) -> String {
        let found: String = self.tokens[self.at..].iter().map_while(digit).collect();
        self.at += found.len();
        found
    }

    fn fraction(&mut self) -> Option<Node> {
        let start = self.at;
        let above = self.part_of_fraction()?;
        let middle = self.at;
        let below = self.part_of_fraction()?;
        let is_derivative = match &self.tokens[middle..self.at] {
            [_, Token::Differential(_), _] => {
                matches!(&self.tokens[start + 1], Token::Letter('d') | Token::Differential(_))
            }
            [_, Token::Command(name), _, _] => name == "partial",
            _ => false,
        };
        if is_derivative {
            return None;
        }
        Some(Node::Product(vec![above, below.inverted()]))
    }

    fn part_of_fraction(&mut self) -> Option<Node> {
        if let Some(Token::Digit(digit)) = self.peek() {
            self.at += 1;
            return Some(Node::whole(digit.to_digit(10)?));
        }
        self.braced()
    }

    fn italic(&mut self) -> Option<Node> {
        let mut name = "'".to_owned();
        if !self.take_sign('{') {
            return None;
        }
        while let Some(Token::Letter(letter)) = self.peek() {
            name.push(*letter);
            self.at += 1;
        }
        self.take_sign('}').then_some(Node::Symbol(name))
    }
}

pub(super) fn digit(token: &Token) -> Option<char> {
    match token {
        Token::Digit(digit) => Some(*digit),
        _ => None,
    }
}

fn is_digit(token: &&Token) -> bool {
    matches!(token, Token::Digit(_))
}

/// A subscript as a part of a name.
fn printed(node: &Node) -> String {
    match node {
        Node::Number { value, .. } => value.to_string(),
        Node::Symbol(name) => name.trim_start_matches('\'').to_owned(),
        other => format!("{other:?}"),
    }
}
