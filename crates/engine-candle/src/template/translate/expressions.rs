//! Expressions, by Jinja2's grammar.

use super::super::methods::is_method;
use super::super::operators::{
    ATTRIBUTE, COMPARED, CONCAT, IN, ITEM, KEY, LIST, MODULO, NEGATIVE, POSITIVE, SLICE,
};
use super::super::tokens::{Kind, Token};
use super::literal;

/// Expressions inside one another at most; minijinja takes fewer.
const DEEPEST: usize = 150;

/// Reads the expressions of one tag by Jinja2's grammar; every method gives what it read, translated.
pub(super) struct Reader<'t, 'a> {
    pub(super) tokens: &'t [Token<'a>],
    pub(super) at: usize,
    pub(super) depth: usize,
    /// What nobody could make sense of.
    pub(super) fault: Option<String>,
}

impl<'a> Reader<'_, 'a> {
    /// Expressions with signs between them, up to a closing sign.
    pub(super) fn expressions(&mut self, closing: &[&str]) -> Option<String> {
        let mut out = String::new();
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Sign if closing.contains(&token.text) => break,
                Kind::Sign if matches!(token.text, "," | ":" | "=" | "*" | "**" | "|") => {
                    out += &self.next()?
                }
                _ => out += &self.expression()?,
            }
        }
        Some(out)
    }

    pub(super) fn expression(&mut self) -> Option<String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut out = self.either()?;
        while self.is("if") {
            out = out + &self.next()? + &self.either()?;
            if self.is("else") {
                out = out + &self.next()? + &self.expression()?;
            }
        }
        self.depth -= 1;
        Some(out)
    }

    fn either(&mut self) -> Option<String> {
        let mut out = self.negation()?;
        while self.is("or") || self.is("and") {
            out = out + &self.next()? + &self.negation()?;
        }
        Some(out)
    }

    fn negation(&mut self) -> Option<String> {
        let mut out = String::new();
        while self.is("not") {
            out += &self.next()?;
        }
        Some(out + &self.comparison()?)
    }

    /// Values are paid for before they are compared, but where one of them is written out.
    fn comparison(&mut self) -> Option<String> {
        let (mut left, mut is_small) = self.operand(Self::sum)?;
        let mut out = String::new();
        while let Some(sign) = self.sign_of_comparison() {
            let (right, is_right_small) = self.operand(Self::sum)?;
            let is_text = is_small && left.trim_start().starts_with(['\'', '"']);
            let is_alone = out.is_empty() && !self.is_comparison();
            match sign.trim() {
                "in" if !is_text && is_alone => return Some(format!(" {IN}({left},{right})")),
                "not in" if !is_text && is_alone => return Some(format!(" (not {IN}({left},{right}))")),
                _ if is_small || is_right_small => out += &left,
                _ => out += &format!(" {COMPARED}({left})"),
            }
            out += &sign;
            (left, is_small) = (right, is_right_small);
        }
        Some(out + &left)
    }

    fn is_comparison(&self) -> bool {
        let next = self.tokens.get(self.at + 1).map_or("", |token| token.text);
        let is_sign = |sign: &&str| self.is(sign);
        ["==", "!=", "<", ">", "<=", ">=", "in"].iter().any(is_sign) || (self.is("not") && next == "in")
    }

    fn sign_of_comparison(&mut self) -> Option<String> {
        if !self.is_comparison() {
            return None;
        }
        match self.is("not") {
            true => Some(self.next()? + &self.next()?),
            false => self.next(),
        }
    }

    /// What a method reads, and whether that is a text or number that is written out.
    fn operand(&mut self, read: fn(&mut Self) -> Option<String>) -> Option<(String, bool)> {
        let from = self.at;
        let operand = read(self)?;
        let is_plain = |token: &Token<'_>| {
            matches!(token.kind, Kind::Text | Kind::Number)
                || ["-", "true", "false", "none"].contains(&token.text)
        };
        Some((operand, self.tokens[from..self.at].iter().all(is_plain)))
    }

    /// What may be a list is made one; where one of two is a text or a number, none comes out.
    fn sum(&mut self) -> Option<String> {
        let (mut out, mut is_plain) = self.operand(Self::concatenation)?;
        let mut may_be_list = false;
        while self.is("+") || self.is("-") {
            let is_difference = self.is("-");
            out += &self.next()?;
            let (right, is_right_plain) = self.operand(Self::concatenation)?;
            out += &right;
            is_plain |= is_right_plain || is_difference;
            may_be_list |= !is_plain;
        }
        Some(if may_be_list { format!(" {LIST}({out})") } else { out })
    }

    fn concatenation(&mut self) -> Option<String> {
        let mut parts = vec![self.product()?];
        while self.is("~") {
            self.next();
            parts.push(self.product()?);
        }
        match &parts[..] {
            [only] => Some(only.clone()),
            _ => Some(format!(" {CONCAT}({})", parts.join(","))),
        }
    }

    fn product(&mut self) -> Option<String> {
        let (mut out, mut is_plain) = self.operand(Self::power)?;
        let mut may_be_list = false;
        loop {
            if self.is("%") {
                self.next();
                out = format!(" {MODULO}({out},{})", self.power()?);
                is_plain = false;
            } else if self.is("*") || self.is("/") || self.is("//") {
                may_be_list |= self.is("*");
                let sign = self.next()?;
                let (right, is_right_plain) = self.operand(Self::power)?;
                out = out + &sign + &right;
                is_plain &= is_right_plain;
            } else {
                return Some(if may_be_list && !is_plain { format!(" {LIST}({out})") } else { out });
            }
        }
    }

    fn power(&mut self) -> Option<String> {
        let mut out = self.unary()?;
        while self.is("**") {
            out = out + &self.next()? + &self.unary()?;
        }
        Some(out)
    }

    fn unary(&mut self) -> Option<String> {
        let mut out = self.signed()?;
        while let Some(token) = self.peek() {
            match token.text {
                "|" => {
                    out = out + &self.next()? + &self.name()?;
                    if self.is("(") {
                        out += &self.bracket()?;
                    }
                }
                "is" => out += &self.test()?,
                // minijinja calls what a filter gives only if it stands in brackets.
                "(" => out = format!(" ({out})") + &self.bracket()?,
                _ => break,
            }
        }
        Some(out)
    }

    /// A sign belongs to what follows it with its fields; filters come after it. Before truth it makes a number, which
    /// minijinja does not know, nor the sign `+`.
    fn signed(&mut self) -> Option<String> {
        let (mut signs, mut is_signed, mut is_negative) = (String::new(), false, false);
        while self.is("-") || self.is("+") {
            let sign = self.next()?;
            is_signed = true;
            is_negative ^= sign.ends_with('-');
            signs += if sign.ends_with('-') { &sign } else { " " };
        }
        let is_number = self.peek()?.kind == Kind::Number;
        let primary = self.primary()?;
        let value = self.fields(primary)?;
        Some(match is_signed && !is_number {
            true if is_negative => format!(" {NEGATIVE}({value})"),
            true => format!(" {POSITIVE}({value})"),
            false => signs + &value,
        })
    }

    /// The name of a filter or test, which may have dots.
    fn name(&mut self) -> Option<String> {
        let mut out = self.next_name()?;
        while self.is(".") {
            out = out + &self.next()? + &self.next_name()?;
        }
        Some(out)
    }

    fn test(&mut self) -> Option<String> {
        let mut out = self.next()?;
        if self.is("not") {
            out += &self.next()?;
        }
        out += &self.name()?;
        let has_argument = self.peek().is_some_and(|token| match token.kind {
            Kind::Name => {
                !matches!(token.text, "else" | "or" | "and" | "if" | "in" | "is" | "not" | "recursive")
            }
            Kind::Number | Kind::Text => true,
            Kind::Sign => matches!(token.text, "(" | "[" | "{"),
        });
        if has_argument {
            let argument = self.primary()?;
            out += &self.fields(argument)?;
        }
        Some(out)
    }

    fn primary(&mut self) -> Option<String> {
        let token = *self.peek()?;
        match token.kind {
            Kind::Text => self.text(),
            Kind::Number | Kind::Name => self.next(),
            Kind::Sign if matches!(token.text, "(" | "[" | "{") => self.bracket(),
            Kind::Sign => None,
        }
    }

    /// Texts beside one another are one text.
    fn text(&mut self) -> Option<String> {
        let mut tokens = Vec::new();
        while let Some(token) = self.peek().filter(|token| token.kind == Kind::Text) {
            tokens.push(*token);
            self.at += 1;
        }
        match literal::translate(&tokens) {
            Ok(text) => Some(text),
            Err(fault) => {
                self.fault = Some(fault);
                None
            }
        }
    }

    /// From an opening sign to the one that closes it.
    fn bracket(&mut self) -> Option<String> {
        let closing = match self.peek()?.text {
            "(" => ")",
            "[" => "]",
            _ => "}",
        };
        let open = self.next()?;
        let inner = if closing == "}" { self.pairs()? } else { self.expressions(&[closing])? };
        Some(open + &inner + &self.next()?)
    }

    /// Keys and values of a dict. A key that is no text is looked at first.
    fn pairs(&mut self) -> Option<String> {
        let mut out = String::new();
        while self.peek().is_some() && !self.is("}") {
            let (key, is_plain) = self.operand(Self::expression)?;
            out += &if is_plain { key } else { format!(" {KEY}({key})") };
            if self.is(":") {
                out = out + &self.next()? + &self.expression()?;
            }
            if self.is(",") {
                out += &self.next()?;
            }
        }
        Some(out)
    }

    /// Fields, items and calls behind a value.
    fn fields(&mut self, value: String) -> Option<String> {
        let mut out = value;
        while let Some(token) = self.peek() {
            out = match token.text {
                "." => self.attribute(out)?,
                "[" => self.item(out)?,
                "(" => out + &self.bracket()?,
                _ => break,
            };
        }
        Some(out)
    }

    fn attribute(&mut self, value: String) -> Option<String> {
        let dot = self.next()?;
        let name = *self.peek()?;
        let written = self.next()?;
        let is_called = self.is("(");
        if name.text == "changed" && is_called {
            return self.changed(value + &dot + &written);
        }
        // A loop has no methods of these names, and minijinja finds the method of what is called by itself.
        Some(match is_method(name.text) && !is_called && value.trim() != "loop" {
            true => format!(" {ATTRIBUTE}({value},{:?})", name.text),
            false => value + &dot + &written,
        })
    }

    /// The call of a loop's `changed`, which compares its arguments to those before.
    fn changed(&mut self, method: String) -> Option<String> {
        let open = self.next()?;
        let arguments = self.expressions(&[")"])?;
        let arguments = arguments.trim_end().trim_end_matches(',');
        Some(method + &open + &format!("{COMPARED}(({arguments},))") + &self.next()?)
    }

    /// An item, or a slice of items.
    fn item(&mut self, value: String) -> Option<String> {
        let from = self.at + 1;
        let open = self.next()?;
        let mut parts = vec![String::new()];
        while !self.is("]") {
            match self.is(":") {
                true => {
                    self.next();
                    parts.push(String::new());
                }
                false => *parts.last_mut()? += &self.expressions(&["]", ":"])?,
            }
        }
        let tokens = &self.tokens[from..self.at];
        let close = self.next()?;
        Some(match (&parts[..], tokens) {
            ([part], [Token { kind: Kind::Number, .. }]) => value + &open + part + &close,
            ([part], [Token { kind: Kind::Text, text, .. }])
                if !is_method(text.trim_matches(['\'', '"'])) =>
            {
                value + &open + part + &close
            }
            ([part], _) => format!(" {ITEM}({value},({part}))"),
            _ => {
                let edge = |at: usize| parts.get(at).filter(|edge| !edge.trim().is_empty());
                let edge = |at: usize| edge(at).map_or("none", String::as_str);
                format!(" {SLICE}({value},{},{},{})", edge(0), edge(1), edge(2))
            }
        })
    }

    pub(super) fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    /// Whether the next token is this sign or word.
    pub(super) fn is(&self, text: &str) -> bool {
        self.peek().is_some_and(|token| token.text == text && token.kind != Kind::Text)
    }

    pub(super) fn next(&mut self) -> Option<String> {
        let token = *self.peek()?;
        self.at += 1;
        Some(format!("{}{}", token.space, token.text))
    }

    pub(super) fn next_name(&mut self) -> Option<String> {
        (self.peek()?.kind == Kind::Name).then(|| self.next())?
    }
}
