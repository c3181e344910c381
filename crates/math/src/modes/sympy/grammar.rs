//! Parses formulas by SymPy's LaTeX grammar.

use super::function::{is_function, raised};
use super::token::{Token, tokens};
use crate::tree::Node;
use std::cell::Cell;
use std::collections::BTreeSet;

/// Brackets, functions and subscripts inside of one another; Python's own limit lies a little beyond.
const DEEPEST: usize = 48;

/// Exponents and exclamation marks around one another.
const MOST_STACKED: usize = 100;

/// Longer texts are not read.
const LONGEST: usize = 2_000;

/// Commands that are no names and begin no factor.
pub(super) const NO_FACTORS: [&str; 14] = [
    "times",
    "cdot",
    "div",
    "}",
    "left|",
    "right|",
    "rangle",
    "rfloor",
    "rceil",
    "to",
    "rightarrow",
    "Rightarrow",
    "longrightarrow",
    "Longrightarrow",
];

/// Whether a function may begin here; in the argument of a function without brackets, only at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Functions {
    Allowed,
    Ended,
}

/// Returns the formula at the start of a text; nothing for what SymPy refuses, or what has no difference: relations,
/// infinity, derivatives, sums, integrals and limits.
pub(crate) fn read(text: &str) -> Option<Node> {
    if text.len() > LONGEST {
        return None;
    }
    let tokens = tokens(text.trim());
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        depth: 0,
        stacked: 0,
        bars: 0,
        dead: BTreeSet::new(),
        has_unknown: Cell::new(false),
    };
    let node = reader.expression()?;
    let is_relation = reader.peek() == Some(&Token::Relation);
    // The comma that ends a formula is looked behind.
    let is_unknown_next =
        reader.peek() == Some(&Token::Sign(',')) && tokens.get(reader.at + 1) == Some(&Token::Unknown);
    (!is_relation && !is_unknown_next && !reader.has_unknown.get()).then_some(node)
}

pub(super) struct Reader<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    depth: usize,
    /// The most exponents and exclamation marks around one another in what was read of the innermost group.
    stacked: usize,
    /// Open bars inside the innermost bracket.
    pub(super) bars: usize,
    /// Where factors and marks begin that never end, so that none is tried twice.
    pub(super) dead: BTreeSet<usize>,
    /// Whether an unknown sign was come to.
    has_unknown: Cell<bool>,
}

