//! A model in a hub's repository: its name as `evalscope data` has it, and its files.

use crate::catalogue::Fetched;
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::prepare::store_for;
use evalscope_core::{Kind, suggest};
use evalscope_data::{RepoId, Repository, missing_weights};
use std::fmt;
use std::path::{Path, PathBuf};

const CONFIG: &str = "config.json";
/// All weights in one file, which is read where it is there, whatever else is.
const WHOLE: &str = "model.safetensors";
/// Small files that the engine reads beside the weights, where a repository has them.
const BESIDE: [&str; 10] = [
    "model.safetensors.index.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "generation_config.json",
    "added_tokens.json",
    "chat_template.jinja",
    // Those of sentence-transformers decide what a text's vector is.
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
];

/// A model in a hub's repository.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HubModel {
    pub id: RepoId,
    /// The GGUF file that is meant; absent where the repository has one only, or safetensors.
    pub file: Option<String>,
}

impl HubModel {
    /// Reads `org/name`, `org/name@revision`, `org/name/file.gguf@revision`.
    pub fn read(name: &str) -> HubModel {
        let (path, revision) = match name.split_once('@') {
            Some((path, revision)) => (path, Some(revision.to_owned())),
            None => (name, None),
        };
        let (id, file) = match path.match_indices('/').nth(1) {
            Some((at, _)) => (&path[..at], Some(path[at + 1..].to_owned())),
            None => (path, None),
        };
        HubModel { id: RepoId { id: id.to_owned(), revision }, file }
    }

    /// The file, or the folder of the safetensors, on this machine; fetched from the hub when it is not there.
    pub fn fetch(&self, hub: Hub, environment: &Environment) -> Result<Fetched, Error> {
        let store = store_for(environment, hub, None)?;
        let repository = store.open_model(&self.id)?;
        let path = match folder_files(repository.files()).filter(|_| self.file.is_none()) {
            Some(files) => {
                missing_weights(&files).first().map_or(Ok(()), |shard| lacking(&repository, shard))?;
                let config = path_of(&repository, CONFIG)?;
                for file in files {
                    path_of(&repository, &file)?;
                }
                // The hub's cache keeps a revision's files under one folder.
                config.parent().map_or_else(|| config.clone(), Path::to_path_buf)
            }
            None => {
                let files = repository.files();
                match &self.file {
                    Some(file) if !files.contains(file) => lacking(&repository, file)?,
                    None if !files.iter().any(|file| file.ends_with(".gguf")) => {
                        lacking(&repository, "its weights")?;
                    }
                    _ => {}
                }
                path_of(&repository, &choose_file(&self.id.id, files, self.file.as_deref())?)?
            }
        };
        Ok(Fetched { path, origin: repository.origin(), store })
    }
}

/// An error where the hub's cache has but a part of the repository, without this, and the hub could not be asked for it.
fn lacking(repository: &Repository, what: &str) -> Result<(), evalscope_data::Error> {
    repository.lack(format!("{} is in the cache without {what}", repository.origin())).map_or(Ok(()), Err)
}

/// A file on this machine.
fn path_of(repository: &Repository, file: &str) -> Result<PathBuf, evalscope_data::Error> {
    repository.path(file).map_err(|error| match error {
        evalscope_data::Error::Offline { .. } => {
            error.partial(format!("{} is in the cache without {file}", repository.origin()))
        }
        other => other,
    })
}

/// The files beside `config.json` of a repository that holds a model as safetensors; `None` when it does not.
fn folder_files(files: &[String]) -> Option<Vec<String>> {
    if !files.iter().any(|file| file == CONFIG) {
        return None;
    }
    let all: Vec<&String> =
        files.iter().filter(|file| file.ends_with(".safetensors") && !file.contains('/')).collect();
    // As the engine chooses. Some repositories hold the same weights once more in their authors' form.
    let of = |prefix: &str| all.iter().copied().filter(|file| file.starts_with(prefix)).collect::<Vec<_>>();
    let weights = [WHOLE, "model", ""].map(of).into_iter().find(|weights| !weights.is_empty())?;
    let small = files.iter().filter(|file| BESIDE.contains(&file.as_str()) || is_of_module(file));
    Some(small.chain(weights).cloned().collect())
}

