//! Rewrites expressions in which Jinja2 means something else than minijinja: `d.items` is the method where it is not
//! called too, `~` joins what Python's `str` makes of values, `%` fills in texts, and texts have Python's escapes.
//!
//! Each becomes the call of a function of [`super::operators`]. Everything else stays as it is, to the letter. What cannot
//! be read stays too: minijinja then says what is wrong with it.

mod literal;

use super::methods::is_method;
use super::operators::{ATTRIBUTE, CONCAT, ITEM, MODULO, SLICE};
use super::tokens::{Kind, Piece, Tag, Token, pieces};

/// Expressions inside one another at most; minijinja takes fewer.
const DEEPEST: usize = 150;

/// Tokens of a tag that is rewritten at most: what is written around is copied for each.
const LONGEST: usize = 10_000;

/// The template as minijinja understands it.
pub(super) fn translate(source: &str) -> Result<String, String> {
    let Some(pieces) = pieces(source) else { return Ok(source.to_owned()) };
    let mut out = String::with_capacity(source.len());
    for piece in &pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Tag(tag) if tag.tokens.len() > LONGEST => {
                out.extend([tag.open, &tag.verbatim(), tag.close]);
            }
            Piece::Tag(tag) => {
                let mut reader = Reader { tokens: &tag.tokens, at: 0, depth: 0, fault: None };
                let inner = reader.tag(tag);
                if let Some(fault) = reader.fault {
                    return Err(fault);
                }
                out.extend([tag.open, &inner.unwrap_or_else(|| tag.verbatim()), tag.close]);
            }
        }
    }
    Ok(out)
}

/// Reads the expressions of one tag by Jinja2's grammar; every method gives what it read, translated.
struct Reader<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
    depth: usize,
    /// What nobody could make sense of.
    fault: Option<String>,
}

