//! Chat templates by the 48 names of `--template-type`, for models whose files carry none.
//!
//! The layouts are those that EvalScope 0.5 used under the same names: ten are written out here, the others made of
//! [`LAYOUTS`]. A model file's own template is better:
//! name one of these only when there is none. Each brings the texts that end a turn in its layout: a model that was trained
//! further may have them as plain text, which no end token shows.

use crate::argument::ArgumentError;
use crate::error::Error;
use crate::template_layouts::LAYOUTS;
use evalscope_core::suggest;
use std::path::Path;

/// The template that sends a message's text as it is.
const PLAIN: &str = "{% for m in messages %}{{ m.content }}{% endfor %}";
const CHATML: &str = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}\
    {% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
const QWEN: &str = "{% if messages[0].role != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n\
    {% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}\
    {% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
const LLAMA3: &str = "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n\
    {{ m.content }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}\
    <|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}";
const ZEPHYR: &str = "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}</s>\n{% endfor %}\
    {% if add_generation_prompt %}<|assistant|>\n{% endif %}";
const GEMMA: &str = "{{ bos_token }}{% for m in messages %}<start_of_turn>\
    {{ 'model' if m.role == 'assistant' else 'user' }}\n{{ m.content }}<end_of_turn>\n{% endfor %}\
    {% if add_generation_prompt %}<start_of_turn>model\n{% endif %}";
const DEFAULT: &str = "{% if messages[0].role != 'system' %}You are a helpful assistant.\n\n{% endif %}\
    {% for m in messages %}{% if m.role == 'system' %}{{ m.content }}\n\n{% elif m.role == 'user' %}\
    ### Human:\n{{ m.content }}\n\n{% else %}### Assistant:\n{{ m.content }}\n\n{% endif %}{% endfor %}\
    {% if add_generation_prompt %}### Assistant:\n{% endif %}";
const DEEPSEEK: &str = "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}\n\n\
    {% elif m.role == 'user' %}User: {{ m.content }}\n\n{% else %}Assistant: {{ m.content }}{{ eos_token }}\
    {% endif %}{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}";

/// Names, layouts, and what ends a turn.
const TEMPLATES: [(&str, &str, &[&str]); 10] = [
    ("default-generation", PLAIN, &[]),
    ("default", DEFAULT, &[]),
    ("chatml", QWEN, &["<|im_end|>"]),
    ("qwen", QWEN, &["<|im_end|>"]),
    ("qwen-audio", QWEN, &["<|im_end|>"]),
    ("yi", CHATML, &["<|im_end|>"]),
    ("llama3", LLAMA3, &["<|eot_id|>"]),
    ("zephyr", ZEPHYR, &["</s>"]),
    ("gemma", GEMMA, &["<end_of_turn>"]),
    ("deepseek", DEEPSEEK, &[]),
];

/// A chat template that the user gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    /// Jinja.
    pub source: String,
    /// What ends a turn, where the template has a name.
    pub stops: Vec<String>,
}

impl Given {
    fn new(source: String, stops: &[&str]) -> Self {
        Given { source, stops: stops.iter().map(|stop| (*stop).to_owned()).collect() }
    }
}

/// Names that `--chat-template` and `--template-type` know.
pub fn template_names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(name, ..)| *name).chain(LAYOUTS.iter().map(|layout| layout.name))
}

/// The template of a built-in name, of a file, or Jinja text itself.
pub(crate) fn resolve(given: &str) -> Result<Given, Error> {
    if let Some((_, text, stops)) = TEMPLATES.iter().find(|(name, ..)| *name == given) {
        return Ok(Given::new((*text).to_owned(), stops));
    }
    if let Some(layout) = LAYOUTS.iter().find(|layout| layout.name == given) {
        return Ok(Given::new(layout.to_jinja(), layout.stops));
    }
    if given.contains("{{") || given.contains("{%") {
        return Ok(Given::new(given.to_owned(), &[]));
    }
    let path = Path::new(given);
    if path.exists() {
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
        return Ok(Given::new(text, &[]));
    }
    let names = template_names().collect::<Vec<_>>().join(", ");
    let hint = match suggest::nearest(given, template_names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("give a file, Jinja text, or one of: {names}"),
    };
    Err(ArgumentError::new(format!(
        "--template-type or --chat-template: there is no template or file `{given}`"
    ))
    .with_hint(Some(hint))
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_files_and_texts_resolve() {
        assert_eq!(resolve("llama3").unwrap(), Given::new(LLAMA3.into(), &["<|eot_id|>"]));
        assert_eq!(resolve("{{ x }}").unwrap(), Given::new("{{ x }}".into(), &[]));
        let error = resolve("lama3").unwrap_err();
        assert!(evalscope_core::Diagnose::hint(&error).unwrap().contains("llama3"));
        assert!(error.to_string().contains("--template-type"), "{error}");
        let empty = resolve("").unwrap_err();
        assert!(evalscope_core::Diagnose::hint(&empty).unwrap().starts_with("give a file"));
    }

    #[test]
    fn named_templates_bring_what_ends_a_turn() {
        for (name, stops) in [
            ("qwen", &["<|im_end|>"][..]),
            ("internlm", &["<eoa>"]),
            ("skywork", &["[SEP]"]),
            ("deepseek-coder", &["\n<|EOT|>", "<|EOT|>"]),
            ("telechat", &["<_end>"]),
            ("c4ai", &["<|END_OF_TURN_TOKEN|>"]),
            ("baichuan", &[]),
        ] {
            assert_eq!(resolve(name).unwrap().stops, stops, "{name}");
        }
        assert!(LAYOUTS.iter().all(|layout| layout.stops.iter().all(|stop| !stop.trim().is_empty())));
    }
}
