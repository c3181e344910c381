//! Brackets of SymPy's LaTeX grammar, and what else an exponent or an exclamation mark may follow.

use super::function::is_function;
use super::grammar::{Functions, Reader};
use super::token::Token;
use crate::tree::Node;

impl Reader<'_> {
    pub(super) fn braced(&mut self) -> Option<Node> {
        if self.take_sign('{') { self.up_to(&Token::Sign('}')) } else { None }
    }

    pub(super) fn up_to(&mut self, close: &Token) -> Option<Node> {
        let bars = std::mem::take(&mut self.bars);
        let inside = self.expression();
        self.bars = bars;
        let inside = inside?;
        self.take(close).then_some(inside)
    }

    fn take(&mut self, token: &Token) -> bool {
        let is_there = self.peek() == Some(token);
        self.at += usize::from(is_there);
        is_there
    }

    pub(super) fn component(&mut self, functions: Functions) -> Option<Node> {
        let command = |name: &str| Token::Command(name.to_owned());
        match self.peek()? {
            Token::Sign('(') => self.opened(&Token::Sign(')')),
            Token::Sign('[') => self.opened(&Token::Sign(']')),
            Token::Sign('{') => self.opened(&Token::Sign('}')),
            Token::Sign('|') => {
                self.at += 1;
                self.bars += 1;
                let inside = self.expression();
                self.bars -= 1;
                let inside = inside?;
                self.take_sign('|').then(|| Node::Call("abs", vec![inside]))
            }
            Token::Command(name) => match name.as_str() {
                "{" => self.opened(&command("}")),
                "lfloor" => Some(Node::Call("floor", vec![self.opened(&command("rfloor"))?])),
                "lceil" => Some(Node::Call("ceiling", vec![self.opened(&command("rceil"))?])),
                name if is_function(name) => self.function(),
                _ => self.atom(functions),
            },
            _ => self.atom(functions),
        }
    }

    fn opened(&mut self, close: &Token) -> Option<Node> {
        self.at += 1;
        self.up_to(close)
    }

    pub(super) fn inside_brackets(&mut self) -> Option<Node> {
        let bars = std::mem::take(&mut self.bars);
        let inside = self.expression();
        self.bars = bars;
        inside
    }
}
