//! Puts the user's `--dataset-args` into a protocol.

use crate::arguments::DatasetArgs;
use crate::benchmark::Benchmark;
use crate::python_format;
use crate::schema::{AskSection, GenerateSection, Order, Pick, ProtocolSection, Subsets};
use evalscope_core::suggest;
use indexmap::IndexMap;

/// What is wrong, and what to do.
pub(crate) type Wrong = (String, Option<String>);

/// The switches of the protocol with the user's values.
pub(crate) fn options(
    section: &ProtocolSection,
    arguments: &DatasetArgs,
) -> Result<IndexMap<String, serde_json::Value>, Wrong> {
    let mut options: IndexMap<String, serde_json::Value> =
        section.options.iter().map(|(name, option)| (name.clone(), option.default.clone())).collect();
    for (name, value) in &arguments.extra_params {
        match options.get_mut(name) {
            Some(slot) => *slot = value.clone(),
            None => {
                let near = suggest::nearest(name, section.options.keys().map(String::as_str));
                return Err((
                    format!("extra_params: this protocol has no option `{name}`"),
                    near.map(|near| format!("did you mean `{near}`?")),
                ));
            }
        }
    }
    Ok(options)
}

/// Puts the user's arguments into the protocol. What a protocol cannot do is an error, never ignored.
pub(crate) fn apply_arguments(section: &mut ProtocolSection, arguments: &DatasetArgs) -> Result<(), Wrong> {
    if let Some(count) = arguments.few_shot_num {
        match &section.shots {
            None if count > 0 => return Err(("this protocol has no few-shot examples".into(), None)),
            Some(shots) => {
                if let Some(allowed) = &shots.allowed
                    && !allowed.contains(&count)
                {
                    let numbers = allowed.iter().map(u64::to_string).collect::<Vec<_>>().join(" or ");
                    return Err((format!("few_shot_num can only be {numbers} here"), None));
                }
            }
            None => {}
        }
    }
    if let (Some(count), Some(shots)) = (arguments.few_shot_num, &section.shots)
        && let Some(max) = shots.max
        && count > max
    {
        return Err((format!("few_shot_num can be at most {max} here"), None));
    }
    if arguments.shuffle == Some(true) && section.order == Some(Order::Shuffle05) {
        return Err(("shuffle: this protocol shuffles its samples already".into(), None));
    }
    if arguments.shuffle_choices == Some(true) && section.sample.contains_key("correct") {
        return Err(("shuffle_choices: this protocol's options have a fixed order".into(), None));
    }
    if arguments.few_shot_random == Some(true)
        && !matches!(&section.shots, Some(shots) if !matches!(shots.pick, Pick::Asset(_)))
    {
        return Err(("few_shot_random: this protocol does not choose its examples".into(), None));
    }
    if let Some(shuffle) = arguments.shuffle_choices {
        section.shuffle_choices = Some(shuffle);
    }
    if let Some(template) = &arguments.prompt_template
        && !section.prompt.as_deref().unwrap_or("").contains("prompt_template")
    {
        section.prompt = Some(python_format::to_jinja(template).map_err(|message| (message, None))?);
    }
    if let Some(system) = &arguments.system_prompt {
        if matches!(&section.ask, Some(AskSection::Loglikelihood(_)))
            || matches!(&section.ask, Some(AskSection::Generate(GenerateSection { raw: true, .. })))
        {
            return Err((
                "a system prompt cannot be sent: this protocol holds no conversation".into(),
                Some("take `--system-prompt` out, or use another protocol".into()),
            ));
        }
        section.system = Some(python_format::literal(system));
    }
    Ok(())
}

/// Refuses to shuffle options where questions have none.
pub(crate) fn check_choices(
    sample_fields: &IndexMap<String, String>,
    arguments: &DatasetArgs,
) -> Result<(), Wrong> {
    let has_options = sample_fields.get("choices").is_some_and(|choices| choices != "[]");
    if arguments.shuffle_choices == Some(true) && !has_options {
        return Err(("shuffle_choices: its questions have no options".into(), Some("take it out".into())));
    }
    Ok(())
}

/// Refuses subsets that the benchmark does not have.
pub(crate) fn check_subsets(benchmark: &Benchmark, arguments: &DatasetArgs) -> Result<(), Wrong> {
    let wanted = arguments.subset_list.as_deref().unwrap_or(&[]);
    if arguments.subset_list.as_ref().is_some_and(Vec::is_empty) {
        return Err(("subset_list names no subset".into(), Some("take it out for all of them".into())));
    }
    if let Some((_, name)) = wanted.iter().enumerate().find(|(at, name)| wanted[..*at].contains(name)) {
        return Err((format!("subset_list names `{name}` twice"), None));
    }
    let (Some(wanted), Subsets::Named(known)) = (&arguments.subset_list, &benchmark.file.data.subsets) else {
        return Ok(());
    };
    match wanted.iter().find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(name) => {
            let near = suggest::nearest(name, known.iter().map(String::as_str));
            Err((format!("there is no subset `{name}`"), near.map(|near| format!("did you mean `{near}`?"))))
        }
    }
}
