//! Parses formulas: sums, products, powers, roots, functions.

use super::factor::{
    divide, fraction, is_positive_literal, is_whole, join_mixed, letter_node, starts_factor, subscripted,
    word,
};
use super::token::Token;
use super::tree::Node;

/// Brackets, fractions and roots inside each other; deeper input is hostile, and recursion has a stack to mind.
const DEEPEST: usize = 48;

const FUNCTIONS: [&str; 24] = [
    "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "ln",
    "exp", "log", "gcd", "lcm", "max", "min", "det", "arg", "lg", "Re", "Im",
];

const FRACTIONS: [&str; 4] = ["frac", "dfrac", "tfrac", "cfrac"];
const BINOMIALS: [&str; 3] = ["binom", "dbinom", "tbinom"];

/// Reads tokens from left to right.
pub(super) struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    /// Open bars, inside which a bar closes.
    bars: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(tokens: &'a [Token]) -> Reader<'a> {
        Reader { tokens, at: 0, depth: 0, bars: 0 }
    }

    /// Returns the formula that all of the tokens make.
    pub(super) fn all(tokens: &'a [Token]) -> Option<Node> {
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

    fn is_sign(&self, sign: char) -> bool {
        self.peek() == Some(&Token::Sign(sign))
    }

    fn is_command(&self, names: &[&str]) -> bool {
        matches!(self.peek(), Some(Token::Command(name)) if names.contains(&name.as_str()))
    }

    fn take_sign(&mut self, sign: char) -> bool {
        let is_there = self.is_sign(sign);
        self.at += usize::from(is_there);
        is_there
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let found = if self.depth <= DEEPEST { read(self) } else { None };
        self.depth -= 1;
        found
    }

    /// `a + b - c`.
    pub(super) fn sum(&mut self) -> Option<Node> {
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
    fn product(&mut self) -> Option<Node> {
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

    fn skip(&mut self) -> bool {
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
    fn run(&mut self) -> Option<Node> {
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
            } else {
                parts.push(next);
            }
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Node::Product(parts) })
    }

    fn take_gap(&mut self) -> bool {
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
            Some(Token::Command(name)) => starts_factor(name),
            Some(_) => true,
        }
    }

    /// A factor with its `!`, `%`, degree sign, subscript and exponent.
    fn postfix(&mut self) -> Option<Node> {
        let mut node = self.primary()?;
        loop {
            if self.take_sign('!') {
                node = Node::Call("factorial", vec![node]);
            } else if self.take_sign('%') || self.is_command(&["%"]) && self.skip() {
                node = Node::Percent(Box::new(node));
            } else if self.take_sign('\'') || self.is_command(&["circ", "degree"]) && self.skip() {
            } else if self.take_sign('_') {
                node = subscripted(node, &self.argument()?);
            } else if self.take_sign('^') {
                let exponent = self.exponent()?;
                if let Some(exponent) = exponent {
                    node = Node::Power(Box::new(node), Box::new(exponent));
                }
            } else {
                return Some(node);
            }
        }
    }

    /// The exponent, or nothing inside for a degree sign.
    fn exponent(&mut self) -> Option<Option<Node>> {
        if self.is_command(&["circ", "prime"]) {
            self.at += 1;
            return Some(None);
        }
        let is_braced_degree = self.is_sign('{')
            && matches!(self.tokens.get(self.at + 1), Some(Token::Command(name)) if name == "circ")
            && self.tokens.get(self.at + 2) == Some(&Token::Sign('}'));
        if is_braced_degree {
            self.at += 3;
            return Some(None);
        }
        if self.take_sign('-') {
            return Some(Some(self.argument()?.negated()));
        }
        self.argument().map(Some)
    }

    /// What a command or an exponent takes: a group in braces, or one token, of a number one digit.
    fn argument(&mut self) -> Option<Node> {
        if self.is_sign('{') { self.group('{', '}') } else { self.deeper(Self::primary) }
    }

    fn group(&mut self, open: char, close: char) -> Option<Node> {
        if !self.take_sign(open) {
            return None;
        }
        let bars = std::mem::take(&mut self.bars);
        let inside = self.deeper(Self::sum);
        self.bars = bars;
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

    fn command(&mut self, name: &str) -> Option<Node> {
        if FRACTIONS.contains(&name) {
            let (above, below) = (self.argument()?, self.argument()?);
            return Some(fraction(above, below));
        }
        if BINOMIALS.contains(&name) {
            return Some(Node::Call("binomial", vec![self.argument()?, self.argument()?]));
        }
        match name {
            "pi" => Some(Node::Pi),
            "infty" => Some(Node::Infinity),
            "sqrt" => self.root(),
            "lfloor" => self.between("floor", "rfloor"),
            "lceil" => self.between("ceiling", "rceil"),
            "lvert" => self.between("abs", "rvert"),
            "overline" | "bar" | "hat" | "vec" | "widehat" => {
                let inside = self.argument()?;
                Some(Node::Symbol(format!("{name}({})", inside.symbols().concat())))
            }
            _ => match FUNCTIONS.iter().find(|known| **known == name) {
                Some(function) => self.function(function),
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

    /// `\sin x`, `\sin^2 x`, `\log_2 8`, `\max(1, 2)` without commas.
    fn function(&mut self, name: &'static str) -> Option<Node> {
        let base = if self.take_sign('_') { Some(self.argument()?) } else { None };
        let power = if self.take_sign('^') { Some(self.argument()?) } else { None };
        self.take_gap();
        let argument = self.deeper(|reader| {
            let is_bracketed = reader.is_sign('(') || reader.is_sign('{');
            if is_bracketed { reader.postfix() } else { reader.run() }
        })?;
        let call = match (name, base) {
            ("log", Some(base)) => Node::Call("log", vec![argument, base]),
            ("log", None) => Node::Call("ln", vec![argument]),
            ("lg", None) => Node::Call("log", vec![argument, Node::whole(10)]),
            ("exp", None) => Node::Power(Box::new(Node::Euler), Box::new(argument)),
            (_, None) => Node::Call(name, vec![argument]),
            (_, Some(_)) => return None,
        };
        Some(match power {
            None => call,
            Some(power) => Node::Power(Box::new(call), Box::new(power)),
        })
    }
}