impl<'a> Reader<'_, 'a> {
    fn tag(&mut self, tag: &Tag<'_>) -> Option<String> {
        let mut out = String::new();
        let word = |at: usize| tag.tokens.get(at).map_or("", |token| token.text);
        let statement = if tag.is_statement() { word(0) } else { "" };
        if tag.is_statement() {
            out += &self.next()?;
        }
        if statement == "set" {
            out += &self.target();
        }
        if statement == "set" && word(2) == "." {
            // What is read is known within macros, and what is set would not be.
            out = out + &self.next()? + " (" + word(1) + ",(" + &self.expressions(&[])? + "))[1]";
        } else if matches!(statement, "" | "if" | "elif") && has_comma(&tag.tokens) {
            out = out + " (" + &self.expressions(&[])? + ")";
        } else {
            out += &self.expressions(&[])?;
        }
        (self.at == self.tokens.len()).then_some(out)
    }

    /// What is set: nothing of it is read.
    fn target(&mut self) -> String {
        let mut out = String::new();
        let is_end = |token: &Token<'_>| token.text == "=" || token.text == "|";
        while self.peek().is_some_and(|token| !is_end(token)) {
            out += &self.next().unwrap_or_default();
        }
        out
    }

    /// Expressions with signs between them, up to a closing sign.
    fn expressions(&mut self, closing: &[&str]) -> Option<String> {
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

    fn expression(&mut self) -> Option<String> {
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

    /// From `or` to comparisons: minijinja reads them alike.
    fn either(&mut self) -> Option<String> {
        let mut out = self.negation()?;
        while let Some(token) = self.peek() {
            match token.text {
                "or" | "and" | "==" | "!=" | "<" | ">" | "<=" | ">=" | "in" => {
                    out = out + &self.next()? + &self.negation()?;
                }
                "not" if self.tokens.get(self.at + 1).is_some_and(|next| next.text == "in") => {
                    out = out + &self.next()? + &self.next()? + &self.negation()?;
                }
                _ => break,
            }
        }
        Some(out)
    }

    fn negation(&mut self) -> Option<String> {
        let mut out = String::new();
        while self.is("not") {
            out += &self.next()?;
        }
        Some(out + &self.sum()?)
    }

    fn sum(&mut self) -> Option<String> {
        let mut out = self.concatenation()?;
        while self.is("+") || self.is("-") {
            out = out + &self.next()? + &self.concatenation()?;
        }
        Some(out)
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
        let mut out = self.power()?;
        loop {
            if self.is("%") {
                self.next();
                out = format!(" {MODULO}({out},{})", self.power()?);
            } else if self.is("*") || self.is("/") || self.is("//") {
                out = out + &self.next()? + &self.power()?;
            } else {
                return Some(out);
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
                "|" => out = out + &self.next()? + &self.name()?,
                "is" => out += &self.test()?,
                "(" => out += &self.bracket()?,
                _ => break,
            }
        }
        Some(out)
    }

    /// A sign belongs to what follows it with its fields; filters come after it.
    fn signed(&mut self) -> Option<String> {
        let mut signs = String::new();
        loop {
            if self.is("-") {
                signs += &self.next()?;
            } else if self.is("+") {
                // minijinja has no such sign, and it changes nothing.
                self.next();
                signs.push(' ');
            } else {
                let primary = self.primary()?;
                return Some(signs + &self.fields(primary)?);
            }
        }
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
        Some(self.next()? + &self.expressions(&[closing])? + &self.next()?)
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
        // A loop has no methods of these names, and minijinja finds the method of what is called by itself.
        Some(match is_method(name.text) && !is_called && value.trim() != "loop" {
            true => format!(" {ATTRIBUTE}({value},{:?})", name.text),
            false => value + &dot + &written,
        })
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

    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    /// Whether the next token is this sign or word.
    fn is(&self, text: &str) -> bool {
        self.peek().is_some_and(|token| token.text == text && token.kind != Kind::Text)
    }

    fn next(&mut self) -> Option<String> {
        let token = *self.peek()?;
        self.at += 1;
        Some(format!("{}{}", token.space, token.text))
    }

    fn next_name(&mut self) -> Option<String> {
        (self.peek()?.kind == Kind::Name).then(|| self.next())?
    }
}

/// Whether there are several values, which are a tuple.
fn has_comma(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    for token in tokens.iter().filter(|token| token.kind == Kind::Sign) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "," if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn what_means_something_else_is_rewritten() {
        for (source, expected) in [
            ("{{ d.items }}", "{{ __attribute( d,\"items\") }}"),
            ("{% if d.items.x %}", "{% if __attribute( d,\"items\").x %}"),
            ("{{- a ~ b|upper ~ -c.d }}", "{{- __concat( a, b|upper, -c.d) }}"),
            ("{{ '%s' % (a, b) * 2 }}", "{{ __modulo( '%s', (a, b)) * 2 }}"),
            ("{{ x['items']['a'][0][k] }}", "{{ __item( __item( x,('items'))['a'][0],(k)) }}"),
            (
                "{{ x[1:] }}{{ x[::-1][a:b] }}",
                "{{ __slice( x,1,none,none) }}{{ __slice( __slice( x,none,none,-1),a,b,none) }}",
            ),
            ("{{ 'a' 'b' }}", "{{ 'ab' }}"),
            ("{{ 2 - +1 }}", "{{ 2 - 1 }}"),
            ("{{ a, b[0] }}", "{{ ( a, b[0]) }}"),
            ("{% if a, b %}", "{% if ( a, b) %}"),
            ("{% set ns.a = b, c %}", "{% set ns.a = (ns,( b, c))[1] %}"),
        ] {
            assert_eq!(translate(source).unwrap(), expected, "{source}");
        }
    }

    #[test]
    fn everything_else_stays_to_the_letter() {
        for source in [
            "{%- for k, v in d.items() if v is not none and k not in [1]  recursive -%} {# d.items #} {%+ endfor %}",
            "{% raw %}{{ d.items }}{% endraw %}{{ '}}' }}{{ {'a': {}} }}{{ [x[1], 1.5e-3, x.0.1] }}",
            "{{ f(a=1, *b, **c) if x else y }}{{ a is divisibleby 3 or b }}{{ loop.index }}",
            "{{ d.items }",
            "{{ a b c ) ~ }}",
            "{% macro m(a, b='x') %}{% call(u) m(1) %}{% endcall %}{% endmacro %}{% set x | upper %}",
        ] {
            assert_eq!(translate(source).unwrap(), source);
        }
    }

    #[test]
    fn a_hostile_depth_is_left_to_the_parser() {
        let source = format!("{{{{ {}{} }}}}", "(".repeat(5000), ")".repeat(5000));
        assert_eq!(translate(&source).unwrap(), source);
    }
}
