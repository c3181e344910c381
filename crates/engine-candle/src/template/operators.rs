//! Operators of Jinja2 that minijinja lacks or takes for something else, as functions that `translate` calls.

use super::arguments::{Arguments, Given, wrong};
use super::cost::{equal, key, made, pay, pay_copied};
use super::group::is_tuple;
use super::methods;
use super::percent::fill_in;
use super::range::{is_range, part_of_range};
use super::slice::Part;
use super::text::text;
use minijinja::value::{Object, ObjectRepr, Rest, Tuple, Value, ValueKind};
use minijinja::{Environment, Error, State};
use std::fmt;
use std::sync::Arc;

/// `value.name`, where Python has a method of this name.
pub(super) const ATTRIBUTE: &str = "__attribute";
/// `value[key]`, where the key may be the name of a method.
pub(super) const ITEM: &str = "__item";
/// `a ~ b`.
pub(super) const CONCAT: &str = "__concat";
/// `a % b`.
pub(super) const MODULO: &str = "__modulo";
/// `value[start:end:step]`.
pub(super) const SLICE: &str = "__slice";
/// `a in b`.
pub(super) const IN: &str = "__in";
/// What is compared to something else.
pub(super) const COMPARED: &str = "__compared";
/// A key in `{key: value}`.
pub(super) const KEY: &str = "__key";
/// What `+` and `*` give, which may be a list.
pub(super) const LIST: &str = "__list";
/// `-a`.
pub(super) const NEGATIVE: &str = "__negative";
/// `+a`.
pub(super) const POSITIVE: &str = "__positive";

pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_function(ATTRIBUTE, |value: &Value, name: &str| attribute(value, name));
    environment.add_function(ITEM, item);
    environment.add_function(SLICE, slice);
    environment.add_function(CONCAT, concat);
    environment.add_function(MODULO, modulo);
    environment.add_function(IN, is_in);
    environment
        .add_function(COMPARED, |state: &State<'_, '_>, value: Value| pay(state, &value, 1).map(|_| value));
    environment.add_function(KEY, key);
    environment.add_function(LIST, made);
    environment.add_function(NEGATIVE, |value: &Value| signed(value, true));
    environment.add_function(POSITIVE, |value: &Value| signed(value, false));
    environment.add_filter("attr", |value: &Value, given: Given| {
        own_attribute(value, &Arguments::of(given).need_text(0, "name")?)
    });
}

/// A method that was not called yet.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) of: Value,
    name: String,
}

impl Object for Method {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        self.of.call_method(state, &self.name, arguments)
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<method {}>", self.name)
    }
}

/// What Python's `getattr` finds: methods of the type. Those that change a value are out of reach in the sandbox.
fn method(value: &Value, name: &str) -> Option<Value> {
    if !methods::has(value, name) {
        return None;
    }
    let is_safe = !methods::changes(value, name);
    let method = || Value::from_object(Method { of: value.clone(), name: name.to_owned() });
    Some(if is_safe { method() } else { Value::UNDEFINED })
}

/// A method goes before the item of the same name.
fn attribute(value: &Value, name: &str) -> Result<Value, Error> {
    method(value, name).map_or_else(|| value.get_attr(name), Ok)
}

/// The filter `attr`, which does not look at items.
fn own_attribute(value: &Value, name: &str) -> Result<Value, Error> {
    if let Some(method) = method(value, name) {
        return Ok(method);
    }
    match value.kind() {
        ValueKind::Map if methods::is_dict(value) => Ok(Value::UNDEFINED),
        _ => value.get_attr(name),
    }
}

/// An item goes before the method of the same name.
fn item(state: &mut State<'_, '_>, value: &Value, key: &Value) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        state.consume_fuel(1 + text.len() as u64 / 64)?;
    }
    pay(state, key, 1)?;
    let found = value.get_item(key)?;
    match key.as_str().filter(|_| found.is_undefined()) {
        Some(name) => Ok(method(value, name).unwrap_or(found)),
        None => Ok(found),
    }
}

