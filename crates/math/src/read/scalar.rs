//! Parses formulas: sums, products, powers, roots, functions.

use super::factor::{
    divide, is_long_quotient, is_positive_literal, is_whole, join_mixed, letter_node, primed, starts_factor,
    subscripted, word,
};
use super::function::{FRACTIONS, is_function};
use super::token::Token;
use crate::tree::Node;

/// Brackets, fractions and roots inside each other; deeper input is hostile, and recursion has a stack to mind.
const DEEPEST: usize = 48;

/// Marks and exponents around one another, as in `x!!`.
const MOST_STACKED: usize = 48;

/// Reads tokens from left to right.
pub(crate) struct Reader<'a> {
    tokens: &'a [Token],
    pub(super) at: usize,
    depth: usize,
    /// The most marks and exponents around one another in what was read of the innermost group.
    stacked: usize,
    /// Open bars, inside which a bar closes.
    bars: usize,
    /// Whether this is the argument of a function without brackets, which the next function ends.
    pub(super) is_argument: bool,
}

/// What a mark makes of what stands before it, and how many tokens it takes.
type Mark = (fn(Node) -> Node, usize);

impl<'a> Reader<'a> {
    pub(crate) fn new(tokens: &'a [Token]) -> Reader<'a> {
        Reader { tokens, at: 0, depth: 0, stacked: 0, bars: 0, is_argument: false }
    }

    /// Returns the formula that all of the tokens make.
    pub(crate) fn all(tokens: &'a [Token]) -> Option<Node> {
        let mut reader = Reader::new(tokens);
        let node = reader.sum()?;
        reader.is_at_end().then_some(node)
    }

    fn is_at_end(&self) -> bool {
        self.at == self.tokens.len()
    }

    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn is_sign(&self, sign: char) -> bool {
        self.peek() == Some(&Token::Sign(sign))
    }

    pub(super) fn is_command(&self, names: &[&str]) -> bool {
        matches!(self.peek(), Some(Token::Command(name)) if names.contains(&name.as_str()))
    }

    pub(super) fn take_sign(&mut self, sign: char) -> bool {
        let is_there = self.is_sign(sign);
        self.at += usize::from(is_there);
        is_there
    }

    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let found = if self.depth <= DEEPEST { read(self) } else { None };
        self.depth -= 1;
        found
    }

