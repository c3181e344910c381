//! `--judge`: who judges replies, and how.

use crate::commands::models_given;
use crate::output::Failure;
use evalscope::core::suggest;
use evalscope::{ArgumentError, JudgeOptions, JudgeStrategy, JudgeWishes};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The names of what is said of all judges together; all others are of the only judge.
const SHARED: [&str; 11] = [
    "models",
    "strategy",
    "system_prompt",
    "prompt_template",
    "score_mapping",
    "score_type",
    "repeats",
    "aggregation",
    "position_swap",
    "min_valid_judges",
    "null_model",
];

/// EvalScope's name of a judge's name, for which `--model` has `model_id`.
const JUDGE_ID: &str = "judge_id";

/// What is said of all judges together.
#[derive(Deserialize)]
struct Shared {
    #[serde(default)]
    models: Vec<Value>,
    #[serde(default)]
    strategy: JudgeStrategy,
    system_prompt: Option<String>,
    prompt_template: Option<String>,
    #[serde(default)]
    score_mapping: IndexMap<String, f64>,
    #[serde(default)]
    score_type: evalscope::ScoreType,
    #[serde(default = "one")]
    repeats: u32,
    #[serde(default)]
    aggregation: evalscope::Aggregation,
    #[serde(default = "one")]
    min_valid_judges: u32,
    #[serde(default)]
    position_swap: Swap,
    #[serde(default = "null_model")]
    null_model: u64,
}

/// Whether two answers are shown in both orders.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Swap {
    /// As the protocol does.
    #[default]
    Auto,
    On,
    Off,
}

impl Swap {
    fn wanted(self) -> Option<bool> {
        match self {
            Swap::Auto => None,
            Swap::On => Some(true),
            Swap::Off => Some(false),
        }
    }
}

fn one() -> u32 {
    1
}

fn null_model() -> u64 {
    evalscope::NULL_MODEL_SAMPLES
}

/// Reads `--judge` and `--judge-strategy`.
pub fn judge(text: Option<&str>, strategy: Option<&str>) -> Result<Option<JudgeOptions>, Failure> {
    let strategy = strategy.map(named_strategy).transpose()?;
    let Some(text) = text else {
        return match strategy {
            None | Some(JudgeStrategy::Rule | JudgeStrategy::Auto) => Ok(None),
            Some(_) => Err(ArgumentError::new("`--judge-strategy` wants a judge, and there is none")
                .with_hint(Some("name one with `--judge`".into()))
                .into()),
        };
    };
    let mut fields = fields(text)?;
    // EvalScope writes its groups so.
    if let Some(Value::Object(contract)) = fields.remove("contract") {
        fields.extend(contract);
    }
    if fields.contains_key("score_pattern") {
        return Err(ArgumentError::new("--judge: there is no `score_pattern`: a verdict is a JSON object")
            .with_hint(Some("say in `prompt_template` what each label of `score_mapping` stands for".into()))
            .into());
    }
    let own: Vec<String> = fields.keys().filter(|name| !SHARED.contains(&name.as_str())).cloned().collect();
    let own: Map<String, Value> = own.into_iter().filter_map(|name| fields.remove_entry(&name)).collect();
    check_fields(&own, true)?;
    let wrong = |error: serde_json::Error| ArgumentError::new(format!("--judge: {error}"));
    let shared: Shared = serde_json::from_value(Value::Object(fields)).map_err(wrong)?;
    let models = match (shared.models.is_empty(), own.is_empty()) {
        (true, _) => vec![Value::Object(own)],
        (false, true) => shared.models,
        (false, false) => {
            let name = own.keys().next().cloned().unwrap_or_default();
            return Err(ArgumentError::new(format!("--judge: there are `models`, and `{name}` beside them"))
                .with_hint(Some("put it into each of the models".into()))
                .into());
        }
    };
    if shared.repeats == 0 || shared.min_valid_judges as usize > models.len() {
        let message = "--judge: `repeats` is at least 1, `min_valid_judges` at most the number of judges";
        return Err(ArgumentError::new(message).into());
    }
    for fields in models.iter().filter_map(Value::as_object) {
        check_fields(fields, false)?;
    }
    let models = models.into_iter().map(|model| models_given::one("--judge", &named(model)));
    Ok(Some(JudgeOptions {
        models: models.collect::<Result<_, Failure>>()?,
        wishes: JudgeWishes {
            strategy: strategy.unwrap_or(shared.strategy),
            judges: Vec::new(),
            repeats: shared.repeats,
            aggregation: shared.aggregation,
            min_valid_judges: shared.min_valid_judges,
            position_swap: shared.position_swap.wanted(),
            system_prompt: shared.system_prompt,
            prompt_template: shared.prompt_template,
            score_mapping: shared.score_mapping,
            score_type: shared.score_type,
            null_model: shared.null_model,
        },
    }))
}

