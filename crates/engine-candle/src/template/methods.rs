//! The methods of Python's texts, lists, tuples and dicts.
//!
//! Not there: `maketrans`, `translate` and `fromkeys`, and methods of numbers and bytes other than `decode`. What changes
//! a value is out of reach, as it is in the sandbox that `transformers` renders in.

use super::arguments::{Arguments, wrong};
use super::cost::{equal, pay};
use super::group::is_tuple;
use super::range::is_range;
use super::text_methods;
use minijinja::value::{Enumerator, Object, ObjectRepr, Tuple, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};
use std::fmt;
use std::sync::Arc;

#[rustfmt::skip]
const OF_TEXTS: &[&str] = &[
    "capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find", "format", "format_map",
    "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric",
    "isprintable", "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip", "maketrans", "partition",
    "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split",
    "splitlines", "startswith", "strip", "swapcase", "title", "translate", "upper", "zfill",
];
#[rustfmt::skip]
const OF_DICTS: &[&str] = &[
    "clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values",
];
#[rustfmt::skip]
const OF_LISTS: &[&str] = &[
    "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort",
];
const OF_TUPLES: &[&str] = &["count", "index"];
const OF_BYTES: &[&str] = &["decode"];
/// What the sandbox keeps templates from.
#[rustfmt::skip]
const CHANGING: &[&str] = &[
    "append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "sort", "update",
];

/// Whether some type has a method of this name.
pub(super) fn is_method(name: &str) -> bool {
    [OF_TEXTS, OF_DICTS, OF_LISTS, OF_BYTES].iter().any(|names| names.contains(&name))
}

/// Whether the type of this value has it.
pub(super) fn has(value: &Value, name: &str) -> bool {
    of(value).contains(&name)
}

/// Whether the method changes the value that it belongs to.
pub(super) fn changes(value: &Value, name: &str) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Map) && CHANGING.contains(&name)
}

fn of(value: &Value) -> &'static [&'static str] {
    match value.kind() {
        ValueKind::String => OF_TEXTS,
        ValueKind::Map if is_dict(value) => OF_DICTS,
        ValueKind::Seq if is_tuple(value) || is_range(value) => OF_TUPLES,
        ValueKind::Seq => OF_LISTS,
        ValueKind::Bytes => OF_BYTES,
        _ => &[],
    }
}

/// A namespace is a map for minijinja and has nothing but its fields in Jinja2.
pub(super) fn is_dict(value: &Value) -> bool {
    let is_namespace =
        |value: &Value| value.as_object().is_some_and(|object| object.type_name().ends_with("::Namespace"));
    value.kind() == ValueKind::Map && !is_namespace(value)
}

/// What the method gives.
pub(super) fn call(
    state: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    given: &[Value],
) -> Result<Value, Error> {
    if !has(value, name) {
        return Err(Error::from(ErrorKind::UnknownMethod));
    }
    if changes(value, name) {
        return Err(wrong(format!("`{name}` would change a value, which a template must not")));
    }
    state.consume_fuel(1 + value.len().unwrap_or(0) as u64 / 16)?;
    let arguments = Arguments::new(given);
    match value.kind() {
        ValueKind::String => text_methods::call(state, value.as_str().unwrap_or_default(), name, &arguments),
        ValueKind::Map => of_dict(state, value, name, &arguments),
        ValueKind::Bytes => {
            let text = std::str::from_utf8(value.as_bytes().unwrap_or_default());
            text.map(Value::from).map_err(|_| wrong("the bytes are no UTF-8"))
        }
        _ => of_list(state, value, name, &arguments),
    }
}

fn of_dict(state: &State<'_, '_>, dict: &Value, name: &str, arguments: &Arguments) -> Result<Value, Error> {
    let keys = || {
        let keys: Vec<Value> = dict.try_iter()?.collect();
        pay(state, &Value::from(keys.clone()), 1)?;
        Ok::<_, Error>(keys)
    };
    match name {
        "get" => {
            let key = arguments.need(0, "key")?;
            pay(state, &key, 1)?;
            let found = dict.as_object().and_then(|object| object.get_value(&key));
            Ok(found.or_else(|| arguments.get(1, "default")).unwrap_or_else(|| Value::from(())))
        }
        "copy" => Ok(dict.clone()),
        "keys" => Ok(View::of("dict_keys", keys()?)),
        "values" => {
            let values = keys()?.iter().map(|key| dict.get_item(key)).collect::<Result<_, _>>()?;
            Ok(View::of("dict_values", values))
        }
        "items" => {
            let pair = |key: Value| Ok(Value::from(Tuple::from([key.clone(), dict.get_item(&key)?])));
            Ok(View::of("dict_items", keys()?.into_iter().map(pair).collect::<Result<_, Error>>()?))
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn of_list(state: &State<'_, '_>, list: &Value, name: &str, arguments: &Arguments) -> Result<Value, Error> {
    let values: Vec<Value> = list.try_iter()?.collect();
    match name {
        "copy" => Ok(list.clone()),
        "count" => {
            let wanted = arguments.need(0, "value")?;
            let mut count = 0;
            for value in &values {
                count += usize::from(equal(state, value, &wanted)?);
            }
            Ok(Value::from(count))
        }
        "index" => {
            let wanted = arguments.need(0, "value")?;
            let edge = |edge: Option<i64>, usual| edge.map_or(usual, |edge| place(edge, values.len()));
            let start = edge(arguments.integer(1, "start")?, 0);
            let end = edge(arguments.integer(2, "end")?, values.len());
            for (at, value) in values.iter().enumerate().take(end).skip(start) {
                if equal(state, value, &wanted)? {
                    return Ok(Value::from(at));
                }
            }
            Err(wrong("`index` finds no such value in the list"))
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

/// The place that an index means; from the end where it is negative.
pub(super) fn place(index: i64, length: usize) -> usize {
    let size = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    if index < 0 { length.saturating_sub(size) } else { size.min(length) }
}

/// The keys, values or items of a dict, which print as such.
#[derive(Debug)]
pub(super) struct View {
    pub(super) name: &'static str,
    pub(super) values: Vec<Value>,
}

impl View {
    fn of(name: &'static str, values: Vec<Value>) -> Value {
        Value::from_object(View { name, values })
    }
}

impl Object for View {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.values.clone())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.values.len())
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = Value::from(self.values.clone());
        write!(formatter, "{}({list})", self.name)
    }
}
