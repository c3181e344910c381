//! What stands beside an encoder in a folder of sentence-transformers: pooling, the longest text, what is put before texts.

use super::pooling::{Pool, Pooling};
use crate::config::Json;
use crate::error::{Result, explain};
use crate::folder::FolderFiles;
use crate::gguf::{Fault, nonsense};
use serde_json::Value;

const MODULES: &str = "modules.json";
const LENGTH: &str = "sentence_bert_config.json";
const PROMPTS: &str = "config_sentence_transformers.json";
/// The kinds of pooling by the flags that older files have for them, and the words of newer ones.
const POOLS: [(&str, &str, Pool); 5] = [
    ("pooling_mode_cls_token", "cls", Pool::Cls),
    ("pooling_mode_mean_tokens", "mean", Pool::Mean),
    ("pooling_mode_max_tokens", "max", Pool::Max),
    ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", Pool::MeanSqrtLength),
    ("pooling_mode_lasttoken", "lasttoken", Pool::Last),
];
const WEIGHTED: &str = "pooling_mode_weightedmean_tokens";

/// What stands beside an encoder.
#[derive(Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) pooling: Pooling,
    /// Tokens of a text at most, where the files say it.
    pub(super) longest: Option<usize>,
    pub(super) is_lower_case: bool,
    /// What is put before each text.
    pub(super) prompt: String,
}

impl Settings {
    /// Reads the files of this folder.
    pub(super) fn read(files: &FolderFiles) -> Result<Settings> {
        let in_file = |name: &'static str| move |fault| explain(&files.path(name), fault);
        let length = files.optional(LENGTH)?;
        let length = Json(&length);
        let prompt = prompt(Json(&files.optional(PROMPTS)?)).map_err(in_file(PROMPTS))?;
        Ok(Settings {
            pooling: pooling(files, !prompt.is_empty())?,
            longest: length.count(&["max_seq_length"], u64::from(u32::MAX)).map_err(in_file(LENGTH))?,
            is_lower_case: length.flag("do_lower_case").map_err(in_file(LENGTH))?,
            prompt,
        })
    }
}

/// Of a folder that does not say, the mean of all tokens, as sentence-transformers takes it.
fn pooling(files: &FolderFiles, has_prompt: bool) -> Result<Pooling> {
    let mut pooling = Pooling { pool: Pool::Mean, is_normalised: false };
    let in_modules = |fault| explain(&files.path(MODULES), fault);
    for module in files.optional_list(MODULES)? {
        let Value::Object(module) = module else {
            return Err(in_modules(Fault::Nonsense("a module is no object".into())));
        };
        let module = Json(&module);
        let kind = module.text(&["type"]).map_err(in_modules)?.unwrap_or_default();
        let path = module.text(&["path"]).map_err(in_modules)?.unwrap_or_default();
        match kind.rsplit('.').next().unwrap_or_default() {
            "Transformer" if path.is_empty() => {}
            "Normalize" => pooling.is_normalised = true,
            "Pooling" if is_name(path) => {
                let name = format!("{path}/config.json");
                let config = files.optional(&name)?;
                pooling.pool =
                    pool(Json(&config), has_prompt).map_err(|fault| explain(&files.path(&name), fault))?;
            }
            other => return Err(in_modules(Fault::Unknown(format!("the module `{other}` in `{path}`")))),
        }
    }
    Ok(pooling)
}

/// Whether a path is a name inside of the folder.
fn is_name(path: &str) -> bool {
    !path.is_empty() && !path.contains(['/', '\\']) && !path.starts_with('.')
}

fn pool(config: Json<'_>, has_prompt: bool) -> Result<Pool, Fault> {
    if has_prompt && config.has("include_prompt") && !config.flag("include_prompt")? {
        return Err(Fault::Unknown("`include_prompt` false beside a default prompt".into()));
    }
    if let Some(word) = config.text(&["pooling_mode"])? {
        return match POOLS.iter().find(|(_, name, _)| *name == word) {
            Some((_, _, pool)) => Ok(*pool),
            None => Err(Fault::Unknown(format!("`pooling_mode` {word}"))),
        };
    }
    if config.flag(WEIGHTED)? {
        return Err(Fault::Unknown(format!("`{WEIGHTED}`")));
    }
    let mut chosen = Vec::new();
    for (flag, _, pool) in POOLS {
        if config.flag(flag)? {
            chosen.push(pool);
        }
    }
    match chosen.as_slice() {
        [pool] => Ok(*pool),
        [] => nonsense("it names no kind of pooling"),
        _ => Err(Fault::Unknown("several kinds of pooling at once".into())),
    }
}

fn prompt(config: Json<'_>) -> Result<String, Fault> {
    let Some(name) = config.text(&["default_prompt_name"])? else { return Ok(String::new()) };
    let prompts = config.object("prompts")?;
    match prompts.map(|prompts| prompts.text(&[name])).transpose()?.flatten() {
        Some(prompt) => Ok(prompt.to_owned()),
        None => nonsense(format!("`prompts` has no `{name}`, the default")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn both_ways_to_name_a_pooling_are_read_and_others_refused() {
        let of = |value: Value| pool(Json(&object(value)), false);
        let left_out = object(json!({"pooling_mode": "mean", "include_prompt": false}));
        assert!(pool(Json(&left_out), true).is_err() && pool(Json(&left_out), false).is_ok());
        assert_eq!(of(json!({"pooling_mode_cls_token": true})).unwrap(), Pool::Cls);
        assert_eq!(of(json!({"pooling_mode": "lasttoken"})).unwrap(), Pool::Last);
        for value in [
            json!({}),
            json!({"pooling_mode": "guess"}),
            json!({"pooling_mode_weightedmean_tokens": true}),
            json!({"pooling_mode_cls_token": true, "pooling_mode_max_tokens": true}),
        ] {
            assert!(of(value.clone()).is_err(), "{value}");
        }
    }

    #[test]
    fn the_default_prompt_is_put_before_texts() {
        let of = |value: Value| prompt(Json(&object(value)));
        let prompts = json!({"query": "query: "});
        assert_eq!(of(json!({"prompts": prompts, "default_prompt_name": "query"})).unwrap(), "query: ");
        assert_eq!(of(json!({"prompts": prompts, "default_prompt_name": null})).unwrap(), "");
        assert!(of(json!({"prompts": prompts, "default_prompt_name": "other"})).is_err());
    }

    #[test]
    fn no_module_leads_out_of_the_folder() {
        assert!(is_name("1_Pooling"));
        for path in ["", "../x", "a/b", "..", "a\\b", "/a"] {
            assert!(!is_name(path), "{path}");
        }
    }
}
