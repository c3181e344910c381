//! `evalscope models show` and `template`: what is known of one model.

use crate::arguments::{HubName, OneModel};
use crate::commands::fetched::with_fetched;
use crate::environment;
use crate::output::{self, Failure, printable};
use evalscope::{ArgumentError, Hub, ModelOptions, ShownModel};
use serde_json::{Value, json};
use std::process::ExitCode;

/// The options, and the hub that is named.
pub fn options(model: &OneModel, template: Option<String>) -> Result<(ModelOptions, Option<Hub>), Failure> {
    let options = ModelOptions {
        model: model.model.clone(),
        args: match &model.model_args {
            Some(text) => evalscope::key_values::parse("--model-args", text)?,
            None => Default::default(),
        },
        chat_template: template,
        ..ModelOptions::default()
    };
    Ok((options, model.hub.map(HubName::hub)))
}

/// Shows what its files say.
pub fn show(model: &OneModel) -> Result<ExitCode, Failure> {
    let (options, hub) = options(model, None)?;
    let environment = environment::read(model.offline);
    let shown = with_fetched(&options, hub, &environment, |environment| {
        evalscope::show_model(&options, hub, environment)
    })?;
    if model.json {
        output::json(&shown);
    } else {
        output::result(&printable(&text(&shown)));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(shown: &ShownModel) -> String {
    let seen = &shown.inspection;
    let mut lines = vec![
        ("path", seen.path.display().to_string()),
        ("format", format!("{}, {}", seen.format, output::bytes(seen.bytes))),
        ("family", seen.architecture.clone().unwrap_or_else(|| "unknown".into())),
    ];
    if let Some(parameters) = seen.parameters {
        lines.push(("parameters", output::thousands(parameters)));
    }
    if let Some(shape) = seen.shape {
        let heads = format!("{} heads, {} kept", shape.heads, shape.kv_heads);
        lines.push(("shape", format!("{} layers, width {}, {heads}", shape.layers, shape.width)));
        lines.push(("context", format!("{} tokens", output::thousands(shape.context as u64))));
    }
    lines.push(("template", if shown.has_chat_template { "its own" } else { "none" }.into()));
    lines.push(match &seen.refusal {
        None => (
            "engine",
            "the embedded engine knows its family, shape and tokenizer; tensors were not compared".into(),
        ),
        Some(reason) => ("engine", format!("the embedded engine does not run it: {reason}")),
    });
    let lines = lines.iter().map(|(name, value)| format!("{name:<11}{value}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Prints the prompt of a conversation, or the template.
pub fn template(
    model: &OneModel,
    template: Option<String>,
    conversation: Option<&str>,
    source: bool,
) -> Result<ExitCode, Failure> {
    let (options, hub) = options(model, template)?;
    let environment = environment::read(model.offline);
    let template = with_fetched(&options, hub, &environment, |environment| {
        evalscope::chat_template(&options, hub, environment)
    })?;
    if source {
        match model.json {
            true => output::json(&json!({"template": template.source})),
            false => output::result(&template.source),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let conversation = match conversation {
        Some(text) => read(text)?,
        None => evalscope::example_conversation(),
    };
    let prompt = template.render(&conversation)?;
    if model.json {
        output::json(&json!({"prompt": prompt, "template": template.source, "conversation": conversation}));
    } else {
        output::result(&prompt);
    }
    Ok(ExitCode::SUCCESS)
}

/// JSON, or the JSON of a file.
fn read(text: &str) -> Result<Value, ArgumentError> {
    let wrong = |reason: String| ArgumentError::new(format!("--conversation: {reason}"));
    let json = match text.trim_start().starts_with(['[', '{']) {
        true => text.to_owned(),
        false => std::fs::read_to_string(text)
            .map_err(|error| wrong(format!("cannot read the file `{text}`: {error}")))?,
    };
    serde_json::from_str(&json).map_err(|error| wrong(format!("it is no JSON: {error}")))
}
