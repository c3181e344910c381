//! Whether JSON has the form that a schema of ours describes; the part of JSON Schema that they use.

use serde_json::Value;

/// Says what of `value` is not as `schema` says, whose definitions are in `document`.
pub fn check(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if schema == &Value::Bool(false) {
        return Err(format!("{at}: nothing may stand here"));
    }
    if let Some(name) = schema["$ref"].as_str() {
        let target = document.pointer(name.trim_start_matches('#')).ok_or(format!("{at}: no {name}"))?;
        check(document, target, value, at)?;
    }
    check_choices(document, schema, value, at)?;
    check_value(schema, value, at)?;
    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
        let described = schema["prefixItems"].get(place).unwrap_or(&schema["items"]);
        check(document, described, item, &format!("{at}[{place}]"))?;
    }
    check_fields(document, schema, value, at)
}

fn check_choices(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    for (word, most) in [("anyOf", usize::MAX), ("oneOf", 1)] {
        let Some(choices) = schema[word].as_array() else { continue };
        let tried: Vec<_> = choices.iter().map(|choice| check(document, choice, value, at)).collect();
        let fits = tried.iter().filter(|tried| tried.is_ok()).count();
        if fits == 0 || fits > most {
            let why: Vec<&str> =
                tried.iter().filter_map(|tried| Some(tried.as_ref().err()?.as_str())).collect();
            return Err(format!("{at}: {word}: {fits} of the forms fit: {}", why.join(" | ")));
        }
    }
    Ok(())
}

fn check_value(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let wrong = |what: &Value| Err(format!("{at}: {value} is not {what}"));
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|name| is_of_type(name, value)) {
        return wrong(&schema["type"]);
    }
    if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
        return wrong(&schema["enum"]);
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return wrong(&schema["const"]);
    }
    let length = value.as_array().map(|items| items.len() as u64);
    let is_outside = |length: u64| {
        schema["minItems"].as_u64().is_some_and(|least| length < least)
            || schema["maxItems"].as_u64().is_some_and(|most| length > most)
    };
    if length.is_some_and(is_outside) {
        return Err(format!("{at}: {value} has another number of items"));
    }
    Ok(())
}

fn check_fields(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Some(fields) = value.as_object() else { return Ok(()) };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            return Err(format!("{at}: `{name}` is missing"));
        }
    }
    for (name, field) in fields {
        let place = format!("{at}.{name}");
        match (schema["properties"].get(name), schema.get("additionalProperties")) {
            (Some(described), _) | (None, Some(described)) => check(document, described, field, &place)?,
            // A form that lists its fields has no others: what is written and not described is a fault of the description.
            (None, None) if schema.get("properties").is_some() && schema.get("oneOf").is_none() => {
                return Err(format!("{place} is not described"));
            }
            (None, None) => {}
        }
    }
    Ok(())
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Number(number) => name == "number" || (name == "integer" && !number.is_f64()),
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
    }
}

#[test]
fn what_does_not_fit_is_said() {
    let schema = serde_json::json!({
        "type": "object", "required": ["a"],
        "properties": {"a": {"anyOf": [{"$ref": "#/$defs/count"}, {"type": "null"}]}, "b": {"enum": ["x"]}},
        "$defs": {"count": {"type": "integer"}},
    });
    for (value, wrong) in [
        (serde_json::json!({"a": 1, "b": "x"}), ""),
        (serde_json::json!({"a": null}), ""),
        (serde_json::json!({"b": "x"}), "`a` is missing"),
        (serde_json::json!({"a": "1"}), "anyOf"),
        (serde_json::json!({"a": 1, "b": "y"}), "it.b"),
        (serde_json::json!({"a": 1, "c": 1}), "it.c is not described"),
    ] {
        let found = check(&schema, &schema, &value, "it").err().unwrap_or_default();
        assert!(found.contains(wrong) && found.is_empty() == wrong.is_empty(), "{value}: {found}");
    }
}