impl<'a> Reader<'a> {
    pub(super) fn peek(&self) -> Option<&'a Token> {
        let token = self.tokens.get(self.at);
        if token == Some(&Token::Unknown) {
            self.has_unknown.set(true);
        }
        token
    }

    pub(super) fn is_sign(&self, sign: char) -> bool {
        self.peek() == Some(&Token::Sign(sign))
    }

    pub(super) fn take_sign(&mut self, sign: char) -> bool {
        let is_there = self.is_sign(sign);
        self.at += usize::from(is_there);
        is_there
    }

    pub(super) fn take_command(&mut self, names: &[&str]) -> bool {
        let is_there = matches!(self.peek(), Some(Token::Command(name)) if names.contains(&name.as_str()));
        self.at += usize::from(is_there);
        is_there
    }

    /// Reads on, or stays where it is: what cannot go on has ended before.
    pub(super) fn attempt(&mut self, read: impl FnOnce(&mut Self) -> Option<Node>) -> Option<Node> {
        let (at, depth, stacked, bars) = (self.at, self.depth, self.stacked, self.bars);
        let found = read(self);
        if found.is_none() {
            (self.at, self.depth, self.stacked, self.bars) = (at, depth, stacked, bars);
        }
        found
    }

    /// `a + b - c`.
    pub(super) fn expression(&mut self) -> Option<Node> {
        self.deeper(|reader| {
            let mut parts = vec![reader.product(Functions::Allowed)?];
            while let Some(part) = reader.attempt(Self::term) {
                parts.push(part);
            }
            Some(if parts.len() == 1 { parts.remove(0) } else { Node::Sum(parts) })
        })
    }

    /// Reads what stands inside of something, unless that is too deep.
    pub(super) fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Option<Node>) -> Option<Node> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let inside = read(self)?;
        self.depth -= 1;
        Some(inside)
    }

    fn term(&mut self) -> Option<Node> {
        if self.take_sign('+') {
            return self.product(Functions::Allowed);
        }
        if self.take_sign('-') { self.product(Functions::Allowed).map(Node::negated) } else { None }
    }

    pub(super) fn product(&mut self, functions: Functions) -> Option<Node> {
        let mut parts = vec![self.signed(functions)?];
        while let Some(part) = self.attempt(|reader| reader.factor(functions)) {
            parts.push(part);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Node::Product(parts) })
    }

    fn factor(&mut self, functions: Functions) -> Option<Node> {
        if self.take_sign('*') || self.take_command(&["times", "cdot"]) {
            return self.signed(functions);
        }
        let divides = self.take_sign('/') || self.take_sign(':') || self.take_command(&["div"]);
        if divides { self.signed(functions).map(Node::inverted) } else { None }
    }

    fn signed(&mut self, functions: Functions) -> Option<Node> {
        let mut is_negative = false;
        loop {
            if self.take_sign('-') {
                is_negative = !is_negative;
            } else if !self.take_sign('+') {
                break;
            }
        }
        let node = self.run(functions)?;
        Some(if is_negative { node.negated() } else { node })
    }

    /// Factors side by side. An `x` between two numbers is a sign of multiplication.
    fn run(&mut self, functions: Functions) -> Option<Node> {
        let mut parts = vec![self.postfix(Functions::Allowed)?];
        while self.starts_factor(functions) {
            let Some(part) = self.attempt(|reader| reader.postfix(functions)) else { break };
            parts.push(part);
        }
        let is_number = |node: Option<&Node>| node.is_some_and(|node| !node.has_symbols());
        let is_cross = |at: usize| {
            at > 0
                && matches!(&parts[at], Node::Symbol(name) if name == "'x")
                && is_number(parts.get(at - 1))
                && is_number(parts.get(at + 1))
        };
        let crosses: Vec<bool> = (0..parts.len()).map(is_cross).collect();
        let with_crosses = parts.into_iter().zip(crosses);
        let mut kept: Vec<Node> =
            with_crosses.filter(|(_, is_cross)| !is_cross).map(|(part, _)| part).collect();
        Some(if kept.len() == 1 { kept.remove(0) } else { Node::Product(kept) })
    }

    pub(super) fn starts_factor(&self, functions: Functions) -> bool {
        match self.peek() {
            Some(Token::Letter(_) | Token::Digit(_) | Token::Differential(_)) => true,
            Some(Token::Sign('|')) => self.bars == 0,
            Some(Token::Sign(sign)) => "([{".contains(*sign),
            Some(Token::Command(name)) => {
                !NO_FACTORS.contains(&name.as_str())
                    && (functions == Functions::Allowed || !is_function(name))
            }
            _ => false,
        }
    }

    fn postfix(&mut self, functions: Functions) -> Option<Node> {
        let start = self.at;
        if self.dead.contains(&start) {
            return None;
        }
        let found = self.with_postfix(functions);
        if found.is_none() {
            self.dead.insert(start);
        }
        found
    }

    fn with_postfix(&mut self, functions: Functions) -> Option<Node> {
        let beside = std::mem::take(&mut self.stacked);
        let mut node = self.power(functions)?;
        loop {
            let is_bar = self.bars == 0 && self.is_sign('|');
            let is_mark = |token: Option<&Token>| matches!(token, Some(Token::Sign('^' | '_')));
            if self.take_sign('!') {
                node = Node::Call("factorial", vec![node]);
                self.stack()?;
            } else if is_bar && is_mark(self.tokens.get(self.at + 1)) {
                // `|_{x=1}`: the value at a place.
                return None;
            } else {
                self.stacked = self.stacked.max(beside);
                return Some(node);
            }
        }
    }

    /// Counts what was put around what stands before it.
    fn stack(&mut self) -> Option<()> {
        self.stacked += 1;
        (self.stacked <= MOST_STACKED).then_some(())
    }

    /// `x^2^3` is `(x^2)^3`.
    fn power(&mut self, functions: Functions) -> Option<Node> {
        let mut node = self.component(functions)?;
        while let Some(exponent) = self.marked('^') {
            node = raised(node, exponent);
            let _ = self.subscript();
            self.stack()?;
        }
        Some(node)
    }

    /// `_1`, if there is one that can be read.
    pub(super) fn subscript(&mut self) -> Option<Node> {
        self.marked('_')
    }

    /// What stands behind a mark, if the mark is there and that can be read. A function and its argument both ask for what
    /// stands behind them; what cannot be read is not tried twice.
    fn marked(&mut self, mark: char) -> Option<Node> {
        let start = self.at;
        if !self.is_sign(mark) || self.dead.contains(&start) {
            return None;
        }
        let found = self.attempt(|reader| if reader.take_sign(mark) { reader.script() } else { None });
        if found.is_none() {
            self.dead.insert(start);
        }
        found
    }

    /// What stands behind `_` or `^`: an atom, of which a number takes all its digits, or a group.
    pub(super) fn script(&mut self) -> Option<Node> {
        if self.is_sign('{') { self.braced() } else { self.deeper(|reader| reader.atom(Functions::Ended)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stacked_or_nested_too_often_is_not_read() {
        let stacked = |mark: &str, times: usize| read(&format!("x{}", mark.repeat(times))).is_some();
        let nested = |open: &str, times: usize| read(&format!("{}x", open.repeat(times))).is_some();
        for mark in ["^2", "!"] {
            assert!(stacked(mark, MOST_STACKED) && !stacked(mark, MOST_STACKED + 1), "{mark}");
        }
        let marks = "!".repeat(MOST_STACKED / 2);
        assert!(read(&format!("((x{marks}){marks})^1+y{marks}")).is_none());
        assert!(read(&format!("((x{marks}){})+y{marks}", &marks[1..])).is_some());
        for open in ["\\ln ", "y_", "\\sin^2 "] {
            assert!(nested(open, DEEPEST - 1) && !nested(open, DEEPEST), "{open}");
        }
    }

    #[test]
    fn a_cross_between_numbers_is_no_name() {
        assert_eq!(read("2x3"), Some(Node::Product(vec![Node::whole(2), Node::whole(3)])));
        assert_ne!(read("2xy"), read("2y"));
    }
}
