//! Python's `range`, which prints as such.

use super::arguments::wrong;
use super::slice::Part;
use minijinja::Error;
use minijinja::value::{Enumerator, Object, ObjectRepr, Rest, Value};
use std::fmt;
use std::sync::Arc;

/// Numbers at most: the sandbox of Jinja2 has this limit.
const LONGEST: u128 = 100_000;

#[derive(Debug)]
struct Range {
    start: i64,
    end: i64,
    step: i64,
    length: usize,
}

/// The numbers from one to another.
pub(super) fn range(given: Rest<i64>) -> Result<Value, Error> {
    let (start, end, step) = match given[..] {
        [end] => (0, end, 1),
        [start, end] => (start, end, 1),
        [start, end, step] => (start, end, step),
        _ => return Err(wrong("`range` takes one to three whole numbers")),
    };
    let distance =
        if step > 0 { i128::from(end) - i128::from(start) } else { i128::from(start) - i128::from(end) };
    let length = match step {
        0 => return Err(wrong("`range` takes no step of 0")),
        _ => u128::try_from(distance).unwrap_or(0).div_ceil(u128::from(step.unsigned_abs())),
    };
    match usize::try_from(length) {
        Ok(length) if length as u128 <= LONGEST => Ok(Value::from_object(Range { start, end, step, length })),
        _ => Err(wrong(format!("`range` gives {length} numbers, more than {LONGEST}"))),
    }
}

impl Object for Range {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let place = key.as_usize().filter(|place| *place < self.length)?;
        Some(Value::from(self.start + self.step * i64::try_from(place).ok()?))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.length)
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            1 => write!(formatter, "range({}, {})", self.start, self.end),
            step => write!(formatter, "range({}, {}, {step})", self.start, self.end),
        }
    }
}

/// The slice of a range, which is a range.
pub(super) fn part_of_range(value: &Value, part: &Part) -> Value {
    let Some(range) = value.downcast_object_ref::<Range>() else { return Value::UNDEFINED };
    let (start, end) = part.edges(range.length);
    let length = part.of(range.length).count();
    let number =
        |place: i128| i64::try_from(place).unwrap_or(i64::MAX).saturating_mul(range.step) + range.start;
    let step = i64::try_from(part.step).unwrap_or(i64::MAX).saturating_mul(range.step);
    Value::from_object(Range { start: number(start), end: number(end), step, length })
}

/// Whether the value is such a range, which has no list's form.
pub(super) fn is_range(value: &Value) -> bool {
    value.downcast_object_ref::<Range>().is_some()
}
