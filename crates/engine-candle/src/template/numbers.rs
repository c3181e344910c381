//! Filters that make numbers, or texts of numbers.

use super::arguments::{Arguments, Given, wrong};
use super::text_methods::stripped;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error};

pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("filesizeformat", file_size);
    environment.add_filter("float", |value: &Value, given: Given| {
        let usual = Arguments::of(given).get(0, "default").unwrap_or_else(|| Value::from(0.0));
        undefined_is_wrong(value)?;
        Ok::<_, Error>(number(value).map_or(usual, Value::from))
    });
    environment.add_filter("abs", |value: Value| minijinja::filters::abs(counted(value)));
    environment.add_filter("int", to_whole);
    environment.add_filter("round", rounded);
}

fn undefined_is_wrong(value: &Value) -> Result<(), Error> {
    if value.is_undefined() { Err(wrong("a number is made of an undefined value")) } else { Ok(()) }
}

/// The value, where truth counts as one.
fn counted(value: Value) -> Value {
    if value.kind() == ValueKind::Bool { Value::from(i64::from(value.is_true())) } else { value }
}

/// What Python's `float` makes of the value.
fn number(value: &Value) -> Option<f64> {
    match value.kind() {
        ValueKind::String => parsed(value.as_str().unwrap_or_default()),
        ValueKind::Bool => Some(f64::from(u8::from(value.is_true()))),
        ValueKind::Number => f64::try_from(value.clone()).ok(),
        _ => None,
    }
}

fn parsed(text: &str) -> Option<f64> {
    digits(stripped(text, "strip", None))?.parse().ok()
}

/// The digits without what stands between two of them.
fn digits(text: &str) -> Option<String> {
    let is_between = |at: usize| {
        let is_digit = |letter: Option<&u8>| letter.is_some_and(u8::is_ascii_alphanumeric);
        at > 0 && is_digit(text.as_bytes().get(at - 1)) && is_digit(text.as_bytes().get(at + 1))
    };
    let are_right = text.match_indices('_').all(|(at, _)| is_between(at));
    are_right.then(|| text.replace('_', ""))
}

fn to_whole(value: &Value, given: Given) -> Result<Value, Error> {
    let arguments = Arguments::of(given);
    let usual = arguments.get(0, "default").unwrap_or_else(|| Value::from(0));
    let base = arguments.integer(1, "base")?.unwrap_or(10);
    undefined_is_wrong(value)?;
    if let Some(whole) = value.as_str().and_then(|text| whole(text, base)) {
        return Ok(Value::from(whole));
    }
    if value.is_integer() {
        return Ok(value.clone());
    }
    let number = number(value).filter(|number| number.is_finite());
    #[expect(clippy::cast_possible_truncation, reason = "what lies beyond 128 bits is refused before")]
    match number.map(f64::trunc) {
        Some(number) if number.abs() >= 1e38 => {
            Err(wrong(format!("`int` makes no number as large as {number:e}")))
        }
        Some(number) => Ok(Value::from(number as i128)),
        None => Ok(usual),
    }
}

/// What Python's `int` makes of a text.
fn whole(text: &str, base: i64) -> Option<i128> {
    let text = stripped(text, "strip", None);
    let (sign, size) = match text.strip_prefix('-') {
        Some(size) => ("-", size),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let size = digits(size)?.to_ascii_lowercase();
    let prefixed = |prefix: &str, own: i64| {
        (base == own || base == 0).then(|| size.strip_prefix(prefix)).flatten().map(|size| (size, own))
    };
    let (size, base) = prefixed("0x", 16)
        .or_else(|| prefixed("0o", 8))
        .or_else(|| prefixed("0b", 2))
        .unwrap_or((&size, if base == 0 { 10 } else { base }));
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base))?;
    if size.starts_with(['-', '+']) {
        return None;
    }
    i128::from_str_radix(&format!("{sign}{size}"), base).ok()
}

fn rounded(value: Value, given: Given) -> Result<Value, Error> {
    let arguments = Arguments::of(given);
    let method = arguments.text(1, "method")?.unwrap_or_else(|| "common".to_owned());
    // Rounded up or down, whole numbers become floats.
    let value = match &*method {
        "common" => counted(value),
        _ => number(&value).map_or(value, Value::from),
    };
    let precision =
        arguments.integer(0, "precision")?.map(|precision| i32::try_from(precision).unwrap_or(i32::MAX));
    minijinja::filters::round(
        value,
        precision,
        Some(&method),
        std::iter::empty::<(String, Value)>().collect(),
    )
}

fn file_size(value: &Value, given: Given) -> Result<String, Error> {
    let is_binary = Arguments::of(given).is_true(0, "binary");
    let number = number(value)
        .ok_or_else(|| wrong(format!("`filesizeformat` wants a number, not {}", value.kind())))?;
    let (base, mark) = if is_binary { (1024.0, "iB") } else { (1000.0, "B") };
    if number == 1.0 {
        return Ok("1 Byte".to_owned());
    }
    if number < base {
        return Ok(format!("{:.0} Bytes", number.trunc() + 0.0));
    }
    let mut unit = base;
    let mut prefix = "";
    for next in [if is_binary { "K" } else { "k" }, "M", "G", "T", "P", "E", "Z", "Y"] {
        (unit, prefix) = (unit * base, next);
        if number < unit {
            break;
        }
    }
    Ok(format!("{:.1} {prefix}{mark}", base * number / unit))
}