/// The part of a text, list, tuple or range; of anything else there is none.
fn slice(
    state: &State<'_, '_>,
    value: &Value,
    start: &Value,
    end: &Value,
    step: &Value,
) -> Result<Value, Error> {
    state.consume_fuel(1 + value.len().unwrap_or(0) as u64 / 16)?;
    if value.is_undefined() {
        return value.get_item(start);
    }
    let is_edge = |edge: &Value| edge.is_none() || whole(edge).is_some();
    if ![start, end, step].into_iter().all(is_edge) {
        return Ok(Value::UNDEFINED);
    }
    let part = Part { start: whole(start), end: whole(end), step: whole(step).unwrap_or(1) };
    if part.step == 0 {
        return Err(wrong("a slice takes no step of 0"));
    }
    match value.kind() {
        ValueKind::String => {
            let letters: Vec<char> = value.as_str().unwrap_or_default().chars().collect();
            Ok(Value::from(part.of(letters.len()).map(|at| letters[at]).collect::<String>()))
        }
        ValueKind::Seq if is_range(value) => Ok(part_of_range(value, &part)),
        ValueKind::Seq => {
            let values: Vec<Value> = value.try_iter()?.collect();
            let values: Vec<Value> = part.of(values.len()).map(|at| values[at].clone()).collect();
            Ok(if is_tuple(value) { Value::from(Tuple::from(values)) } else { Value::from(values) })
        }
        _ => Ok(Value::UNDEFINED),
    }
}

fn concat(state: &State<'_, '_>, parts: Rest<Value>) -> Result<String, Error> {
    let mut out = String::new();
    for part in parts.iter() {
        let part = text(state, part)?;
        pay_copied(state, part.len())?;
        out += &part;
    }
    Ok(out)
}

/// Whether the value is in a list, a dict or a text.
pub(super) fn is_in(state: &State<'_, '_>, value: &Value, container: &Value) -> Result<bool, Error> {
    if container.kind() == ValueKind::String && value.kind() != ValueKind::String {
        return Err(wrong(format!("`in` finds texts in a text, not a {}", value.kind())));
    }
    if matches!(container.kind(), ValueKind::Seq | ValueKind::Iterable) {
        for held in container.try_iter()? {
            if equal(state, &held, value)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    pay(state, value, 1)?;
    minijinja::tests::is_in(state, value, container)
}

/// The number with a sign before it; truth counts as one.
fn signed(value: &Value, is_negative: bool) -> Result<Value, Error> {
    let sign = |number: i128| if is_negative { number.checked_neg() } else { Some(number) };
    match (whole(value).and_then(sign), f64::try_from(value.clone())) {
        (Some(whole), _) => Ok(Value::from(whole)),
        (None, Ok(number)) if value.is_number() && !value.is_integer() => {
            Ok(Value::from(if is_negative { -number } else { number }))
        }
        _ => Err(wrong(format!("a sign stands before a {} that takes none", value.kind()))),
    }
}

fn modulo(state: &State<'_, '_>, left: &Value, right: &Value) -> Result<Value, Error> {
    if let (Some(format), ValueKind::String) = (left.as_str(), left.kind()) {
        return Ok(Value::from(fill_in(state, format, right)?));
    }
    if let (Some(left), Some(right)) = (whole(left), whole(right)) {
        let rest = left.checked_rem(right).ok_or_else(|| wrong("a division by zero"))?;
        // Python's rest has the sign of the divisor.
        return Ok(Value::from(if rest != 0 && (rest < 0) != (right < 0) { rest + right } else { rest }));
    }
    match (number(left), number(right)) {
        (Some(_), Some(0.0)) => Err(wrong("a division by zero")),
        (Some(left), Some(right)) => {
            let rest = left % right;
            let is_other = rest != 0.0 && (rest < 0.0) != (right < 0.0);
            Ok(Value::from(if is_other {
                rest + right
            } else if rest == 0.0 {
                0.0_f64.copysign(right)
            } else {
                rest
            }))
        }
        _ => Err(wrong(format!("`%` between {} and {}", left.kind(), right.kind()))),
    }
}

/// A whole number; truth counts as one.
fn whole(value: &Value) -> Option<i128> {
    match bool::try_from(value.clone()) {
        Ok(value) => Some(i128::from(value)),
        Err(_) => i128::try_from(value.clone()).ok().filter(|_| value.is_integer()),
    }
}

fn number(value: &Value) -> Option<f64> {
    match whole(value) {
        #[expect(clippy::cast_precision_loss, reason = "Python makes a float of it too")]
        Some(whole) => Some(whole as f64),
        None => f64::try_from(value.clone()).ok().filter(|_| value.is_number()),
    }
}
