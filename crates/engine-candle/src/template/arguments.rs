//! Arguments as Python takes them: by place or by name.

use minijinja::value::{Kwargs, Rest, Value, ValueOrKwargs};
use minijinja::{Error, ErrorKind};

/// What a filter or function is given.
pub(super) type Given = Rest<ValueOrKwargs>;

/// The same by place and by name.
pub(super) struct Arguments {
    placed: Vec<Value>,
    named: Option<Kwargs>,
}

impl Arguments {
    pub(super) fn new(given: &[Value]) -> Self {
        let named = given.last().filter(|last| last.is_kwargs());
        let placed = &given[..given.len() - usize::from(named.is_some())];
        let named = named.and_then(|named| Kwargs::try_from(named.clone()).ok());
        Arguments { placed: placed.to_vec(), named }
    }

    pub(super) fn of(given: Given) -> Self {
        Arguments::new(&given.into_values())
    }

    /// All that were given by place, and those by name as a dict.
    pub(super) fn all(&self) -> (&[Value], Option<Value>) {
        (&self.placed, self.named.clone().map(Value::from))
    }

    /// All of them by name: those by place have these names.
    pub(super) fn named(&self, names: &[&str]) -> Kwargs {
        let placed = names.iter().map(|name| (*name).to_owned()).zip(self.placed.iter().cloned());
        let named = self.named.iter().flat_map(|named| {
            named
                .args()
                .map(|name| (name.to_owned(), named.peek(name).unwrap_or(Value::UNDEFINED)))
                .collect::<Vec<_>>()
        });
        placed.chain(named).filter(|(_, value)| !value.is_none()).collect()
    }

    /// The argument, if it was given.
    pub(super) fn get(&self, place: usize, name: &str) -> Option<Value> {
        let named = || self.named.as_ref()?.get::<Value>(name).ok().filter(|value| !value.is_undefined());
        self.placed.get(place).cloned().or_else(named)
    }

    /// The argument, unless it is missing or `none`.
    pub(super) fn some(&self, place: usize, name: &str) -> Option<Value> {
        self.get(place, name).filter(|value| !value.is_none())
    }

    pub(super) fn need(&self, place: usize, name: &str) -> Result<Value, Error> {
        self.get(place, name).ok_or_else(|| wrong(format!("the argument `{name}` is missing")))
    }

    pub(super) fn text(&self, place: usize, name: &str) -> Result<Option<String>, Error> {
        let to_text = |value: Value| {
            let text = value.as_str().map(str::to_owned);
            text.ok_or_else(|| wrong(format!("the argument `{name}` is no text but {}", value.kind())))
        };
        self.some(place, name).map(to_text).transpose()
    }

    pub(super) fn need_text(&self, place: usize, name: &str) -> Result<String, Error> {
        self.text(place, name)?.ok_or_else(|| wrong(format!("the argument `{name}` is missing")))
    }

    pub(super) fn integer(&self, place: usize, name: &str) -> Result<Option<i64>, Error> {
        self.some(place, name).map(|value| integer(&value, name)).transpose()
    }

    pub(super) fn is_true(&self, place: usize, name: &str) -> bool {
        self.get(place, name).is_some_and(|value| value.is_true())
    }
}

fn integer(value: &Value, name: &str) -> Result<i64, Error> {
    match bool::try_from(value.clone()) {
        Ok(value) => Ok(i64::from(value)),
        Err(_) => value
            .as_i64()
            .filter(|_| value.is_integer())
            .ok_or_else(|| wrong(format!("the argument `{name}` is no whole number but {}", value.kind()))),
    }
}

/// What Python says with a `TypeError` or a `ValueError`.
pub(super) fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}
