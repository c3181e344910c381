//! What was sent to an address: read, and its fields taken one by one, so that an error names the one that is wrong.

use crate::refusal::Refusal;
use crate::shared::{InFlight, MAX_BODY, Shared};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// Bytes of a body that are read where they are: beyond these it takes longer than a millisecond.
const FEW_BYTES: usize = 64 << 10;
/// How long a body may take to come: 64 MiB at a megabyte a second.
const BODY_TIME: Duration = Duration::from_secs(64);
/// Letters of a wrong value that are shown.
const SHOWN: usize = 40;

/// A request that has come whole, and is one in flight as long as this is kept.
pub(crate) struct Asked {
    pub(crate) body: Object,
    pub(crate) in_flight: InFlight,
}

impl FromRequest<Arc<Shared>> for Asked {
    type Rejection = Refusal;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        // A page in a browser sends this type to no other machine without asking it first.
        if !is_json(request.headers()) {
            return Err(Refusal::bad_request("the request must have `Content-Type: application/json`"));
        }
        let body = tokio::time::timeout(BODY_TIME, Bytes::from_request(request, shared)).await;
        let body = body.map_err(|_| Refusal::too_slow())?.map_err(|rejection| {
            let rejection = rejection.into_response();
            match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refusal::too_large(format!(
                    "the request has more than {} MiB, which no context takes",
                    MAX_BODY >> 20
                )),
                _ => Refusal::bad_request("the request ends before its body does"),
            }
        })?;
        let in_flight = shared.in_flight().await;
        Ok(Asked { body: read(body).await?, in_flight })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

async fn read(body: Bytes) -> Result<Object, Refusal> {
    if body.len() <= FEW_BYTES {
        return parse(&body);
    }
    let parsed = tokio::task::spawn_blocking(move || parse(&body)).await;
    parsed.unwrap_or_else(|_| Err(Refusal::bad_request("the request cannot be read")))
}

fn parse(body: &[u8]) -> Result<Object, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(Object { fields, within: String::new() }),
        Ok(other) => Err(Refusal::bad_request(format!(
            "the request is {}, and a JSON object is wanted",
            shown(&other)
        ))),
        Err(error) => Err(Refusal::bad_request(format!("the request is not valid JSON: {error}"))),
    }
}

/// The fields of an object that were not taken yet.
#[derive(Debug)]
pub(crate) struct Object {
    fields: Map<String, Value>,
    /// Where the object stands: `messages[1].`.
    within: String,
}

impl Object {
    /// The object at this place of a request.
    pub(crate) fn of(value: Value, place: &str) -> Result<Self, Refusal> {
        match value {
            Value::Object(fields) => Ok(Object { fields, within: format!("{place}.") }),
            other => Err(unwanted(place, &other, "an object")),
        }
    }

    /// Takes a field; null is as good as none.
    pub(crate) fn take<T: Field>(&mut self, name: &str) -> Result<Option<T>, Refusal> {
        let Some(value) = self.fields.remove(name).filter(|value| !value.is_null()) else { return Ok(None) };
        let wrong = |value| unwanted(&format!("{}{name}", self.within), &value, T::WANTED);
        T::read(value).map(Some).map_err(wrong)
    }

    /// Takes an object, and what stands in it.
    pub(crate) fn take_object(&mut self, name: &str) -> Result<Option<Object>, Refusal> {
        let fields: Option<Map<String, Value>> = self.take(name)?;
        Ok(fields.map(|fields| Object { fields, within: format!("{}{name}.", self.within) }))
    }

    /// Takes a field that must be there.
    pub(crate) fn need<T: Field>(&mut self, name: &str) -> Result<T, Refusal> {
        self.take(name)?.ok_or_else(|| {
            let place = format!("{}{name}", self.within);
            Refusal::bad_request(format!("`{place}` is missing: {} is wanted", T::WANTED)).about(&place)
        })
    }

    /// What is left.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.fields
    }
}

/// What a field may hold.
pub(crate) trait Field: Sized {
    /// What is wanted, in words.
    const WANTED: &'static str;

    /// Reads the value, or gives it back.
    fn read(value: Value) -> Result<Self, Value>;
}

/// Says of a field what it is and what is wanted.
pub(crate) fn unwanted(place: &str, value: &Value, wanted: &str) -> Refusal {
    Refusal::bad_request(format!("`{place}` is {}, and {wanted} is wanted", shown(value))).about(place)
}

/// A value, in a few letters.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.chars().nth(SHOWN).is_some() => "a text".to_owned(),
        other => other.to_string(),
    }
}

/// Fields of plain values.
macro_rules! plain {
    ($($kind:ty, $wanted:literal, $read:expr;)*) => {$(
        impl Field for $kind {
            const WANTED: &'static str = $wanted;

            fn read(value: Value) -> Result<Self, Value> {
                let read: fn(&Value) -> Option<$kind> = $read;
                read(&value).ok_or(value)
            }
        }
    )*};
}

plain! {
    bool, "true or false", Value::as_bool;
    f64, "a number", Value::as_f64;
    i64, "a whole number", Value::as_i64;
    u32, "a whole number from 0 to 4294967295", |value| value.as_u64()?.try_into().ok();
}

impl Field for String {
    const WANTED: &'static str = "a text";

    fn read(value: Value) -> Result<Self, Value> {
        match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        }
    }
}

impl Field for Map<String, Value> {
    const WANTED: &'static str = "an object";

    fn read(value: Value) -> Result<Self, Value> {
        match value {
            Value::Object(fields) => Ok(fields),
            other => Err(other),
        }
    }
}

impl Field for Vec<Value> {
    const WANTED: &'static str = "a list";

    fn read(value: Value) -> Result<Self, Value> {
        match value {
            Value::Array(values) => Ok(values),
            other => Err(other),
        }
    }
}