/// Refuses fields that a judge has not; what is said of all judges together stands beside those of the only one.
fn check_fields(fields: &Map<String, Value>, is_only: bool) -> Result<(), ArgumentError> {
    let of_all: &[&str] = if is_only { &SHARED } else { &[] };
    let of_one = models_given::FIELDS.into_iter().chain([JUDGE_ID]);
    let known: Vec<&str> = of_all.iter().copied().chain(of_one).collect();
    let Some(name) = fields.keys().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
    let hint = match suggest::nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if SHARED.contains(&name.as_str()) => "it is said of all judges: put it beside `models`".into(),
        None => format!("its fields are: {}", known.join(", ")),
    };
    Err(ArgumentError::new(format!("--judge: there is no field `{name}`")).with_hint(Some(hint)))
}

/// `--judge` as it may be written down, with the content of its file: without keys.
pub fn judge_without_secrets(text: &str) -> String {
    let Ok(mut fields) = fields(text) else { return String::new() };
    if let Some(Value::Array(models)) = fields.get_mut("models") {
        models.iter_mut().for_each(|model| *model = without_secrets(model));
    }
    without_secrets(&Value::Object(fields)).to_string()
}

fn without_secrets(model: &Value) -> Value {
    match model {
        Value::Object(_) => models_given::without_secrets(&model.to_string()),
        other => other.clone(),
    }
}

/// EvalScope's names of a judge's fields as `--model` has them.
fn named(model: Value) -> Value {
    let Value::Object(mut fields) = model else { return model };
    if !fields.contains_key("model")
        && let Some(name) = fields.remove("model_id")
    {
        fields.insert("model".into(), name);
    }
    if let Some(id) = fields.remove(JUDGE_ID) {
        fields.insert("model_id".into(), id);
    }
    Value::Object(fields)
}

/// JSON, a file, or the name of a model.
fn fields(text: &str) -> Result<Map<String, Value>, ArgumentError> {
    let wrong = |error: String| {
        ArgumentError::new(format!("--judge: {error}"))
            .with_hint(Some("such as '{\"model\": \"NAME\", \"api_url\": \"http://HOST:PORT/v1\"}'".into()))
    };
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| wrong(format!("not valid JSON: {error}")));
    }
    let path = std::path::Path::new(text);
    if path.is_file()
        && [Some("yaml"), Some("yml"), Some("json")].contains(&path.extension().and_then(|end| end.to_str()))
    {
        return evalscope::read_config(path).map(|fields| fields.into_iter().collect());
    }
    Ok(Map::from_iter([("model".to_owned(), text.into())]))
}

fn named_strategy(name: &str) -> Result<JudgeStrategy, ArgumentError> {
    serde_json::from_value(name.into()).map_err(|_| {
        ArgumentError::new(format!("--judge-strategy: there is no `{name}`"))
            .with_hint(Some("one of: auto, rule, llm, llm_recall".into()))
    })
}
