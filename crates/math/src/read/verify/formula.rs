//! Sums, products, factors side by side, powers and what they are made of.

use super::algebra::{added, divided, exact, multiplied, negative, negative_times, product_of, remainder};
use super::token::{Bracket, Lexeme, Token};
use crate::exact::cost_of_both;
use crate::fuel::Fuel;
use crate::read::factor::{is_whole, principal};
use crate::tree::Node;
use num_traits::Signed;

/// Brackets, fractions and roots inside each other; deeper input is hostile, and recursion has a stack to mind.
const DEEPEST: usize = 40;

/// Goes over tokens from left to right.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Lexeme],
    pub(super) at: usize,
    depth: usize,
    /// What was put around formulas without brackets.
    pub(super) wraps: usize,
    /// Open bars, inside which a bar closes.
    pub(super) bars: usize,
    /// Where the tokens that are looked at end.
    stop: usize,
    pub(super) fuel: &'a Fuel,
}

/// Whether functions may stand side by side: in an argument without brackets, only the first factor may be one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Functions {
    Allowed,
    FirstOnly,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, tokens: &'a [Lexeme], fuel: &'a Fuel) -> Parser<'a> {
        Parser { text, tokens, at: 0, depth: 0, wraps: 0, bars: 0, stop: tokens.len(), fuel }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.tokens.len()
    }

    pub(super) fn end(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn peek(&self) -> Option<Token> {
        self.tokens[..self.stop].get(self.at).map(|lexeme| lexeme.token)
    }

    pub(super) fn take(&mut self, token: Token) -> bool {
        let is_there = self.peek() == Some(token);
        self.at += usize::from(is_there);
        is_there
    }

    /// Reads what stands before the last `dx` up to where the brackets around it close, and takes that.
    pub(super) fn before_differential(&mut self) -> Option<(Option<Node>, &'a str)> {
        let mut depth = 0_usize;
        let mut last = None;
        self.pay_for_rest()?;
        for (index, lexeme) in self.tokens[..self.stop].iter().enumerate().skip(self.at) {
            match lexeme.token {
                Token::Open(_) => depth += 1,
                Token::Close(_) if depth == 0 => break,
                Token::Close(_) => depth -= 1,
                Token::Relation(_) | Token::Comma if depth == 0 => break,
                Token::Differential if depth == 0 => last = Some(index),
                _ => {}
            }
        }
        let last = last?;
        let stop = std::mem::replace(&mut self.stop, last);
        let inside = if self.at == last { Some(None) } else { self.deeper(Self::expression).map(Some) };
        let is_all = self.at == last;
        self.stop = stop;
        self.at = last + 1;
        inside.filter(|_| is_all).map(|inside| (inside, self.written()))
    }

    /// The text of the last token.
    pub(super) fn written(&self) -> &'a str {
        let lexeme = &self.tokens[self.at - 1];
        &self.text[lexeme.start..lexeme.end]
    }

    /// The text of tokens, without what stands between them.
    pub(super) fn joined(&self, from: usize, to: usize) -> String {
        self.tokens[from..to].iter().map(|lexeme| &self.text[lexeme.start..lexeme.end]).collect()
    }

    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.fuel.spend(2)?;
        self.depth += 1;
        let found = if self.depth <= DEEPEST { read(self) } else { None };
        self.depth -= 1;
        found
    }

    /// Signs behind each other, as in `x!!`, make a formula as deep as brackets do.
    pub(super) fn wrap(&mut self) -> Option<()> {
        self.wraps += 1;
        (self.wraps <= DEEPEST).then_some(())
    }

    /// Pays for a look at all tokens that are left.
    fn pay_for_rest(&self) -> Option<()> {
        self.fuel.spend(self.tokens.len().saturating_sub(self.at) as u32 / 16)
    }

    /// Whether a comma stands right inside the bracket that opens here.
    pub(super) fn has_comma_inside(&self) -> bool {
        let mut depth = 0_usize;
        if self.pay_for_rest().is_none() {
            return false;
        }
        for lexeme in &self.tokens[self.at..] {
            match lexeme.token {
                Token::Open(_) => depth += 1,
                Token::Close(_) if depth <= 1 => return false,
                Token::Close(_) => depth -= 1,
                Token::Comma if depth == 1 => return true,
                _ => {}
            }
        }
        false
    }

    /// `a + b - c`
    pub(super) fn expression(&mut self) -> Option<Node> {
        self.deeper(|parser| {
            let mut sum = parser.product(Functions::Allowed)?;
            loop {
                if parser.take(Token::Plus) {
                    sum = added(sum, parser.product(Functions::Allowed)?);
                } else if parser.take(Token::Minus) {
                    sum = added(sum, negative(parser.product(Functions::Allowed)?));
                } else {
                    return Some(sum);
                }
            }
        })
    }

    /// `a \cdot b / c`; factors side by side bind closer, so that `1/2x` is 1/(2x).
    pub(super) fn product(&mut self, functions: Functions) -> Option<Node> {
        let mut product = self.signed(functions)?;
        loop {
            if self.take(Token::Times) {
                product = multiplied(product, self.signed(functions)?);
            } else if self.take(Token::Over) {
                product = divided(product, self.signed(functions)?);
            } else if self.take(Token::Modulo) {
                product = remainder(product, self.signed(functions)?, self.fuel)?;
            } else {
                return Some(product);
            }
        }
    }

    fn signed(&mut self, functions: Functions) -> Option<Node> {
        let mut minuses = 0;
        while let Some(sign @ (Token::Plus | Token::Minus)) = self.peek() {
            self.fuel.spend(1)?;
            self.at += 1;
            minuses += usize::from(sign == Token::Minus);
        }
        Some(negative_times(self.run(functions)?, minuses))
    }

    /// Factors side by side. Whole numbers before a positive fraction or number are added to it, from the right, as the
    /// parts of a mixed number are: `2(3)(4)` is 9.
    pub(super) fn run(&mut self, functions: Functions) -> Option<Node> {
        let mut factors = vec![self.postfix(Functions::Allowed)?];
        while self.starts_factor(functions) {
            factors.push(self.postfix(functions)?);
        }
        while let [.., factor @ Node::Number { value, .. }, Node::Number { value: next, is_decimal: false }] =
            factors.as_slice()
            && is_whole(Some(factor))
            && next.is_positive()
        {
            self.fuel.spend(cost_of_both(value, next))?;
            let mixed = exact(if value.is_negative() { value - next } else { value + next });
            factors.truncate(factors.len() - 2);
            factors.push(mixed);
        }
        if factors.len() == 1 { factors.pop() } else { Some(product_of(factors)) }
    }

    fn starts_factor(&self, functions: Functions) -> bool {
        match self.peek() {
            Some(Token::Bar | Token::Vertical) => self.bars == 0,
            Some(
                Token::Euler
                | Token::Function(_)
                | Token::Several(_)
                | Token::OperatorName
                | Token::Root
                | Token::Sum
                | Token::Product
                | Token::Limit
                | Token::Integral,
            ) => functions == Functions::Allowed,
            Some(
                Token::Number
                | Token::Percent
                | Token::Scientific
                | Token::Letter(_)
                | Token::LargeE
                | Token::Differential
                | Token::Greek
                | Token::Name
                | Token::Accent
                | Token::Gamma
                | Token::Infinity
                | Token::Open(_)
                | Token::Fraction
                | Token::Binomial
                | Token::MatrixStart
                | Token::ArrayStart
                | Token::DeterminantStart
                | Token::Boxed
                | Token::Phantom,
            ) => true,
            _ => false,
        }
    }

    /// A power with its `!` and marks; degrees do not count.
    fn postfix(&mut self, functions: Functions) -> Option<Node> {
        let mut node = self.power(functions)?;
        let start = self.at;
        while let Some(mark @ (Token::Bang | Token::Transposed | Token::Degree)) = self.peek() {
            if self.at > start {
                self.wrap()?;
            }
            self.at += 1;
            node = match mark {
                Token::Bang => super::series::factorial(node),
                Token::Transposed => super::matrix::transposed(node),
                _ => node,
            };
        }
        Some(node)
    }

    /// The first exponent is taken first: `2^3^2` is 8².
    fn power(&mut self, functions: Functions) -> Option<Node> {
        let mut base = self.deeper(|parser| parser.component(functions))?;
        let start = self.at;
        while self.take(Token::Above) {
            if self.at > start + 1 {
                self.wrap()?;
            }
            let exponent = self.script()?;
            if self.peek() == Some(Token::Below) {
                self.below()?;
            }
            base = principal(base, exponent);
        }
        Some(base)
    }

    /// What stands above or below: a formula in braces, or one number or name.
    pub(super) fn script(&mut self) -> Option<Node> {
        if !self.take(Token::Open(Bracket::Brace)) {
            return self.deeper(Self::atom);
        }
        let inside = self.aside(Self::expression)?;
        self.take(Token::Close(Bracket::Brace)).then_some(inside)
    }

    /// What stands below, as text.
    pub(super) fn below(&mut self) -> Option<String> {
        if !self.take(Token::Below) {
            return None;
        }
        let is_braced = self.take(Token::Open(Bracket::Brace));
        let start = self.at;
        if !is_braced {
            self.deeper(Self::atom)?;
            return Some(self.joined(start, self.at));
        }
        self.expression()?;
        while self.take(Token::Comma) {
            self.expression()?;
        }
        let text = self.joined(start, self.at);
        self.take(Token::Close(Bracket::Brace)).then_some(text)
    }

    /// Outside of the bars that are open.
    pub(super) fn aside<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let bars = std::mem::take(&mut self.bars);
        let found = read(self);
        self.bars = bars;
        found
    }
}
