//! What it costs to go through values. A template that puts a list into a list twice, and again, has after a few dozen
//! rounds a value that nobody could print, compare or sort in a lifetime. So whoever goes through a value pays fuel for
//! each value within it, as often as it is met, before anything is done.

use super::arguments::wrong;
use super::methods::View;
use super::operators::Method;
use minijinja::value::{Value, ValueKind};
use minijinja::{Error, State};

/// Bytes that are compared for one unit of fuel.
const COMPARED: usize = 64;
/// Bytes that are written, with quotes and escapes, for one unit of fuel.
const WRITTEN: usize = 16;
/// Fuel that it may cost to look for a key: nobody pays for that each time.
const KEY: u64 = 1_000;

/// Pays for a value that is written with so many bytes.
pub(super) fn pay_written(state: &State<'_, '_>, bytes: usize) -> Result<(), Error> {
    state.consume_fuel(1 + (bytes / WRITTEN) as u64)
}

/// Pays for so many values, or bytes, that are copied.
pub(super) fn pay_copied(state: &State<'_, '_>, bytes: usize) -> Result<(), Error> {
    state.consume_fuel(1 + (bytes / COMPARED) as u64)
}

/// Pays for going through all that the value holds, so many times, and says how much that was.
pub(super) fn pay(state: &State<'_, '_>, value: &Value, times: usize) -> Result<u64, Error> {
    let pay = |units: usize| {
        let units = units.saturating_mul(times.max(1)) as u64;
        state.consume_fuel(units).map(|()| units)
    };
    let mut paid = 0;
    let mut pending = vec![value.clone()];
    while let Some(value) = pending.pop() {
        paid += pay(1 + value.as_bytes().map_or(0, <[u8]>::len) / COMPARED)?;
        let held = pending.len();
        match value.kind() {
            ValueKind::Seq | ValueKind::Iterable => pending.extend(value.try_iter()?),
            ValueKind::Map => {
                for key in value.try_iter()? {
                    pending.push(value.get_item(&key)?);
                    pending.push(key);
                }
            }
            _ => pending.extend(value.downcast_object_ref::<Method>().map(|method| method.of.clone())),
        }
        // Paid once more, before more of them are held than there is fuel for.
        paid += pay(pending.len() - held)?;
    }
    Ok(paid)
}

/// Whether the values are equal. What is looked at is paid for, up to the first difference.
pub(super) fn equal(state: &State<'_, '_>, left: &Value, right: &Value) -> Result<bool, Error> {
    let is_list = |value: &Value| matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable);
    state.consume_fuel(1)?;
    if is_list(left) && is_list(right) && left.is_tuple() == right.is_tuple() {
        let (mut left, mut right) = (left.try_iter()?, right.try_iter()?);
        loop {
            match (left.next(), right.next()) {
                (None, None) => return Ok(true),
                (Some(left), Some(right)) if equal(state, &left, &right)? => {}
                _ => return Ok(false),
            }
        }
    }
    if left.kind() == ValueKind::Map && right.kind() == ValueKind::Map {
        for key in left.try_iter()? {
            if !equal(state, &left.get_item(&key)?, &right.get_item(&key)?)? {
                return Ok(false);
            }
        }
        return Ok(left.len() == right.len());
    }
    match (left.as_bytes(), right.as_bytes()) {
        (Some(left), Some(right)) if left.len() == right.len() => pay_copied(state, left.len())?,
        _ => {}
    }
    Ok(left == right)
}

/// Times that sorting looks at each value.
pub(super) fn looks(value: &Value) -> usize {
    let length = value.len().unwrap_or(0);
    1 + (usize::BITS - length.leading_zeros()) as usize
}

/// The value, which becomes a key of a dict.
pub(super) fn key(state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    let is_list = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) && !value.is_tuple();
    if is_list || value.kind() == ValueKind::Map {
        return Err(wrong(format!("a key of a dict cannot be a {}", value.kind())));
    }
    match pay(state, &value, 1)? <= KEY {
        true => Ok(value),
        false => Err(wrong("a key of a dict is too large")),
    }
}

/// A list that minijinja leaves unmade, as `a + b` and `a * 2` are, made: only such a one can be cut, and nothing of it is
/// held twice. Everything else is as it was.
pub(super) fn made(state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    if value.kind() != ValueKind::Iterable || value.downcast_object_ref::<View>().is_some() {
        return Ok(value);
    }
    let length = value.len().unwrap_or(0);
    // A place in a list costs half a unit, which minijinja takes once the list is there.
    match state.fuel_levels() {
        Some((_, left)) if length as u64 / 2 >= left => state.consume_fuel(left + 1)?,
        _ => {}
    }
    Ok(Value::from(value.try_iter()?.collect::<Vec<_>>()))
}
