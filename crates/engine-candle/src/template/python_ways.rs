//! What templates expect of Python and of Jinja2 that minijinja and its companion do not have.
//!
//! Not there: `current` of a `cycler` is the value that was given last, and in Jinja2 the next one.

use super::python_json::float;
use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State};

/// Width of a text that a template pads at most.
const WIDEST: usize = 10_000;

/// Adds what is missing.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.set_unknown_method_callback(method);
    environment.set_formatter(write);
    environment.add_test("iterable", is_iterable);
    environment.add_test("callable", |value: &Value| matches!(value.kind(), ValueKind::Plain));
    environment.add_filter("wordcount", |text: &str| text.split_whitespace().count());
    environment.add_function("joiner", minijinja_contrib::globals::joiner);
    environment
        .add_function("cycler", |items: Rest<Value>| minijinja_contrib::globals::cycler(items.to_vec()));
}

/// `none` is not, and what is undefined is.
fn is_iterable(value: &Value) -> bool {
    !value.is_none() && value.try_iter().is_ok()
}

/// Writes numbers as Python does.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let is_float = value.is_number() && !value.is_integer();
    if is_float && let Ok(number) = f64::try_from(value.clone()) {
        return out.write_str(&float(number)).map_err(Error::from);
    }
    minijinja::escape_formatter(out, state, value)
}

/// A method of Python's texts and lists.
fn method(state: &mut State<'_, '_>, value: &Value, name: &str, arguments: &[Value]) -> Result<Value, Error> {
    let ours = match value.as_str() {
        Some(text) => of_text(text, name, arguments)?,
        None if value.kind() == ValueKind::Seq && name == "index" => Some(index_in(value, arguments)?),
        None => None,
    };
    match ours {
        Some(result) => Ok(result),
        None => minijinja_contrib::pycompat::unknown_method_callback(state, value, name, arguments),
    }
}

fn index_in(list: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let wanted = arguments.first().ok_or_else(|| Error::from(ErrorKind::MissingArgument))?;
    let place = list.try_iter()?.position(|value| value == *wanted);
    place.map(Value::from).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "it is not in the list"))
}

/// What the method gives; `None` when it is none of ours.
fn of_text(text: &str, name: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    let word = |place: usize| arguments.get(place).and_then(Value::as_str);
    let first = || word(0).ok_or_else(|| Error::from(ErrorKind::MissingArgument));
    Ok(Some(match name {
        "rsplit" => Value::from(split_from_right(text, word(0), arguments.get(1))),
        "partition" => {
            let mark = first()?;
            let (before, mark, after) = match text.split_once(mark) {
                Some((before, after)) => (before, mark, after),
                None => (text, "", ""),
            };
            Value::from([before, mark, after].map(Value::from).to_vec())
        }
        "rpartition" => {
            let mark = first()?;
            let (before, mark, after) = match text.rsplit_once(mark) {
                Some((before, after)) => (before, mark, after),
                None => ("", "", text),
            };
            Value::from([before, mark, after].map(Value::from).to_vec())
        }
        "index" => match text.find(first()?) {
            Some(at) => Value::from(text[..at].chars().count()),
            None => return Err(Error::new(ErrorKind::InvalidOperation, "it is not in the text")),
        },
        "removeprefix" => Value::from(text.strip_prefix(first()?).unwrap_or(text)),
        "removesuffix" => Value::from(text.strip_suffix(first()?).unwrap_or(text)),
        "swapcase" => Value::from(text.chars().map(swapped).collect::<String>()),
        "zfill" => Value::from(filled(text, arguments)),
        "center" | "ljust" | "rjust" => Value::from(padded(text, name, arguments)?),
        _ => return Ok(None),
    }))
}

/// Pieces between the marks, or between spaces; at most so many cuts, from the right.
fn split_from_right(text: &str, mark: Option<&str>, cuts: Option<&Value>) -> Vec<String> {
    let cuts = cuts.and_then(Value::as_usize).unwrap_or(usize::MAX);
    let mut pieces: Vec<&str> = match mark {
        Some(mark) => text.rsplitn(cuts.saturating_add(1), mark).collect(),
        None => {
            let mut pieces = Vec::new();
            let mut rest = text.trim();
            while pieces.len() < cuts
                && let Some(at) = rest.rfind(char::is_whitespace)
            {
                let (before, after) = rest.split_at(at);
                pieces.push(after.trim_start());
                rest = before.trim_end();
            }
            pieces.extend((!rest.is_empty()).then_some(rest));
            pieces
        }
    };
    pieces.reverse();
    pieces.into_iter().map(str::to_owned).collect()
}

fn swapped(letter: char) -> char {
    match letter.is_lowercase() {
        true => letter.to_uppercase().next().unwrap_or(letter),
        false => letter.to_lowercase().next().unwrap_or(letter),
    }
}

fn width(arguments: &[Value]) -> usize {
    arguments.first().and_then(Value::as_usize).unwrap_or(0).min(WIDEST)
}

/// Zeros before the digits, behind a sign.
fn filled(text: &str, arguments: &[Value]) -> String {
    let missing = width(arguments).saturating_sub(text.chars().count());
    let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
    format!("{sign}{}{digits}", "0".repeat(missing))
}

/// The text in so many letters, with one letter before and behind it as often as it takes.
fn padded(text: &str, name: &str, arguments: &[Value]) -> Result<String, Error> {
    let wanted = width(arguments);
    let missing = wanted.saturating_sub(text.chars().count());
    let fill = match arguments.get(1) {
        None => " ",
        Some(fill) => fill.as_str().filter(|fill| fill.chars().count() == 1).ok_or_else(|| {
            let message = format!("the fill of `{name}` must be exactly one character");
            Error::new(ErrorKind::InvalidOperation, message)
        })?,
    };
    let before = match name {
        "rjust" => missing,
        // CPython puts the odd one before the text when the width is odd too.
        "center" => missing / 2 + (missing & wanted & 1),
        _ => 0,
    };
    Ok(format!("{}{text}{}", fill.repeat(before), fill.repeat(missing - before)))
}
