//! `'{} of {n:>4}'.format(a, n=b)`, as Python fills it in.

use super::arguments::{Arguments, wrong};
use super::layout::laid_out;
use super::text::{repr, text};
use minijinja::{Error, State, Value};

/// The text with the arguments in its fields.
pub(super) fn fill_in(state: &State<'_, '_>, template: &str, arguments: &Arguments) -> Result<String, Error> {
    Filling { state, arguments, next: 0 }.fill(template, 0)
}

struct Filling<'a> {
    state: &'a State<'a, 'a>,
    arguments: &'a Arguments,
    next: usize,
}

impl Filling<'_> {
    fn fill(&mut self, template: &str, depth: usize) -> Result<String, Error> {
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let (brace, behind) = rest[at..].split_at(1);
            rest = match behind.strip_prefix(brace) {
                Some(behind) => {
                    out.push_str(brace);
                    behind
                }
                None if brace == "}" || depth > 1 => {
                    return Err(wrong("a text for `format` has a single brace"));
                }
                None => {
                    let end = end_of_field(behind)?;
                    let field = self.field(&behind[..end], depth)?;
                    self.state.consume_fuel(1 + field.len() as u64 / 64)?;
                    out.push_str(&field);
                    &behind[end + 1..]
                }
            };
        }
        out.push_str(rest);
        Ok(out)
    }

    fn field(&mut self, field: &str, depth: usize) -> Result<String, Error> {
        let end = field.find(['!', ':']).unwrap_or(field.len());
        let value = self.value(&field[..end])?;
        let (conversion, layout) = match field[end..].strip_prefix('!') {
            Some(behind) => behind.split_once(':').unwrap_or((behind, "")),
            None => ("", field[end..].strip_prefix(':').unwrap_or("")),
        };
        let value = match conversion {
            "" => value,
            "s" => Value::from(text(self.state, &value)?),
            "r" => Value::from(repr(self.state, &value)?),
            _ => return Err(wrong(format!("`format` has no conversion `!{conversion}` here"))),
        };
        match layout {
            "" => text(self.state, &value),
            _ => laid_out(self.state, &value, &self.fill(layout, depth + 1)?),
        }
    }

    /// The value of `name`, `0`, `name.field` or `name[key]`; without a name, the next one.
    fn value(&mut self, path: &str) -> Result<Value, Error> {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (placed, named) = self.arguments.all();
        let missing = || wrong(format!("`format` is given no value for `{{{path}}}`"));
        let mut value = match &path[..end] {
            "" => {
                self.next += 1;
                placed.get(self.next - 1).cloned()
            }
            place if place.bytes().all(|digit| digit.is_ascii_digit()) => {
                place.parse::<usize>().ok().and_then(|place| placed.get(place).cloned())
            }
            name => named.and_then(|named| named.get_attr(name).ok()).filter(|value| !value.is_undefined()),
        }
        .ok_or_else(missing)?;
        let mut rest = &path[end..];
        while !rest.is_empty() {
            let (step, behind) = match rest.strip_prefix('[') {
                Some(keyed) => keyed.split_once(']').ok_or_else(missing)?,
                None => {
                    let behind = rest.strip_prefix('.').ok_or_else(missing)?;
                    behind.split_at(behind.find(['.', '[']).unwrap_or(behind.len()))
                }
            };
            value = match step.parse::<usize>() {
                Ok(place) if rest.starts_with('[') => value.get_item_by_index(place)?,
                _ => value.get_attr(step)?,
            };
            rest = behind;
        }
        Ok(value)
    }
}

/// Where the field ends, which may have fields in its layout.
fn end_of_field(text: &str) -> Result<usize, Error> {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return Ok(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    Err(wrong("a text for `format` has a single brace"))
}
