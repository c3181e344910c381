//! From Parquet's fields to values: nothing is lost, dates and times become ISO 8601 text.

use crate::error::Error;
use evalscope_core::{Row, Value, calendar};
use parquet::basic::{LogicalType, TimeUnit};
use parquet::data_type::Decimal;
use parquet::record::Field;
use parquet::schema::types::SchemaDescriptor;
use std::collections::HashSet;

/// Refuses files whose columns a row cannot hold.
pub(crate) fn check_columns(name: &str, schema: &SchemaDescriptor) -> Result<(), Error> {
    let mut known = HashSet::new();
    match schema.root_schema().get_fields().iter().find(|field| !known.insert(field.name().to_owned())) {
        None => Ok(()),
        Some(double) => Err(Error::Damaged {
            file: name.to_owned(),
            message: format!("two columns are named `{}`", double.name()),
        }),
    }
}

/// The columns of times in nanoseconds, which the decoder gives as plain numbers.
pub(crate) fn nanosecond_columns(schema: &SchemaDescriptor) -> HashSet<String> {
    let is_nanos = |kind: Option<&LogicalType>| matches!(kind, Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS);
    let columns = schema.root_schema().get_fields().iter();
    let found = columns
        .filter(|column| column.is_primitive() && is_nanos(column.get_basic_info().logical_type_ref()));
    found.map(|column| column.name().to_owned()).collect()
}

/// A field as a value.
pub(crate) fn value(name: &str, field: Field) -> Result<Value, Error> {
    Ok(match field {
        Field::Null => Value::Null,
        Field::Bool(truth) => Value::Bool(truth),
        Field::Byte(whole) => Value::Int(whole.into()),
        Field::Short(whole) => Value::Int(whole.into()),
        Field::Int(whole) => Value::Int(whole.into()),
        Field::Long(whole) => Value::Int(whole),
        Field::UByte(whole) => Value::Int(whole.into()),
        Field::UShort(whole) => Value::Int(whole.into()),
        Field::UInt(whole) => Value::Int(whole.into()),
        Field::ULong(whole) => Value::from_number_text(&whole.to_string()),
        Field::Float16(float) => Value::Float(float.to_f64()),
        Field::Float(float) => Value::Float(float.into()),
        Field::Double(float) => Value::Float(float),
        Field::Decimal(decimal) => Value::from_number_text(&decimal_text(&decimal)),
        Field::Str(text) => Value::String(text),
        Field::Bytes(bytes) => Value::Bytes(bytes.data().to_vec()),
        Field::Date(days) => Value::String(date(days.into())),
        Field::TimeMillis(millis) => Value::String(time(i64::from(millis) * 1000)),
        Field::TimeMicros(micros) => Value::String(time(micros)),
        Field::TimestampMillis(millis) => Value::String(date_time(i128::from(millis) * 1000)),
        Field::TimestampMicros(micros) => Value::String(date_time(micros.into())),
        Field::Group(row) => Value::Object(object(name, row)?),
        Field::ListInternal(list) => Value::List(
            list.elements().iter().map(|item| value(name, item.clone())).collect::<Result<_, _>>()?,
        ),
        Field::MapInternal(map) => self::map(name, &map)?,
    })
}

fn object(name: &str, row: parquet::record::Row) -> Result<Row, Error> {
    row.into_columns().into_iter().map(|(column, field)| Ok((column, value(name, field)?))).collect()
}

/// A map with text keys is an object, any other a list of pairs.
fn map(name: &str, map: &parquet::record::Map) -> Result<Value, Error> {
    let pairs = map
        .entries()
        .iter()
        .map(|(key, item)| Ok((value(name, key.clone())?, value(name, item.clone())?)))
        .collect::<Result<Vec<_>, Error>>()?;
    let mut fields = Row::new();
    for (key, item) in &pairs {
        match key {
            Value::String(key) if !fields.contains_key(key) => fields.insert(key.clone(), item.clone()),
            _ => {
                return Ok(Value::List(
                    pairs.into_iter().map(|(key, item)| Value::List(vec![key, item])).collect(),
                ));
            }
        };
    }
    Ok(Value::Object(fields))
}

