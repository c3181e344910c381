//! What a request says to the chat template beside its messages, and what of it is refused.

use crate::failures::bad_request;
use crate::template::ChatTemplate;
use evalscope_core::{CallFailure, GenerateRequest, Input, Sampling};
use serde_json::{Map, Value};

/// The field with it, as `enable_thinking` for the template of Qwen3; vLLM's name.
pub(crate) const TEMPLATE_WISHES: &str = "chat_template_kwargs";
/// What templates see by these names is not for a request to say.
const OWN_NAMES: [&str; 6] =
    ["messages", "tools", "documents", "bos_token", "eos_token", "add_generation_prompt"];

/// What the request has to say to the chat template.
pub(crate) fn of(sampling: &Sampling) -> Option<&Map<String, Value>> {
    sampling.extra_body.get(TEMPLATE_WISHES).and_then(Value::as_object)
}

/// Refuses what no request may say.
pub(crate) fn check(sampling: &Sampling) -> Result<(), CallFailure> {
    let Some(given) = sampling.extra_body.get(TEMPLATE_WISHES).filter(|given| !given.is_null()) else {
        return Ok(());
    };
    let Some(wishes) = given.as_object() else {
        return Err(bad_request(format!("`{TEMPLATE_WISHES}` is no object")));
    };
    match wishes.keys().find(|key| OWN_NAMES.contains(&key.as_str())) {
        Some(own) => Err(bad_request(format!("`{TEMPLATE_WISHES}` cannot set `{own}`"))),
        None => Ok(()),
    }
}

/// Refuses what no chat template would hear.
pub(crate) fn check_heard(request: &GenerateRequest) -> Result<(), CallFailure> {
    match (&request.input, of(&request.sampling)) {
        (Input::Text(_), Some(wishes)) if !wishes.is_empty() => Err(bad_request(format!(
            "a raw text goes through no chat template: `{TEMPLATE_WISHES}` has no effect"
        ))),
        _ => Ok(()),
    }
}

/// Refuses a name that the template does not read: it would go unheard, and the name is most likely misspelled.
pub(crate) fn check_names(sampling: &Sampling, template: &ChatTemplate) -> Result<(), CallFailure> {
    let (Some(wishes), Some(read)) = (of(sampling), template.names()) else { return Ok(()) };
    let is_own = |name: &str| OWN_NAMES.contains(&name);
    let Some(unknown) = wishes.keys().find(|name| !is_own(name) && !read.contains(*name)) else {
        return Ok(());
    };
    let known: Vec<String> =
        read.iter().filter(|name| !is_own(name)).map(|name| format!("`{name}`")).collect();
    let what = match known.as_slice() {
        [] => "it takes nothing beside the messages".to_owned(),
        known => format!("it reads {}", known.join(", ")),
    };
    Err(bad_request(format!(
        "`{TEMPLATE_WISHES}`: the model's chat template does not read `{unknown}`; {what}"
    )))
}