/// Whether a file configures one of the modules that `modules.json` names, as `1_Pooling/config.json` does. The names are
/// those of folders with a number before.
fn is_of_module(file: &str) -> bool {
    let Some((folder, CONFIG)) = file.split_once('/') else { return false };
    let number = folder.split('_').next().unwrap_or_default();
    folder.contains('_') && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for HubModel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.id.id)?;
        self.file.iter().try_for_each(|file| write!(formatter, "/{file}"))?;
        self.id.revision.iter().try_for_each(|revision| write!(formatter, "@{revision}"))
    }
}

/// The one GGUF file of a repository, or the one that the user names.
fn choose_file(model: &str, files: &[String], wanted: Option<&str>) -> Result<String, Error> {
    let not_found = |reason: String, hint: Option<String>| Error::ModelNotFound {
        kind: Kind::User,
        model: model.to_owned(),
        reasons: vec![reason],
        hint,
    };
    if let Some(wanted) = wanted {
        return match files.iter().find(|file| *file == wanted) {
            Some(file) => Ok(file.clone()),
            None => Err(not_found(
                format!("the repository has no file `{wanted}`"),
                suggest::nearest(wanted, files.iter().map(String::as_str))
                    .map(|near| format!("did you mean `{near}`?")),
            )),
        };
    }
    let models: Vec<&String> = files.iter().filter(|file| file.ends_with(".gguf")).collect();
    match models.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(not_found(
            "the repository has neither a GGUF file nor `config.json` and safetensors".into(),
            Some("serve it with another program and give `--api-url`".into()),
        )),
        several => Err(not_found(
            format!("the repository has {} GGUF files", several.len()),
            Some(format!(
                "choose one: `--model-args file={}`, in `evalscope data` `{model}/FILE`",
                several.iter().map(|file| file.as_str()).collect::<Vec<_>>().join("|")
            )),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_gguf_is_chosen() {
        let files = ["README.md".to_owned(), "a.Q4.gguf".to_owned()];
        assert_eq!(choose_file("m", &files, None).unwrap(), "a.Q4.gguf");
        let two = ["a.gguf".to_owned(), "b.gguf".to_owned()];
        assert!(choose_file("m", &two, None).is_err());
        assert_eq!(choose_file("m", &two, Some("b.gguf")).unwrap(), "b.gguf");
        assert!(choose_file("m", &[], None).is_err());
    }

    #[test]
    fn a_repository_of_safetensors_is_taken_as_a_folder() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let files = names(&[
            "README.md",
            "config.json",
            "consolidated.safetensors",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "onnx/model.safetensors",
            "tokenizer.json",
        ]);
        let expected = names(&[
            "tokenizer.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
        ]);
        assert_eq!(folder_files(&files), Some(expected));
        assert_eq!(folder_files(&names(&["config.json", "a.gguf"])), None);
        assert_eq!(folder_files(&names(&["model.safetensors"])), None);
    }

    #[test]
    fn what_decides_a_texts_vector_is_fetched_with_an_encoder() {
        let files: Vec<String> = [
            "1_Pooling/config.json",
            "2_Normalize/config.json",
            "config.json",
            "config_sentence_transformers.json",
            "model.safetensors",
            "modules.json",
            "onnx/config.json",
            "1_Pooling/other.json",
            "sentence_bert_config.json",
            "tokenizer.json",
            "vocab.txt",
        ]
        .map(str::to_owned)
        .into();
        let mut fetched = folder_files(&files).unwrap();
        fetched.sort_by_key(|file| files.iter().position(|other| other == file));
        let left_out = ["config.json", "onnx/config.json", "1_Pooling/other.json", "vocab.txt"];
        let expected: Vec<String> =
            files.iter().filter(|file| !left_out.contains(&file.as_str())).cloned().collect();
        assert_eq!(fetched, expected);
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in ["org/name", "org/name@v1", "org/name/q4/a.gguf", "org/name/a.gguf@refs/pr/1"] {
            let model = HubModel::read(name);
            assert_eq!(model.id.id, "org/name");
            assert_eq!(model.to_string(), name);
        }
    }
}
