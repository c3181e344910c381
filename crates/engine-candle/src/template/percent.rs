//! `'%s of %d' % (a, b)`, as Python fills it in.

use super::arguments::wrong;
use super::text::{repr, text};
use minijinja::formatting::{FormatStyle, format};
use minijinja::value::{Value, ValueKind};
use minijinja::{Error, State};

/// Letters that a field is filled up to at most.
pub(super) const WIDEST: usize = 10_000;

/// The letters that a text is filled up to.
pub(super) fn width(number: i64, name: &str) -> Result<usize, Error> {
    match usize::try_from(number).unwrap_or(0) {
        width if width <= WIDEST => Ok(width),
        width => Err(wrong(format!("`{name}` takes widths up to {WIDEST}, not {width}"))),
    }
}

/// The text with a value, a tuple of values or the values of a dict in its fields.
pub(super) fn fill_in(state: &State<'_, '_>, template: &str, values: &Value) -> Result<String, Error> {
    let placed: Vec<Value> = match values.is_tuple() {
        true => values.try_iter()?.collect(),
        false => vec![values.clone()],
    };
    let mut values = Values { state, all: values.clone(), placed, next: 0, is_named: false };
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let before = out.len();
        rest = field(&mut out, &rest[at + 1..], &mut values)?;
        state.consume_fuel(1 + (out.len() - before) as u64 / 64)?;
    }
    out.push_str(rest);
    let is_left = values.next < values.placed.len() && !values.is_named;
    // What has items could be asked for names, and may have some left.
    let has_items = matches!(
        values.all.kind(),
        ValueKind::Map | ValueKind::Seq | ValueKind::Iterable | ValueKind::Undefined | ValueKind::Bytes
    );
    match is_left && (values.all.is_tuple() || !has_items) {
        true => Err(wrong("`%` is given more values than the text has fields")),
        false => Ok(out),
    }
}

struct Values<'a> {
    state: &'a State<'a, 'a>,
    all: Value,
    placed: Vec<Value>,
    next: usize,
    is_named: bool,
}

impl Values<'_> {
    fn next(&mut self) -> Result<Value, Error> {
        let value = self.placed.get(self.next).cloned();
        self.next += 1;
        value.ok_or_else(|| wrong("`%` is given fewer values than the text has fields"))
    }

    fn named(&mut self, name: &str) -> Result<Value, Error> {
        self.is_named = true;
        let value = self.all.get_item(&Value::from(name))?;
        if value.is_undefined() {
            Err(wrong(format!("`%` is given no value of the name `{name}`")))
        } else {
            Ok(value)
        }
    }

    /// A number that the text gives, or a star for one of the values.
    fn number<'t>(&mut self, text: &'t str) -> Result<(Option<i64>, &'t str), Error> {
        if let Some(rest) = text.strip_prefix('*') {
            let number = self.next()?.as_i64().ok_or_else(|| wrong("`*` wants a whole number"))?;
            return Ok((Some(number), rest));
        }
        let end = text.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(text.len());
        let number = (end > 0).then(|| text[..end].parse().unwrap_or(i64::MAX));
        Ok((number, &text[end..]))
    }
}

/// Writes the field that follows a `%`, and gives what follows it.
fn field<'t>(out: &mut String, behind: &'t str, values: &mut Values<'_>) -> Result<&'t str, Error> {
    let (name, rest) = match behind.strip_prefix('(').and_then(|named| named.split_once(')')) {
        Some((name, rest)) => (Some(name), rest),
        None => (None, behind),
    };
    let end = rest.find(|flag| !"#0- +".contains(flag)).unwrap_or(rest.len());
    let (flags, rest) = rest.split_at(end);
    let (mut width, rest) = values.number(rest)?;
    let (precision, rest) = match rest.strip_prefix('.') {
        Some(rest) => values.number(rest).map(|(number, rest)| (Some(number.unwrap_or(0).max(0)), rest))?,
        None => (None, rest),
    };
    let rest = rest.trim_start_matches(['h', 'l', 'L']);
    let kind = rest.chars().next().ok_or_else(|| wrong("a text ends within a field of `%`"))?;
    let rest = &rest[kind.len_utf8()..];
    if kind == '%' {
        out.push('%');
        return Ok(rest);
    }
    let mut flags = flags.to_owned();
    if width.is_some_and(|width| width < 0) {
        flags.push('-');
        width = width.map(i64::abs);
    }
    let value = match name {
        Some(name) => values.named(name)?,
        None => values.next()?,
    };
    let size = |number: Option<i64>| number.map(|number| self::width(number, "%")).transpose();
    let field = Field { flags, width: size(width)?.unwrap_or(0), precision: size(precision)?, kind };
    out.push_str(&field.write(values.state, &value)?);
    Ok(rest)
}

struct Field {
    flags: String,
    width: usize,
    precision: Option<usize>,
    kind: char,
}

impl Field {
    fn write(&self, state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
        let written = match self.kind {
            's' => text(state, value)?,
            'r' => repr(state, value)?,
            'a' => return Err(wrong("`%a` is not there: `%r` shows a value too")),
            'c' if value.as_str().is_some() => text(state, value)?,
            _ => return self.number(value),
        };
        if self.precision.is_none() && self.width == 0 {
            return Ok(written);
        }
        let cut: String = written.chars().take(self.precision.unwrap_or(usize::MAX)).collect();
        let padding = " ".repeat(self.width.saturating_sub(cut.chars().count()));
        Ok(if self.flags.contains('-') { cut + &padding } else { padding + &cut })
    }

    fn number(&self, value: &Value) -> Result<String, Error> {
        let width = if self.width > 0 { self.width.to_string() } else { String::new() };
        let precision = self.precision.map(|precision| format!(".{precision}")).unwrap_or_default();
        // Python's `%d` cuts off what a float has behind the point.
        let value = match self.kind {
            'd' | 'i' | 'u' if value.is_number() && !value.is_integer() => {
                let whole = f64::try_from(value.clone())?.trunc();
                #[expect(clippy::cast_possible_truncation, reason = "what is larger is not written so")]
                Value::from(whole as i128)
            }
            _ => value.clone(),
        };
        let kind = if self.kind == 'u' { 'd' } else { self.kind };
        format(FormatStyle::Printf, &format!("%{}{width}{precision}{kind}", self.flags), &[value])
    }
}
