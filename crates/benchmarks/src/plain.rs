//! Expressions that only name columns, `row.question` or `[row.A, row.B]`: they are read from the row itself, without the
//! template engine.

use crate::template::{from_jinja, to_jinja};
use evalscope_core::{Row, Value};

/// An expression that names a column, or a list of such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Plain {
    Column(String),
    List(Vec<String>),
}

impl Plain {
    /// The expression as one of these; nothing where it computes.
    pub fn parse(expression: &str) -> Option<Plain> {
        let expression = expression.trim();
        match expression.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            None => column(expression).map(Plain::Column),
            Some(inside) => {
                inside.split(',').map(|item| column(item.trim())).collect::<Option<_>>().map(Plain::List)
            }
        }
    }

    /// Its value in a row; nothing where a column is missing.
    pub fn read(&self, row: &Row) -> Option<Value> {
        match self {
            Plain::Column(name) => row.get(name).map(through_templates),
            Plain::List(names) => names
                .iter()
                .map(|name| row.get(name).map(through_templates))
                .collect::<Option<_>>()
                .map(Value::List),
        }
    }
}

/// The name in `row.name`.
fn column(expression: &str) -> Option<String> {
    let name = expression.strip_prefix("row.")?;
    let is_name = !name.starts_with(|sign: char| sign.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_');
    is_name.then(|| name.to_owned())
}

/// The value as it comes back from the template engine, which knows fewer kinds of values.
fn through_templates(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
        Value::List(items) => Value::List(items.iter().map(through_templates).collect()),
        other => from_jinja(&to_jinja(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expressions::Expressions;
    use indexmap::IndexMap;
    use minijinja::Value as Jinja;
    use proptest::prelude::*;

    #[test]
    fn only_what_names_columns_is_plain() {
        assert_eq!(Plain::parse(" row.a_1 "), Some(Plain::Column("a_1".into())));
        assert_eq!(Plain::parse("[row.a, row.b]"), Some(Plain::List(vec!["a".into(), "b".into()])));
        let computed = [
            "row",
            "row.",
            "row.a.b",
            "row.a + 1",
            "row['a']",
            "row.1",
            "rows.a",
            "[]",
            "[row.a, 'x']",
            "[[row.a]]",
            "row.é",
            "row.a()",
        ];
        for expression in computed {
            assert_eq!(Plain::parse(expression), None, "{expression}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<f64>().prop_filter("finite", |float| float.is_finite()).prop_map(Value::Float),
            ".*".prop_map(Value::String),
            "[1-9][0-9]{25}".prop_map(|text| Value::Number(text.into())),
            any::<Vec<u8>>().prop_map(Value::Bytes),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
                prop::collection::vec(("[a-z]{1,3}", inner), 0..3)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_template_engine_would_say_the_same(one in value(), other in value()) {
            let row: Row = [("one".to_owned(), one), ("other".to_owned(), other)].into_iter().collect();
            let fields: IndexMap<String, String> = ["row.one", "[row.other, row.one]"]
                .into_iter().enumerate().map(|(at, text)| (format!("f{at}"), text.to_owned())).collect();
            let mut expressions = Expressions::new();
            let handle = expressions.add_fields(&fields).unwrap();
            let context = Jinja::from_pairs([("row", crate::template::row_to_jinja(&row))]);
            let engine = expressions.eval_fields(handle, fields.keys(), &context).unwrap();
            let engine: Vec<Value> = engine.iter().map(from_jinja).collect();
            prop_assert_eq!(expressions.columns(handle, &row), Some(engine));
        }
    }
}
