//! Expressions of benchmark files, compiled once and evaluated many times.

use crate::plain::Plain;
use crate::template::{environment, message};
use evalscope_core::{Row, Value};
use minijinja::{Environment, Value as Jinja};
use std::collections::{HashMap, HashSet};

/// Name under which a compiled expression leaves its value.
const RESULT: &str = "result";

/// Compiled expressions and templates of one protocol.
///
/// An expression is kept as a template that sets one variable: so all of them live in one environment and none is
/// parsed twice.
pub(crate) struct Expressions {
    environment: Environment<'static>,
    count: usize,
    /// Every word in them: a name that is none of these is not looked up.
    names: HashSet<String>,
    /// Named expressions that only name columns, by the handle of all.
    plain: HashMap<usize, Vec<Plain>>,
}

impl Expressions {
    pub fn new() -> Expressions {
        Expressions { environment: environment(), count: 0, names: HashSet::new(), plain: HashMap::new() }
    }

    /// Adds the source of a template; the number is its handle.
    fn put(&mut self, source: String) -> Result<usize, String> {
        let handle = self.count;
        self.count += 1;
        let name = handle.to_string();
        let words = source.split(|sign: char| !(sign.is_alphanumeric() || sign == '_'));
        self.names.extend(words.map(str::to_owned));
        self.environment.add_template_owned(name, source).map_err(|error| message(&error))?;
        Ok(handle)
    }

    /// Whether any of them may look this name up: what none asks for need not be in a context.
    pub fn looks_up(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether an expression that was compiled asks for nothing but this name.
    pub fn asks_only(&self, handle: usize, name: &str) -> bool {
        let template = self.environment.get_template(&handle.to_string());
        template.is_ok_and(|template| template.undeclared_variables(false).iter().all(|asked| asked == name))
    }

    /// Compiles an expression; the number is its handle.
    pub fn add(&mut self, expression: &str) -> Result<usize, String> {
        if expression.contains("%}") {
            return Err(format!("the expression `{expression}` holds `%}}`"));
        }
        self.put(format!("{{% set {RESULT} = ({expression}) %}}"))
            .map_err(|message| format!("the expression `{expression}` is not valid: {message}"))
    }

    /// Compiles named expressions, each of which sees those before it; the number is the handle of all.
    pub fn add_fields<'a>(
        &mut self,
        fields: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Result<usize, String> {
        let mut source = String::new();
        let mut plain = Some(Vec::new());
        for (field, expression) in fields {
            // A field of this name would hide the row from those behind it.
            let named = Plain::parse(expression).filter(|_| field != "row");
            plain = plain.zip(named).map(|(before, named)| before.into_iter().chain([named]).collect());
            // Compiled alone first, so that an error names the field.
            self.add(expression).map_err(|message| format!("field `{field}`: {message}"))?;
            source.push_str(&format!("{{% set {field} = ({expression}) %}}"));
        }
        let handle = self.put(source).map_err(|message| format!("the fields are not valid: {message}"))?;
        self.plain.extend(plain.map(|plain| (handle, plain)));
        Ok(handle)
    }

    /// The values of named expressions that only name columns of this row; nothing where one computes or a column is missing.
    pub fn columns(&self, handle: usize, row: &Row) -> Option<Vec<Value>> {
        self.plain.get(&handle)?.iter().map(|plain| plain.read(row)).collect()
    }

    /// The values of named expressions.
    pub fn eval_fields<'a>(
        &self,
        handle: usize,
        names: impl IntoIterator<Item = &'a String>,
        context: &Jinja,
    ) -> Result<Vec<Jinja>, String> {
        let template = self.environment.get_template(&handle.to_string()).map_err(|error| message(&error))?;
        let captured = template.render_captured(context.clone()).map_err(|error| message(&error))?;
        names
            .into_iter()
            .map(|name| match captured.state().lookup(name) {
                // A name that is only passed on is not noticed by the template engine.
                Some(value) if !value.is_undefined() => Ok(value),
                _ => Err(format!("the field `{name}` has no value")),
            })
            .collect()
    }

    /// Compiles a template; the number is its handle.
    pub fn add_template(&mut self, text: &str) -> Result<usize, String> {
        self.put(text.to_owned())
    }

    /// The value of an expression.
    pub fn eval(&self, handle: usize, context: &Jinja) -> Result<Jinja, String> {
        let template = self.environment.get_template(&handle.to_string()).map_err(|error| message(&error))?;
        let captured = template.render_captured(context.clone()).map_err(|error| message(&error))?;
        let value = captured.state().lookup(RESULT).unwrap_or_default();
        Ok(value)
    }

    /// The text of a template.
    pub fn render(&self, handle: usize, context: &Jinja) -> Result<String, String> {
        let template = self.environment.get_template(&handle.to_string()).map_err(|error| message(&error))?;
        template.render(context.clone()).map_err(|error| message(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_give_values_and_templates_text() {
        let mut all = Expressions::new();
        let sum = all.add("a + 1").unwrap();
        let list = all.add("[a, 'x']").unwrap();
        let text = all.add_template("{{ a }}!").unwrap();
        let context = Jinja::from_pairs([("a", 2)]);
        assert_eq!(all.eval(sum, &context).unwrap().as_i64(), Some(3));
        assert_eq!(all.eval(list, &context).unwrap().try_iter().unwrap().count(), 2);
        assert_eq!(all.render(text, &context).unwrap(), "2!");
        assert!(all.looks_up("a") && !all.looks_up("b"));
        let mixed = all.add("a and b.c").unwrap();
        assert!(all.asks_only(sum, "a") && !all.asks_only(mixed, "a") && !all.asks_only(sum, "b"));
        assert!(all.add("a +").is_err());
        assert!(all.eval(sum, &Jinja::from_pairs([("b", 2)])).is_err());
    }
}
