//! A log in JSON. Its text is held in memory as a whole, its values for one sample at a time.

use crate::error::Error;
use crate::json::{MAX_JSON, parse, read_text};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::path::Path;

/// Bytes of a log at most.
const MAX_LOG: u64 = 128 << 20;

/// What takes samples, each with its place for messages.
pub type Show<'a> = dyn FnMut(&str, Value) -> Result<(), Error> + 'a;

/// The parts of a log that are looked at, as texts.
#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow, default)]
    eval: Option<&'a RawValue>,
    #[serde(borrow, default)]
    samples: Option<&'a RawValue>,
}

/// The field `eval`: task, model, versions.
pub fn eval(path: &Path) -> Result<Value, Error> {
    let (text, place) = (read_text(path, MAX_LOG)?, path.display().to_string());
    let log: Log<'_> = parse(&text).map_err(|message| Error::malformed(&place, message))?;
    log.eval.map_or(Ok(Value::Null), |eval| value(eval, &place))
}

/// Shows all samples.
pub fn each_sample(path: &Path, show: &mut Show<'_>) -> Result<(), Error> {
    let (text, place) = (read_text(path, MAX_LOG)?, path.display().to_string());
    let log: Log<'_> = parse(&text).map_err(|message| Error::malformed(&place, message))?;
    let Some(samples) = log.samples else { return Ok(()) };
    let mut shown = Samples { path, show, error: None };
    let read = serde_json::Deserializer::from_str(samples.get()).deserialize_seq(&mut shown);
    match (shown.error, read) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(Error::malformed(place, format!("`samples`: {error}"))),
        (None, Ok(())) => Ok(()),
    }
}

fn value(text: &RawValue, place: &str) -> Result<Value, Error> {
    if text.get().len() as u64 > MAX_JSON {
        return Err(Error::malformed(place, format!("larger than {MAX_JSON} bytes")));
    }
    parse(text.get().as_bytes()).map_err(|message| Error::malformed(place, message))
}

/// Goes through the list of samples, so that not even their places are held.
struct Samples<'a, 'b> {
    path: &'a Path,
    show: &'a mut Show<'b>,
    /// Why it was ended early.
    error: Option<Error>,
}

impl<'de> Visitor<'de> for &mut Samples<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a list of samples")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut samples: A) -> Result<(), A::Error> {
        for number in 1_u64.. {
            let Some(text) = samples.next_element::<&RawValue>()? else { break };
            let place = format!("{}, sample {number}", self.path.display());
            let shown = value(text, &place).and_then(|sample| (self.show)(&place, sample));
            if let Err(error) = shown {
                let message = error.to_string();
                self.error = Some(error);
                return Err(A::Error::custom(message));
            }
        }
        Ok(())
    }
}
