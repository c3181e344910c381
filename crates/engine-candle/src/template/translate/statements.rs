//! Statements whose names are seen elsewhere in Jinja2 than in minijinja, by the reader of expressions beside.

use super::super::tokens::{Kind, Tag, Token};
use super::expressions::Reader;

impl Reader<'_, '_> {
    /// What stands between the signs of a tag.
    pub(super) fn tag(&mut self, tag: &Tag<'_>) -> Option<String> {
        let out = match tag.is_statement() {
            true => {
                let word = self.next()?;
                let end = ENDS.iter().find(|(end, _)| *end == word.trim());
                end.map_or(word, |(_, ends)| format!(" {ends}")) + &self.statement(tag)?
            }
            false => self.values(tag)?,
        };
        (self.at == self.tokens.len()).then_some(out)
    }

    /// What stands behind the word of a statement.
    fn statement(&mut self, tag: &Tag<'_>) -> Option<String> {
        match tag.word(0) {
            "set" if tag.word(2) == "." => self.set_field(tag),
            "set" => {
                let target = self.until(&["=", "|"]);
                Some(target + &self.expressions(&[])? + if tag.has_value() { "" } else { SCOPE })
            }
            "for" => Some(self.until(&["in"]) + &self.next()? + &self.expressions(&[])?),
            "filter" => Some(self.expressions(&[])? + SCOPE),
            "with" => self.with(),
            "macro" => self.macro_with_defaults(),
            "call" if self.is("(") => self.call_with_arguments(),
            "if" | "elif" => self.values(tag),
            _ => self.expressions(&[]),
        }
    }

    /// Expressions, of which several are a tuple.
    fn values(&mut self, tag: &Tag<'_>) -> Option<String> {
        let values = self.expressions(&[])?;
        Some(if has_comma(&tag.tokens) { format!(" ({values})") } else { values })
    }

    /// What is read is known within macros, and what is set would not be.
    fn set_field(&mut self, tag: &Tag<'_>) -> Option<String> {
        let target = self.until(&["=", "|"]);
        if !self.is("=") {
            return Some(target + &self.expressions(&[])? + SCOPE);
        }
        Some(target + &self.next()? + " (" + tag.word(1) + ",(" + &self.expressions(&[])? + "))[1]")
    }

    /// What is bound: nothing of it is read.
    fn until(&mut self, ends: &[&str]) -> String {
        let mut out = String::new();
        while self.peek().is_some() && !ends.iter().any(|end| self.is(end)) {
            out += &self.next().unwrap_or_default();
        }
        out
    }

    /// All values are read before any name is bound.
    fn with(&mut self) -> Option<String> {
        let start = self.at;
        let (mut names, mut values) = (Vec::new(), Vec::new());
        while self.peek().is_some_and(|token| token.kind == Kind::Name) {
            names.push(self.next()?);
            self.sign("=")?;
            values.push(self.expression()?);
            if self.is(",") {
                self.next();
            }
        }
        match names.len() {
            0 | 1 => {
                self.at = start;
                self.expressions(&[])
            }
            _ => Some(format!(" ({}) = ({})", names.join(","), values.join(","))),
        }
    }

    /// Defaults may read arguments before them: they are set within the macro then, one after another.
    fn macro_with_defaults(&mut self) -> Option<String> {
        let start = self.at;
        let name = self.next_name()?;
        self.sign("(")?;
        let (mut names, mut defaults, mut reads_names) = (Vec::new(), String::new(), false);
        while !self.is(")") {
            let name = self.next_name()?.trim().to_owned();
            if self.is("=") {
                self.next();
                let from = self.at;
                let default = self.expression()?;
                reads_names |=
                    self.tokens[from..self.at].iter().any(|token| names.contains(&token.text.to_owned()));
                defaults += &format!(" %}}{{% set {name} = {name} if {name} is defined else ({default})");
            }
            names.push(name);
            if self.is(",") {
                self.next();
            }
        }
        if reads_names {
            self.next();
            return Some(format!("{name}({}){defaults}", names.join(", ")));
        }
        self.at = start;
        self.expressions(&[])
    }

    /// Arguments of the block that a macro is called with.
    fn call_with_arguments(&mut self) -> Option<String> {
        let open = self.next()?;
        let from = self.at;
        let arguments = self.expressions(&[")"])?;
        let tokens = &self.tokens[from..self.at];
        let is_bound = |at: usize| at == 0 || tokens[at - 1].text == ",";
        let reads_one = (0..tokens.len())
            .filter(|at| tokens[*at].kind == Kind::Name && !is_bound(*at))
            .find(|at| (0..*at).any(|before| is_bound(before) && tokens[before].text == tokens[*at].text));
        if let Some(at) = reads_one {
            let name = tokens[at].text;
            self.fault =
                Some(format!("a default of a `call` block reads its argument `{name}`, which is not there"));
        }
        Some(open + &arguments + &self.next()? + &self.expressions(&[])?)
    }

    fn sign(&mut self, sign: &str) -> Option<()> {
        let is_there = self.is(sign);
        self.next().filter(|_| is_there).map(|_| ())
    }
}

/// Behind a tag that begins a block: what is set within is not seen without.
const SCOPE: &str = " %}{% with";
/// The tag that ends it, and what goes before it.
const ENDS: [(&str, &str); 2] = [("endset", "endwith %}{% endset"), ("endfilter", "endwith %}{% endfilter")];

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