/// A decimal of any length, from its bytes in two's complement, the highest first.
fn decimal_text(decimal: &Decimal) -> String {
    let mut bytes = decimal.data().to_vec();
    let is_negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    if is_negative {
        negate(&mut bytes);
    }
    let mut digits = Vec::new();
    while bytes.iter().any(|byte| *byte != 0) {
        digits.push(b'0' + divide_by_ten(&mut bytes));
    }
    let scale = usize::try_from(decimal.scale()).unwrap_or(0);
    while digits.len() <= scale {
        digits.push(b'0');
    }
    if scale > 0 {
        digits.insert(scale, b'.');
    }
    if is_negative {
        digits.push(b'-');
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes.iter_mut().rev() {
        let (sum, overflow) = (!*byte).overflowing_add(u8::from(carry));
        *byte = sum;
        carry = overflow;
    }
}

/// Divides in place and gives the rest.
fn divide_by_ten(bytes: &mut [u8]) -> u8 {
    let mut rest = 0_u16;
    for byte in bytes {
        let part = rest << 8 | u16::from(*byte);
        *byte = (part / 10) as u8;
        rest = part % 10;
    }
    rest as u8
}

const MICROS_A_DAY: i64 = 86_400_000_000;

/// A time in nanoseconds since 1970 as text.
pub(crate) fn timestamp(nanos: i64) -> String {
    let text = date_time(nanos.div_euclid(1000).into());
    match (nanos.rem_euclid(1000), text.contains('.')) {
        (0, _) => text,
        (rest, true) => format!("{text}{rest:03}"),
        (rest, false) => format!("{text}.000000{rest:03}"),
    }
}

fn date_time(micros: i128) -> String {
    let days = micros.div_euclid(i128::from(MICROS_A_DAY));
    let rest = micros.rem_euclid(i128::from(MICROS_A_DAY));
    // Both fit: an i64 of milliseconds spans 10^11 days.
    format!("{}T{}", date(days as i64), time(rest as i64))
}

fn time(micros: i64) -> String {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    match fraction {
        0 => text,
        fraction => format!("{text}.{fraction:06}"),
    }
}

/// Days since 1970-01-01 as `2024-10-04`.
fn date(days: i64) -> String {
    let (year, month, day) = calendar::date(days);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_iso_8601() {
        // Python 3.11: datetime.date.fromordinal(719163 + n), datetime.timedelta.
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(11_016), "2000-02-29");
        assert_eq!(date(-719_162), "0001-01-01");
        assert_eq!(date(20_000), "2024-10-04");
        assert_eq!(date_time(-1), "1969-12-31T23:59:59.999999");
        assert_eq!(date_time(1_700_000_000_000_000), "2023-11-14T22:13:20");
        assert_eq!(timestamp(1_700_000_000_123_456_789), "2023-11-14T22:13:20.123456789");
        assert_eq!(timestamp(-1), "1969-12-31T23:59:59.999999999");
        assert_eq!(timestamp(5), "1970-01-01T00:00:00.000000005");
    }

    #[test]
    fn decimals_keep_their_digits() {
        let text = |bytes: Vec<u8>, scale| decimal_text(&Decimal::from_bytes(bytes.into(), 38, scale));
        assert_eq!(text(vec![0x04, 0xd2], 2), "12.34");
        assert_eq!(text(vec![0xff], 3), "-0.001");
        assert_eq!(text(vec![0], 2), "0.00");
        assert_eq!(text(vec![0x80, 0], 0), "-32768");
        assert_eq!(text(vec![0x7f; 16], 1), "16947396313317327396019049076013554060.7");
    }
}
