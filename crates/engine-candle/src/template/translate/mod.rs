//! Rewrites expressions in which Jinja2 means something else than minijinja: `d.items` is the method where it is not
//! called too, `~` joins what Python's `str` makes of values, `%` fills in texts, `+` makes lists of lists, and texts have
//! Python's escapes. Blocks keep to themselves what is set in them. What is compared is paid for before.
//!
//! Not there: `break` and `continue` out of `with`, `filter` and `set` blocks, and defaults of `call` blocks that read their
//! arguments; both are refused.
//!
//! Each becomes the call of a function of [`super::operators`]. Everything else stays as it is, to the letter. What cannot
//! be read stays too: minijinja then says what is wrong with it.

mod blocks;
mod literal;
mod statements;

use super::methods::is_method;
use super::operators::{ATTRIBUTE, COMPARED, CONCAT, IN, ITEM, KEY, LIST, MODULO, NEGATIVE, POSITIVE, SLICE};
use super::tokens::{Kind, Piece, Tag, Token, pieces};
use blocks::Blocks;

/// Expressions inside one another at most; minijinja takes fewer.
const DEEPEST: usize = 150;

/// Tokens of a tag at most: minijinja has a call within a call for each.
const LONGEST: usize = 10_000;

/// `elif`s of a template at most, for the same reason.
const ELIFS: usize = 1_000;

/// Bytes of a template at most that cannot be cut into tags; minijinja says why.
const UNCUT: usize = 50_000;

/// The template as minijinja understands it.
pub(super) fn translate(source: &str) -> Result<String, String> {
    let pieces = match pieces(source) {
        Some(pieces) => pieces,
        None if source.len() > UNCUT => {
            return Err("one of its tags, texts or brackets does not end".to_owned());
        }
        None => return Ok(source.to_owned()),
    };
    let mut out = String::with_capacity(source.len());
    let (mut elifs, mut blocks) = (0, Blocks::default());
    for piece in &pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Tag(tag) => {
                elifs += usize::from(tag.is_statement() && tag.word(0) == "elif");
                if elifs > ELIFS {
                    return Err(format!("it has more than {ELIFS} `elif`s"));
                }
                blocks.see(tag)?;
                translate_tag(&mut out, tag)?;
            }
        }
    }
    Ok(out)
}

fn translate_tag(out: &mut String, tag: &Tag<'_>) -> Result<(), String> {
    if tag.tokens.len() > LONGEST {
        return Err(format!("one of its tags has more than {LONGEST} words and signs"));
    }
    if tag.is_raw() && !tag.close.ends_with("-%}") {
        // The end of the line behind it stays.
        out.extend([tag.open, &tag.verbatim(), " +%}"]);
        return Ok(());
    }
    let mut reader = Reader { tokens: &tag.tokens, at: 0, depth: 0, fault: None };
    let inner = reader.tag(tag);
    match reader.fault {
        Some(fault) => Err(fault),
        None => {
            out.extend([tag.open, &inner.unwrap_or_else(|| tag.verbatim()), tag.close]);
            Ok(())
        }
    }
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
        let out = match tag.is_statement() {
            true => {
                let word = self.next()?;
                let end = statements::ENDS.iter().find(|(end, _)| *end == word.trim());
                end.map_or(word, |(_, ends)| format!(" {ends}")) + &self.statement(tag)?
            }
            false => self.values(tag)?,
        };
        (self.at == self.tokens.len()).then_some(out)
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
            ("{{- a ~ b|upper ~ -c.d }}", "{{- __concat( a, b|upper, __negative(c.d)) }}"),
            ("{{ '%s' % (a, b) / 2 }}", "{{ __modulo( '%s', (a, b)) / 2 }}"),
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
            ("{{ a + b - c + 'x' + d }}", "{{ __list( a + b - c + 'x' + d) }}"),
            ("{{ '<' + a + b * 2 }}", "{{ '<' + a + __list( b * 2) }}"),
            (
                "{{ a == b and c != 'x' and d not in e }}",
                "{{ __compared( a) == b and c != 'x' and (not __in( d, e)) }}",
            ),
            (
                "{{ a < b < 3 }}{{ +true }}{{ - -1 }}",
                "{{ __compared( a) < b < 3 }}{{ __positive(true) }}{{ - -1 }}",
            ),
            ("{{ {a: b, 'c': d} }}", "{{ { __key(a): b, 'c': d} }}"),
            ("{{ loop.changed(a, b,) }}", "{{ loop.changed(__compared((a, b,))) }}"),
            ("{{ a|attr('b')(1) }}", "{{ ( a|attr('b'))(1) }}"),
            ("{%- with a = 1, b = a -%}", "{%- with ( a, b) = ( 1, a) -%}"),
            ("{% macro m(a, b=a) -%}", "{% macro m(a, b) %}{% set b = b if b is defined else (a) -%}"),
            ("{% filter f -%}{% endfilter %}", "{% filter f %}{% with -%}{% endwith %}{% endfilter %}"),
            ("{% raw %}\n{% endraw %}", "{% raw +%}\n{% endraw %}"),
        ] {
            assert_eq!(translate(source).unwrap(), expected, "{source}");
        }
    }

    #[test]
    fn everything_else_stays_to_the_letter() {
        for source in [
            "{%- for k, v in d.items() if v is not none and 'x' not in k  recursive -%} {# d.items #} {%+ endfor %}",
            "{% raw -%}{{ d.items }}{% endraw %}{{ '}}' }}{{ {'a': {}} }}{{ [x[1], 1.5e-3, x.0.1] }}",
            "{{ f(a=1, *b, **c) if x else y }}{{ a is divisibleby 3 or b }}{{ loop.index }}",
            "{{ d.items }",
            "{{ a b c ) ~ }}",
            "{% macro m(a, b='x') %}{% call(u) m(1) %}{% endcall %}{% endmacro %}{% set x = 1 %}",
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
