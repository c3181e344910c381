//! Prompts in Python's `str.format` form, as EvalScope's users write them, turned into templates.

/// Names that may stand in braces, and what they stand for.
const NAMES: [(&str, &str); 8] = [
    ("question", "question"),
    ("query", "question"),
    ("choices", "lettered_lines(choices, ') ')"),
    ("letters", "letters(choices)"),
    ("fewshot", "shots | join('\\n\\n')"),
    ("subset", "subset"),
    ("subset_name", "subset_title"),
    ("subject", "subset_title"),
];

/// A template that renders to `text` as it is.
pub(crate) fn literal(text: &str) -> String {
    match serde_json::to_string(text) {
        Ok(quoted) if !text.is_empty() => format!("{{{{ {quoted} }}}}"),
        _ => String::new(),
    }
}

/// Names without which every sample of a subset would be asked the same.
const OF_SAMPLE: [&str; 3] = ["question", "query", "choices"];

/// The template for a prompt with `{question}` and the like. Examples that it does not place go before it, under
/// EvalScope's heading for them.
pub(crate) fn to_jinja(prompt: &str) -> Result<String, String> {
    let mut template = String::new();
    let mut plain = String::new();
    let (mut places_shots, mut places_sample) = (false, false);
    let mut rest = prompt.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '{' | '}' if rest.peek() == Some(&c) => {
                rest.next();
                plain.push(c);
            }
            '{' => {
                let name: String = rest.by_ref().take_while(|c| *c != '}').collect();
                let known = NAMES.iter().find(|(known, _)| *known == name.trim());
                let (name, expression) = known.ok_or_else(|| {
                    let names = NAMES.map(|(name, _)| name).join(", ");
                    format!("prompt_template: `{{{name}}}` stands for nothing; known: {names}; write {{{{ for a brace")
                })?;
                places_shots |= *name == "fewshot";
                places_sample |= OF_SAMPLE.contains(name);
                template.push_str(&literal(&std::mem::take(&mut plain)));
                template.push_str(&format!("{{{{ {expression} }}}}"));
            }
            '}' => return Err("prompt_template: a `}` without `{`; write }} for a brace".into()),
            other => plain.push(other),
        }
    }
    template.push_str(&literal(&plain));
    if !places_sample {
        return Err(
            "prompt_template: it has no place for the question; write `{question}` where it shall stand"
                .into(),
        );
    }
    if !places_shots {
        let heading = "Here are some examples of how to answer similar questions:\n\n";
        template =
            format!("{{% if shots %}}{heading}{{{{ shots | join('\\n\\n') }}}}\n\n{{% endif %}}{template}");
    }
    Ok(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_of_evalscope_users_work() {
        let template = to_jinja("Q: {question}\n{{x}} {% y").unwrap_err();
        assert!(template.contains("stands for nothing"), "{template}");
        let template = to_jinja("Q: {question} {{x}}").unwrap();
        let environment = crate::template::environment();
        let context = minijinja::Value::from_pairs([
            ("question", minijinja::Value::from("why {{ 1 }}?")),
            ("shots", minijinja::Value::from_iter(Vec::<String>::new())),
        ]);
        assert_eq!(environment.render_str(&template, context).unwrap(), "Q: why {{ 1 }}? {x}");
        assert!(to_jinja("{nothing}").is_err());
        for without in ["no place", "", "{{question}}", "{subset}: {fewshot}"] {
            let refused = to_jinja(without).unwrap_err();
            assert!(refused.contains("no place for the question"), "{without}: {refused}");
        }
        assert!(to_jinja("{query}").is_ok() && to_jinja("Which? {choices}").is_ok());
    }
}
