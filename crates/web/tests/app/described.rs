//! `openapi.json` names every path that is answered and no other, and replies have the form that it says.

use crate::client::App;
use crate::folder::{write_arena, write_run};
use serde_json::Value;

/// Paths of the router's source, as it writes them.
fn routes() -> Vec<String> {
    let source = include_str!("../../src/api/mod.rs");
    let mut routes: Vec<String> =
        source.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    routes.sort();
    routes
}

fn document(app: &App) -> Value {
    app.get("/api/openapi.json").json()
}

#[test]
fn every_path_is_described_and_no_other() {
    let home = tempfile::tempdir().unwrap();
    let document = document(&App::start(home.path(), None));
    let mut paths: Vec<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    paths.sort();
    assert_eq!(paths, routes());
}

#[test]
fn replies_have_the_form_that_is_described() {
    let home = tempfile::tempdir().unwrap();
    write_run(&home.path().join("a"), "m", 0);
    write_run(&home.path().join("b"), "n", 1);
    write_arena(&home.path().join("arena"));
    std::fs::write(home.path().join(".a.log"), "begun").unwrap();
    let app = App::start(home.path(), None);
    app.get("/api/runs/a/samples");
    app.get("/api/runs/b/samples");
    let document = document(&app);
    let asked = [
        ("/api/about", "/api/about"),
        ("/api/runs", "/api/runs"),
        ("/api/runs/{run}", "/api/runs/a"),
        ("/api/runs/{run}/failures", "/api/runs/a/failures"),
        ("/api/runs/{run}/facets", "/api/runs/a/facets"),
        ("/api/runs/{run}/samples", "/api/runs/a/samples?limit=3"),
        ("/api/runs/{run}/samples/{seq}", "/api/runs/a/samples/11"),
        ("/api/runs/{run}/arena", "/api/runs/arena/arena"),
        ("/api/runs/{run}/battles", "/api/runs/arena/battles?category=x"),
        ("/api/runs/{run}/log", "/api/runs/a/log"),
        ("/api/runs/{run}/votes", "/api/runs/arena/votes?voter=ann"),
        ("/api/compare", "/api/compare?run=a&run=b"),
        ("/api/compare/samples", "/api/compare/samples?run=a&model=m&run=b&model=n"),
    ];
    for (path, address) in asked {
        let reply = app.get(address);
        assert_eq!(reply.status, 200, "{address}: {}", reply.body);
        let schema =
            &document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        if let Err(wrong) = check(&document, schema, &reply.json(), address) {
            panic!("{wrong}");
        }
    }
    let missing = app.get("/api/runs/nothing");
    let schema = &document["components"]["schemas"]["Error"];
    assert_eq!((missing.status, check(&document, schema, &missing.json(), "error")), (404, Ok(())));
}

/// The part of JSON Schema that the description uses.
fn check(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let target = document.pointer(name.trim_start_matches('#')).ok_or(format!("{at}: no {name}"))?;
        return check(document, target, value, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = choices.iter().filter(|choice| check(document, choice, value, at).is_ok()).count();
        return if fits == 1 { Ok(()) } else { Err(format!("{at}: fits {fits} of the forms: {value}")) };
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    let is_listed = types.contains(&type_of(value)) || (types.contains(&"number") && value.is_number());
    if !is_listed {
        return Err(format!("{at}: {value} is not {types:?}"));
    }
    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
        check(document, &schema["items"], item, &format!("{at}[{place}]"))?;
    }
    check_fields(document, schema, value, at)
}

fn check_fields(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Some(fields) = value.as_object() else { return Ok(()) };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            return Err(format!("{at}: `{name}` is missing"));
        }
    }
    for (name, field) in fields {
        match schema["properties"].get(name) {
            Some(described) => check(document, described, field, &format!("{at}.{name}"))?,
            None => return Err(format!("{at}: `{name}` is not described")),
        }
    }
    Ok(())
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
