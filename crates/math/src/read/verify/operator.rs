//! Roots, sums, products, limits and integrals.

use super::algebra::divided;
use super::derivative::derivative;
use super::formula::{Functions, Parser};
use super::series;
use super::token::{Bracket, Lexeme, Token};
use crate::read::factor::principal;
use crate::tree::{Node, Sign};

impl Parser<'_> {
    /// `\sqrt{2}`, `\sqrt[3]{2}`
    pub(super) fn root(&mut self) -> Option<Node> {
        self.at += 1;
        let degree = if self.take(Token::Open(Bracket::Square)) {
            let degree = self.aside(Self::expression)?;
            if !self.take(Token::Close(Bracket::Square)) {
                return None;
            }
            degree
        } else {
            Node::whole(2)
        };
        let radicand = self.braced()?;
        Some(principal(radicand, divided(Node::whole(1), degree)))
    }

    /// `\sum_{k=1}^{n} k`
    pub(super) fn series(&mut self, token: Token) -> Option<Node> {
        self.at += 1;
        let (mut from, mut to) = (None, None);
        while from.is_none() || to.is_none() {
            if to.is_none() && self.take(Token::Above) {
                to = Some(self.script()?);
            } else if from.is_none() && self.take(Token::Below) {
                from = Some(self.start()?);
            } else {
                return None;
            }
        }
        let (name, from) = from?;
        let Node::Symbol(name) = name else { return None };
        let inside = self.deeper(|parser| parser.product(Functions::Allowed))?;
        let kind = if token == Token::Sum { series::Kind::Sum } else { series::Kind::Product };
        series::expanded(kind, inside, &name, (from, to?), self.fuel)
    }

    /// `{k = 1}`
    fn start(&mut self) -> Option<(Node, Node)> {
        if !self.take(Token::Open(Bracket::Brace)) {
            return None;
        }
        let name = self.aside(Self::expression)?;
        if !self.take(Token::Relation(Sign::Equal)) && !self.take(Token::SameAs) {
            return None;
        }
        let from = self.aside(Self::expression)?;
        self.take(Token::Close(Bracket::Brace)).then_some((name, from))
    }

    /// `\frac{d}{dx} x^2`, of which all factors behind it are part, and `\frac{dy}{dx}`.
    pub(super) fn derivative(&mut self) -> Option<Node> {
        let tokens = self.tokens.get(self.at..)?;
        let close = tokens.iter().position(|lexeme| lexeme.token == Token::Close(Bracket::Brace))?;
        let is_below = matches!(
            tokens
                .get(close + 1..close + 4)?
                .iter()
                .map(|lexeme| lexeme.token)
                .collect::<Vec<_>>()
                .as_slice(),
            [Token::Open(Bracket::Brace), Token::Differential, Token::Close(Bracket::Brace)]
        );
        if !is_below {
            return None;
        }
        let name_of = |lexeme: &Lexeme| {
            self.text[lexeme.start + 1..lexeme.end].trim_start().trim_start_matches('\\').to_owned()
        };
        let name = name_of(&tokens[close + 2]);
        match tokens[1..close].iter().collect::<Vec<_>>().as_slice() {
            [_, letter] if letter.token == Token::Letter('d') => {
                self.at += close + 4;
                let inside = self.deeper(|parser| parser.run(Functions::Allowed))?;
                derivative(&inside, &name, self.fuel)
            }
            // A name does not depend on another one.
            [_, upper] if upper.token == Token::Differential && name_of(upper) != name => {
                self.at += close + 4;
                Some(Node::whole(0))
            }
            _ => None,
        }
    }

    /// `\lim_{x \to 0^{+}} x`
    pub(super) fn limit(&mut self) -> Option<Node> {
        self.at += 1;
        if !self.take(Token::Below) || !self.take(Token::Open(Bracket::Brace)) {
            return None;
        }
        let Some(Token::Letter(_) | Token::Greek | Token::Name) = self.peek() else { return None };
        let Node::Symbol(name) = self.atom_expression()? else { return None };
        if !self.take(Token::To) {
            return None;
        }
        let place = self.aside(Self::expression)?;
        self.take_side();
        if !self.take(Token::Close(Bracket::Brace)) {
            return None;
        }
        let inside = self.deeper(|parser| parser.product(Functions::Allowed))?;
        series::bound("limit", &inside, &name, vec![place], self.fuel)
    }

    /// `^{+}`
    fn take_side(&mut self) {
        let start = self.at;
        let is_side = self.take(Token::Above)
            && self.take(Token::Open(Bracket::Brace))
            && (self.take(Token::Plus) || self.take(Token::Minus))
            && self.take(Token::Close(Bracket::Brace));
        if !is_side {
            self.at = start;
        }
    }

    /// `\int_0^1 x^2 dx`
    pub(super) fn integral(&mut self) -> Option<Node> {
        self.at += 1;
        let (mut from, mut to) = (None, None);
        loop {
            if to.is_none() && self.take(Token::Above) {
                to = Some(self.script()?);
            } else if from.is_none() && self.take(Token::Below) {
                from = Some(self.script()?);
            } else {
                break;
            }
        }
        if from.is_some() != to.is_some() {
            return None;
        }
        let bounds: Vec<Node> = from.into_iter().chain(to).collect();
        let start = self.at;
        if let Some((inside, written)) = self.before_differential() {
            let name = written[1..].trim_start().trim_start_matches('\\').to_owned();
            return series::integral(&inside.unwrap_or_else(|| Node::whole(1)), &name, bounds, self.fuel);
        }
        self.at = start;
        let (inside, name) = series::without_differential(self.deeper(Self::expression)?, self.fuel)?;
        series::integral(&inside, &name, bounds, self.fuel)
    }
}
