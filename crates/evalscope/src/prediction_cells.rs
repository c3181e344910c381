//! What stands in the cells of a file of predictions: columns that lead into records and lists, and the replies of a cell.

use evalscope_core::{Row, Value};

/// The column `name`; else, for `a.b`, what is at `b` in the column `a`.
pub(crate) fn field<'a>(row: &'a Row, name: &str) -> Option<&'a Value> {
    row.get(name).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        inside(row.get(outer)?, inner)
    })
}

/// What is at `path` in a record or, by number from 0, in a list.
fn inside<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let Some(list) = value.as_list() else { return field(value.as_object()?, path) };
    let (number, rest) = path.split_once('.').map_or((path, None), |(number, rest)| (number, Some(rest)));
    let item = list.get(number.parse::<usize>().ok()?)?;
    rest.map_or(Some(item), |rest| inside(item, rest))
}

/// A cell as text. A list of one is that one: lm-eval writes each reply as `[["…"]]`.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::List(items) if items.len() == 1 => text(&items[0]),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

/// The replies in a cell, which stands in `column`: a text, or a list of them, which are a sample's repeats, or none; with the
/// column of that list or text. Else what it holds instead, and what to name in its place.
pub(crate) fn replies(value: &Value, column: &str) -> Result<(Vec<String>, String), (String, String)> {
    match value {
        Value::Null => Ok((Vec::new(), column.to_owned())),
        Value::List(items) if items.len() == 1 => replies(&items[0], &format!("{column}.0")),
        Value::List(items) if items.iter().all(is_text) => {
            Ok((items.iter().map(text).collect(), column.to_owned()))
        }
        Value::List(items) => {
            let what = format!("`{column}` holds a list of {}, which are not all texts", items.len());
            Err((what, format!("name one of them with `--prediction-column {column}.0`")))
        }
        Value::Object(fields) => {
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            let what = format!("`{column}` holds a record, not a text; its fields: {}", names.join(", "));
            let first = names.first().unwrap_or(&"FIELD");
            Err((
                what,
                format!("name the field of the reply, such as `--prediction-column {column}.{first}`"),
            ))
        }
        one => Ok((vec![text(one)], column.to_owned())),
    }
}

/// Whether it is a text, or a number, which a table's reader may have made of one.
fn is_text(value: &Value) -> bool {
    !value.is_null() && value.as_list().is_none() && value.as_object().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::json;

    fn row(text: &str) -> Row {
        json::parse(text).unwrap().as_object().unwrap().clone()
    }

    #[test]
    fn columns_lead_into_records_and_lists() {
        let row = row("{\"a.b\": 1, \"a\": {\"b\": 2, \"c.d\": 3, \"l\": [{\"x\": \"y\"}, 5]}}");
        let found = |name: &str| field(&row, name).map(text);
        assert_eq!(found("a.b").as_deref(), Some("1"));
        assert_eq!(found("a.c.d").as_deref(), Some("3"));
        assert_eq!(found("a.l.0.x").as_deref(), Some("y"));
        assert_eq!(found("a.l.1").as_deref(), Some("5"));
        for name in ["a.l.2", "a.l.x", "a.l.0.z", "b", "a.b.c"] {
            assert_eq!(found(name), None, "{name}");
        }
    }

    #[test]
    fn a_list_of_one_is_that_one() {
        let row = row("{\"one\": [[\"reply\"]], \"two\": [\"a\", \"b\"]}");
        assert_eq!((text(&row["one"]), text(&row["two"])), ("reply".into(), "[\"a\",\"b\"]".into()));
    }

    #[test]
    fn a_cell_holds_texts_or_says_what_it_holds() {
        let row = row(
            "{\"r\": [[\"a\", \"b\"]], \"n\": 18, \"o\": {\"role\": \"x\", \"content\": \"y\"}, \"d\": [[\"a\"], [\"b\"]], \"e\": [], \"f\": [[null]], \"g\": null}",
        );
        let of = |name: &str| replies(&row[name], name);
        assert_eq!(of("r"), Ok((vec!["a".into(), "b".into()], "r.0".into())));
        assert_eq!(of("n"), Ok((vec!["18".into()], "n".into())));
        let (what, hint) = of("o").unwrap_err();
        assert!(what.contains("role, content") && hint.contains("o.role"), "{what} {hint}");
        assert!(of("d").unwrap_err().1.contains("d.0"));
        for (name, inside) in [("e", "e"), ("f", "f.0.0"), ("g", "g")] {
            assert_eq!(of(name), Ok((Vec::new(), inside.into())), "{name}");
        }
    }
}