    /// `a + b - c`.
    pub(crate) fn sum(&mut self) -> Option<Node> {
        let mut parts = vec![self.product()?];
        loop {
            if self.take_sign('+') {
                parts.push(self.product()?);
            } else if self.take_sign('-') {
                parts.push(self.product()?.negated());
            } else {
                break;
            }
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Node::Sum(parts) })
    }

    /// `a \cdot b / c`; factors side by side bind closer, so that `1/2x` is 1/(2x).
    pub(super) fn product(&mut self) -> Option<Node> {
        let mut parts = vec![self.signed()?];
        loop {
            if self.take_sign('*') || self.is_command(&["times", "cdot", "ast"]) && self.skip() {
                parts.push(self.signed()?);
            } else if self.take_sign('/') || self.take_sign(':') || self.is_command(&["div"]) && self.skip() {
                let below = self.signed()?;
                divide(&mut parts, below);
            } else {
                break;
            }
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Node::Product(parts) })
    }

    pub(super) fn skip(&mut self) -> bool {
        self.at += 1;
        true
    }

    fn signed(&mut self) -> Option<Node> {
        let mut is_negative = false;
        loop {
            if self.take_sign('-') {
                is_negative = !is_negative;
            } else if !self.take_sign('+') {
                break;
            }
        }
        let node = self.run()?;
        Some(if is_negative { node.negated() } else { node })
    }

    /// Factors side by side: `2x\sqrt{3}`, and mixed numbers: `3\frac{1}{2}`.
    pub(super) fn run(&mut self) -> Option<Node> {
        let start = self.at;
        let mut parts = vec![self.postfix()?];
        while self.starts_factor() {
            if self.take_gap() {
                let fraction = self.slashed()?;
                join_mixed(&mut parts, fraction)?;
                continue;
            }
            let is_fraction = self.is_command(&FRACTIONS);
            let next = self.postfix()?;
            let follows_number = self.at > start && is_whole(parts.last());
            if is_fraction && follows_number && is_positive_literal(&next) {
                join_mixed(&mut parts, next)?;
            } else if is_fraction && follows_number && is_long_quotient(&next) {
                return None;
            } else {
                parts.push(next);
            }
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Node::Product(parts) })
    }

    pub(super) fn take_gap(&mut self) -> bool {
        let is_there = self.peek() == Some(&Token::Gap);
        self.at += usize::from(is_there);
        is_there
    }

    /// `1/2` after a gap.
    fn slashed(&mut self) -> Option<Node> {
        let above = self.postfix()?;
        if !self.take_sign('/') {
            return None;
        }
        let below = self.postfix()?;
        let mut parts = vec![above];
        divide(&mut parts, below);
        (parts.len() == 1).then(|| parts.remove(0))
    }

    fn starts_factor(&self) -> bool {
        match self.peek() {
            None => false,
            Some(Token::Sign(sign)) => "([{".contains(*sign) || *sign == '|' && self.bars == 0,
            Some(Token::Command(name)) => starts_factor(name) && !(self.is_argument && is_function(name)),
            Some(_) => true,
        }
    }

    /// A factor with its `!`, `%`, degree sign, prime, subscript and exponent.
    pub(super) fn postfix(&mut self) -> Option<Node> {
        let beside = std::mem::take(&mut self.stacked);
        let mut node = self.primary()?;
        loop {
            if self.take_sign('!') {
                // `5!!` is 5·3·1; of more marks nobody says what they mean.
                let name = if self.take_sign('!') { "double factorial" } else { "factorial" };
                if self.is_sign('!') {
                    return None;
                }
                node = Node::Call(name, vec![node]);
            } else if self.take_sign('%') || self.is_command(&["%"]) && self.skip() {
                node = Node::Percent(Box::new(node));
            } else if self.take_sign('\'') || self.is_command(&["prime"]) && self.skip() {
                node = primed(node);
            } else if self.is_command(&["circ", "degree"]) && self.skip() {
                node = Node::Degrees(Box::new(node));
            } else if self.take_sign('_') {
                node = subscripted(node, &self.argument()?);
            } else if self.take_sign('^') {
                node = self.raised(node)?;
            } else {
                self.stacked = self.stacked.max(beside);
                return Some(node);
            }
            self.stacked += 1;
            if self.stacked > MOST_STACKED {
                return None;
            }
        }
    }

    /// A power; or, as they are written like one, an angle in degrees or a name with a prime.
    fn raised(&mut self, node: Node) -> Option<Node> {
        if let Some((marked, length)) = self.mark() {
            self.at += length;
            return Some(marked(node));
        }
        let mut exponent = if self.take_sign('-') { self.argument()?.negated() } else { self.argument()? };
        // `2^3^2` is 2⁹, and `2^3^\circ` an angle of eight degrees.
        let start = self.at;
        if self.take_sign('^') {
            if self.mark().is_some() {
                self.at = start;
            } else {
                exponent = self.deeper(|reader| reader.raised(exponent))?;
            }
        }
        Some(Node::Power(Box::new(node), Box::new(exponent)))
    }

    /// What makes an angle in degrees or a name with a prime, and how many tokens it takes, if such a mark stands here.
    fn mark(&self) -> Option<Mark> {
        let is_braced = self.is_sign('{') && self.tokens.get(self.at + 2) == Some(&Token::Sign('}'));
        let length = if is_braced { 3 } else { 1 };
        match self.tokens.get(self.at + usize::from(is_braced))? {
            Token::Command(name) if ["circ", "degree"].contains(&name.as_str()) => {
                Some((|node| Node::Degrees(Box::new(node)), length))
            }
            Token::Command(name) if name == "prime" => Some((primed, length)),
            _ => None,
        }
    }

    /// What a command or an exponent takes: a group in braces, or one token, of a number one digit.
    pub(super) fn argument(&mut self) -> Option<Node> {
        if self.is_sign('{') { self.group('{', '}') } else { self.deeper(Self::primary) }
    }

    pub(super) fn group(&mut self, open: char, close: char) -> Option<Node> {
        if !self.take_sign(open) {
            return None;
        }
        let (bars, is_argument) = (std::mem::take(&mut self.bars), std::mem::take(&mut self.is_argument));
        let inside = self.deeper(Self::sum);
        (self.bars, self.is_argument) = (bars, is_argument);
        let inside = inside?;
        self.take_sign(close).then_some(inside)
    }

    fn primary(&mut self) -> Option<Node> {
        match self.peek()? {
            Token::Number { value, is_decimal } => {
                self.at += 1;
                Some(Node::Number { value: value.clone(), is_decimal: *is_decimal })
            }
            Token::Letter(letter) => {
                self.at += 1;
                Some(letter_node(*letter))
            }
            Token::Text(words) => {
                self.at += 1;
                word(words)
            }
            Token::Sign('(') => self.group('(', ')'),
            Token::Sign('[') => self.group('[', ']'),
            Token::Sign('{') => self.group('{', '}'),
            Token::Sign('|') => self.bars(&Token::Sign('|')),
            Token::Command(name) => {
                self.at += 1;
                self.command(name)
            }
            Token::Sign(_) | Token::Gap => None,
        }
    }

    fn bars(&mut self, close: &Token) -> Option<Node> {
        self.at += 1;
        self.bars += 1;
        let inside = self.deeper(Self::sum);
        self.bars -= 1;
        let inside = inside?;
        let is_closed = self.peek() == Some(close);
        self.at += usize::from(is_closed);
        is_closed.then(|| Node::Call("abs", vec![inside]))
    }
}
