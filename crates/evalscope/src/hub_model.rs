//! A model in a hub's repository: its name as `evalscope data` has it, and its file.

use crate::catalogue::Fetched;
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::prepare::store_for;
use evalscope_core::{Kind, suggest};
use evalscope_data::RepoId;
use std::fmt;

/// A model in a hub's repository.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HubModel {
    pub id: RepoId,
    /// The file that is meant; absent where the repository has one only.
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

    /// The file on this machine, fetched from the hub when it is not there.
    pub fn fetch(&self, hub: Hub, environment: &Environment) -> Result<Fetched, Error> {
        let store = store_for(environment, hub, None)?;
        let repository = store.open_model(&self.id)?;
        let file = choose_file(&self.id.id, repository.files(), self.file.as_deref())?;
        Ok(Fetched { path: repository.path(&file)?, origin: repository.origin(), store })
    }
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
            "the repository has no GGUF file, which is what the embedded engine reads".into(),
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
    fn names_are_read_as_they_are_written() {
        for name in ["org/name", "org/name@v1", "org/name/q4/a.gguf", "org/name/a.gguf@refs/pr/1"] {
            let model = HubModel::read(name);
            assert_eq!(model.id.id, "org/name");
            assert_eq!(model.to_string(), name);
        }
    }
}
