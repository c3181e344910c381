//! The command that looks at an endpoint again.

use crate::eval_type::EvalType;
use crate::generation_config::MASK;
use crate::options::{ModelOptions, without_credentials};
use crate::shell::quoted;
use serde_json::{Value, json};

/// `evalscope probe …`, ready to be pasted into a shell: with all that decides under which name the findings are kept.
/// `given` has one address. Values of headers may be secrets and are masked.
pub(super) fn command(given: &ModelOptions) -> String {
    let url = given.endpoints.first().map(|address| without_credentials(&address.url)).unwrap_or_default();
    let mut text = format!("evalscope probe {}", quoted(&url));
    if let Some(model) = &given.model {
        text.push_str(&format!(" --model {}", quoted(model)));
    }
    let name =
        |kind: EvalType| EvalType::NAMES.iter().find(|(_, known)| *known == kind).map(|(name, _)| *name);
    if let Some(name) = given.eval_type.and_then(name) {
        text.push_str(&format!(" --eval-type {name}"));
    }
    let mut config = serde_json::Map::new();
    let extra_body = &given.generation.sampling.extra_body;
    if !extra_body.is_empty() {
        config.insert("extra_body".into(), Value::Object(extra_body.clone()));
    }
    let headers: serde_json::Map<_, _> =
        given.generation.extra_headers.keys().map(|name| (name.clone(), json!(MASK))).collect();
    if !headers.is_empty() {
        config.insert("extra_headers".into(), Value::Object(headers));
    }
    if !config.is_empty() {
        text.push_str(&format!(" --generation-config {}", quoted(&Value::Object(config).to_string())));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation_config::GenerationConfig;
    use crate::options::EndpointAddress;

    #[test]
    fn all_that_tells_endpoints_apart_is_in_it_and_no_secret() {
        let url = "http://u:secret@h:8000/v1".to_owned();
        let mut given = ModelOptions {
            model: Some("org/m".into()),
            endpoints: vec![EndpointAddress { url, weight: 1.0 }],
            ..ModelOptions::default()
        };
        assert_eq!(command(&given), "evalscope probe http://h:8000/v1 --model org/m");
        given.eval_type = EvalType::parse("openai_api");
        let config = r#"{"extra_body": {"a": "it's"}, "extra_headers": {"x-key": "secret"}, "stop": "x"}"#;
        given.generation = GenerationConfig::parse(config).unwrap();
        let wanted = r#"evalscope probe http://h:8000/v1 --model org/m --eval-type openai_api --generation-config '{"extra_body":{"a":"it'\''s"},"extra_headers":{"x-key":"•••"}}'"#;
        assert_eq!(command(&given), wanted);
    }
}
