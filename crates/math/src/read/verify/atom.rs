//! Groups, fractions, numbers and names: what a power is made of.

use super::algebra::divided;
use super::formula::{Functions, Parser};
use super::name::{LARGE_E, differential, euler_gamma, named};
use super::series::{binomial, pay_for_factorial};
use super::token::{Bracket, Token};
use crate::fuel::Fuel;
use crate::read::factor::principal;
use crate::tree::Node;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Pow;

/// Numbers with a longer exponent are not read: 10^1000 has 3,300 bits already.
const LONGEST_EXPONENT: u64 = 1_000;

impl Parser<'_> {
    /// A group, a function, a number, a name, a fraction or a matrix.
    pub(super) fn component(&mut self, functions: Functions) -> Option<Node> {
        let node = self.unpaid_component(functions)?;
        let behind = self.tokens.get(self.at..)?.iter().map(|lexeme| lexeme.token);
        let mut behind = behind.skip_while(|token| matches!(token, Token::Degree | Token::Transposed));
        if behind.next() == Some(Token::Bang) {
            pay_for_factorial(&node, self.fuel)?;
        }
        Some(node)
    }

    fn unpaid_component(&mut self, functions: Functions) -> Option<Node> {
        let token = self.peek()?;
        match token {
            Token::Open(bracket) => self.bracketed(bracket),
            Token::Bar | Token::Vertical => self.between_bars(token),
            Token::Boxed | Token::Phantom => {
                self.at += 1;
                self.braced()
            }
            Token::Fraction => {
                let start = self.at;
                if let Some(derivative) = self.derivative() {
                    return Some(derivative);
                }
                self.at = start + 1;
                let (above, below) = (self.braced()?, self.braced()?);
                Some(divided(above, below))
            }
            Token::Binomial => {
                self.at += 1;
                let (above, below) = (self.braced()?, self.braced()?);
                binomial(above, below, self.fuel)
            }
            Token::MatrixStart | Token::ArrayStart | Token::DeterminantStart => self.matrix(token),
            _ => {
                let start = self.at;
                let call = if functions == Functions::Allowed { self.call(token) } else { None };
                call.or_else(|| {
                    self.at = start;
                    self.atom()
                })
            }
        }
    }

    pub(super) fn braced(&mut self) -> Option<Node> {
        if !self.take(Token::Open(Bracket::Brace)) {
            return None;
        }
        let inside = self.aside(Self::expression)?;
        self.take(Token::Close(Bracket::Brace)).then_some(inside)
    }

    fn bracketed(&mut self, bracket: Bracket) -> Option<Node> {
        self.at += 1;
        let inside = self.aside(Self::expression)?;
        if bracket == Bracket::Brace && self.take(Token::Choose) {
            let below = self.aside(Self::expression)?;
            let is_closed = self.take(Token::Close(bracket));
            return if is_closed { binomial(inside, below, self.fuel) } else { None };
        }
        if !self.take(Token::Close(bracket)) {
            return None;
        }
        match bracket {
            Bracket::Visual => None,
            Bracket::Bars => Some(Node::Call("abs", vec![inside])),
            Bracket::Floor | Bracket::LowerCorner => Some(Node::Call("floor", vec![inside])),
            Bracket::Ceiling | Bracket::UpperCorner => Some(Node::Call("ceiling", vec![inside])),
            _ => Some(inside),
        }
    }

    fn between_bars(&mut self, bar: Token) -> Option<Node> {
        self.at += 1;
        self.bars += 1;
        let inside = self.expression();
        self.bars -= 1;
        let inside = inside?;
        self.take(bar).then(|| Node::Call("abs", vec![inside]))
    }

    /// A number or a name.
    pub(super) fn atom(&mut self) -> Option<Node> {
        let token = self.peek()?;
        match token {
            Token::Number | Token::Scientific => {
                self.at += 1;
                let number = literal(self.written(), self.fuel)?;
                // What stands below a number does not count.
                if token == Token::Number && self.peek() == Some(Token::Below) {
                    self.below()?;
                }
                Some(number)
            }
            Token::Percent => {
                self.at += 1;
                let number = self.written().trim_end_matches(['%', '\\', ' ', '\t', '\r', '\n']);
                Some(Node::Percent(Box::new(literal(number, self.fuel)?)))
            }
            Token::Infinity => {
                self.at += 1;
                Some(Node::Infinity)
            }
            Token::LargeE => {
                self.at += 1;
                Some(Node::Symbol(LARGE_E.to_owned()))
            }
            Token::Differential => {
                self.at += 1;
                Some(differential(self.written()))
            }
            Token::Gamma => {
                self.at += 1;
                Some(euler_gamma())
            }
            _ => self.atom_expression(),
        }
    }

    /// A name, with what stands below and above it.
    pub(super) fn atom_expression(&mut self) -> Option<Node> {
        let start = self.at;
        let is_name =
            matches!(self.peek(), Some(Token::Letter(_) | Token::Greek | Token::Name | Token::Accent));
        if !is_name {
            return None;
        }
        self.at += 1;
        let mut below = None;
        let mut above = None;
        while below.is_none() || above.is_none() {
            if below.is_none() && self.peek() == Some(Token::Below) {
                below = Some(self.below()?);
            } else if above.is_none() && self.take(Token::Above) {
                above = Some(self.script()?);
            } else {
                break;
            }
        }
        if self.tokens[start].token == Token::Letter('I') {
            // Its exponent is forgotten there.
            return Some(Node::Imaginary);
        }
        let name = named(self.text, &self.tokens[start], below.as_deref());
        Some(match above {
            Some(exponent) => principal(name, exponent),
            None => name,
        })
    }

    /// All of the text as one number with its digits in groups of three.
    pub(super) fn grouped_number(&self) -> Option<Node> {
        let digits = self.text.trim().replace(',', "");
        match digits.strip_prefix('-') {
            Some(size) => Some(literal(size, self.fuel)?.negated()),
            None => literal(&digits, self.fuel),
        }
    }
}

/// `12`, `.5`, `2E-5`
fn literal(written: &str, fuel: &Fuel) -> Option<Node> {
    let (digits, exponent) = written.split_once('E').unwrap_or((written, "0"));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let shift =
        exponent.replace('−', "-").parse::<i64>().ok()?.checked_sub(i64::try_from(places.len()).ok()?)?;
    if shift.unsigned_abs() > LONGEST_EXPONENT {
        return None;
    }
    let words = (digits.len() as u64 + shift.unsigned_abs()) / 19;
    fuel.spend(u32::try_from(words * words * 2).ok()?)?;
    let value = format!("{whole}{places}").parse::<BigInt>().ok()?;
    let power = BigInt::from(10).pow(shift.unsigned_abs());
    let value =
        if shift < 0 { BigRational::new(value, power) } else { BigRational::from_integer(value * power) };
    Some(Node::Number { value, is_decimal: digits.contains('.') || written.contains('E') })
}
