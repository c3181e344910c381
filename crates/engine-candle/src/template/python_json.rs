//! JSON as Python's `json.dumps` lays it out.

use super::arguments::{Arguments, Given, wrong};
use super::cost::pay_written;
use super::methods::is_dict;
use super::text::{DEEPEST, float};
use minijinja::value::{Value, ValueKind};
use minijinja::{Error, State};
use std::fmt::Write;

/// Spaces of an indent at most.
const WIDEST: usize = 1_000;

/// The filter `tojson`, as `transformers` sets it up: no HTML escapes, and no ASCII escapes unless asked for.
pub(super) fn to_json(state: &State<'_, '_>, value: &Value, given: Given) -> Result<String, Error> {
    let options = Arguments::of(given).named(&["ensure_ascii", "indent", "separators", "sort_keys"]);
    let indent = options.get::<Option<Value>>("indent")?.filter(|indent| !indent.is_none());
    let indent = indent.as_ref().map(indent_of).transpose()?;
    let ascii = options.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false);
    let sorted = options.get::<Option<bool>>("sort_keys")?.unwrap_or(false);
    let separators: Option<Vec<String>> = options.get("separators")?;
    options.assert_all_used()?;
    // With an indent, Python leaves the space behind commas away.
    let usual = [if indent.is_some() { "," } else { ", " }.to_owned(), ": ".to_owned()];
    let separators = separators.and_then(|pair| <[String; 2]>::try_from(pair).ok());
    let [item, key] = separators.unwrap_or(usual);
    let mut json = Json { state, out: String::new(), indent, item, key, ascii, sorted };
    json.write(value, 0)?;
    Ok(json.out)
}

fn indent_of(indent: &Value) -> Result<String, Error> {
    let indent = match (indent.as_str(), indent.as_i64()) {
        (Some(text), _) => text.to_owned(),
        (_, Some(spaces)) if spaces > WIDEST as i64 => String::from_iter([' '; WIDEST + 1]),
        (_, spaces) => " ".repeat(spaces.and_then(|spaces| usize::try_from(spaces).ok()).unwrap_or(0)),
    };
    match indent.len() <= WIDEST {
        true => Ok(indent),
        false => Err(wrong(format!("`tojson` indents by {WIDEST} at most"))),
    }
}

/// JSON as it is written.
struct Json<'a> {
    state: &'a State<'a, 'a>,
    out: String,
    indent: Option<String>,
    /// What stands between items, and between a key and its value.
    item: String,
    key: String,
    ascii: bool,
    sorted: bool,
}

impl Json<'_> {
    fn write(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > DEEPEST {
            return Err(wrong("a value is nested too deeply for `tojson`"));
        }
        pay_written(self.state, value.as_str().map_or(0, str::len))?;
        match value.kind() {
            ValueKind::String => self.quote(value.as_str().unwrap_or_default()),
            ValueKind::Seq | ValueKind::Iterable => self.list(value, depth)?,
            ValueKind::Map if is_dict(value) => self.dict(value, depth)?,
            _ => {
                let simple = simple(value);
                self.out += &simple.ok_or_else(|| wrong(format!("`tojson` has no {}", value.kind())))?;
            }
        }
        Ok(())
    }

    fn list(&mut self, list: &Value, depth: usize) -> Result<(), Error> {
        self.out.push('[');
        for (at, value) in list.try_iter()?.enumerate() {
            self.begin(at, depth + 1)?;
            self.write(&value, depth + 1)?;
        }
        self.end(depth, "[", "]")
    }

    fn dict(&mut self, dict: &Value, depth: usize) -> Result<(), Error> {
        let mut keys: Vec<Value> = dict.try_iter()?.collect();
        if self.sorted {
            keys.sort();
        }
        self.out.push('{');
        for (at, key) in keys.iter().enumerate() {
            self.begin(at, depth + 1)?;
            let name = key.as_str().map(str::to_owned).or_else(|| simple(key));
            let name =
                name.ok_or_else(|| wrong(format!("`tojson` has no keys that are a {}", key.kind())))?;
            pay_written(self.state, name.len())?;
            self.quote(&name);
            self.out += &self.key;
            self.write(&dict.get_item(key)?, depth + 1)?;
        }
        self.end(depth, "{", "}")
    }

    /// What stands before an item.
    fn begin(&mut self, at: usize, depth: usize) -> Result<(), Error> {
        if at > 0 {
            self.out += &self.item;
        }
        self.new_line(depth)
    }

    fn end(&mut self, depth: usize, open: &str, close: &str) -> Result<(), Error> {
        if !self.out.ends_with(open) {
            self.new_line(depth)?;
        }
        self.out += close;
        Ok(())
    }

    fn new_line(&mut self, depth: usize) -> Result<(), Error> {
        let Some(indent) = &self.indent else { return Ok(()) };
        pay_written(self.state, indent.len() * depth)?;
        self.out.push('\n');
        self.out += &indent.repeat(depth);
        Ok(())
    }

    fn quote(&mut self, text: &str) {
        self.out.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.out += "\\\"",
                '\\' => self.out += "\\\\",
                '\x08' => self.out += "\\b",
                '\x0c' => self.out += "\\f",
                '\n' => self.out += "\\n",
                '\r' => self.out += "\\r",
                '\t' => self.out += "\\t",
                ' '..='~' => self.out.push(letter),
                _ if self.ascii || letter < ' ' => escape(&mut self.out, letter),
                _ => self.out.push(letter),
            }
        }
        self.out.push('"');
    }
}

fn escape(out: &mut String, letter: char) {
    for unit in letter.encode_utf16(&mut [0; 2]) {
        // Writing into a text cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}

/// What is no list, dict or text; as a key of a dict it is written alike.
fn simple(value: &Value) -> Option<String> {
    match value.kind() {
        ValueKind::None => Some("null".to_owned()),
        ValueKind::Bool => Some(if value.is_true() { "true" } else { "false" }.to_owned()),
        ValueKind::Number if value.is_integer() => Some(value.to_string()),
        ValueKind::Number => f64::try_from(value.clone()).ok().map(|number| match number {
            _ if number.is_nan() => "NaN".to_owned(),
            _ if number.is_infinite() => if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
            _ => float(number),
        }),
        _ => None,
    }
}
