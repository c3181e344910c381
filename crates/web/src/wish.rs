//! What a run that is started from the page should do: as words of the command line, and kept for a server that is started later.
//!
//! It is kept outside of the folder of results, which may come from somebody else: nobody else decides what *Go on* runs.

use crate::error::Error;
use crate::hash::short_hash;
use crate::outputs::Outputs;
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What a new run should do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// The model.
    pub model: String,
    /// The endpoint; a local model without.
    #[serde(default)]
    pub api_url: Option<String>,
    /// The benchmarks.
    pub datasets: Vec<String>,
    /// Samples at most of each subset.
    #[serde(default)]
    pub limit: Option<u64>,
    /// Calls at a time.
    #[serde(default)]
    pub eval_batch_size: Option<u32>,
}

/// Whether a run begins or is gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It begins.
    New,
    /// It is gone on with.
    Again,
}

impl Wish {
    /// The words behind `evalscope`, for a new folder or one to go on with.
    pub fn words(&self, folder: &str, how: Start) -> Result<Vec<String>, Error> {
        if self.datasets.is_empty() || self.model.trim().is_empty() {
            return Err(Error::invalid("a run needs a model and at least one benchmark"));
        }
        if std::iter::once(&self.model).chain(&self.api_url).any(|text| has_key(text)) {
            let message =
                "a key does not belong here: it would be kept, and shown in the command line".to_owned();
            let hint = "set it in the server's environment, and name the variable: \
                        {\"model\": \"…\", \"api_key_env\": \"NAME\"}";
            return Err(Error::Refused { message, hint: Some(hint.to_owned()) });
        }
        let mut words = vec!["eval".to_owned(), format!("--model={}", self.model)];
        words.extend(self.api_url.iter().filter(|url| !url.is_empty()).map(|url| format!("--api-url={url}")));
        words.extend(self.datasets.iter().map(|name| format!("--datasets={name}")));
        words.extend(self.limit.map(|limit| format!("--limit={limit}")));
        words.extend(self.eval_batch_size.map(|size| format!("--eval-batch-size={size}")));
        match how {
            Start::Again => words.push(format!("--use-cache={folder}")),
            Start::New => words.extend([format!("--work-dir={folder}"), "--no-timestamp".to_owned()]),
        }
        Ok(words)
    }
}

/// The command line, as a shell reads it.
pub fn command_line(words: &[String]) -> String {
    let is_plain =
        |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=./:@%+,".contains(&byte));
    let quoted = words.iter().map(|word| match is_plain(word) && !word.is_empty() {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    });
    std::iter::once("evalscope".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

/// Whether a model or an address holds a key itself: a field of JSON or of a query, or a name with a password before a host.
fn has_key(text: &str) -> bool {
    let is_field = text.split("api_key").skip(1).any(|rest| !rest.starts_with("_env"));
    let is_header = ["extra_headers", "?key=", "&key="].iter().any(|name| text.contains(name));
    let has_password = text.split("://").skip(1).any(|rest| {
        let host = rest.split(['/', '?', '#', '"']).next().unwrap_or_default();
        host.contains('@')
    });
    is_field || is_header || has_password
}

/// What runs were asked to do, in a folder of this user.
pub struct Wishes {
    folder: PathBuf,
}

impl Wishes {
    /// Kept below this folder.
    pub fn new(state: &Path) -> Wishes {
        Wishes { folder: state.join("launched") }
    }

    /// Keeps what a run was asked to do, for this user's eyes.
    pub fn keep(&self, outputs: &Outputs, id: &str, wish: &Wish) -> Result<(), Error> {
        let text =
            serde_json::to_vec(wish).map_err(|error| Error::Internal { message: error.to_string() })?;
        let path = self.path(outputs, id);
        std::fs::create_dir_all(&self.folder).map_err(Error::file("create", &self.folder))?;
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(Error::file("create", &path))?;
        file.write_all(&text).map_err(Error::file("write", &path))
    }

    /// What a run was asked to do that was started from here.
    pub fn of(&self, outputs: &Outputs, id: &str) -> Option<Wish> {
        serde_json::from_slice(&std::fs::read(self.path(outputs, id)).ok()?).ok()
    }

    fn path(&self, outputs: &Outputs, id: &str) -> PathBuf {
        self.folder.join(format!("{}.json", short_hash(&format!("{}\n{id}", outputs.root().display()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(model: &str) -> Wish {
        let datasets = vec!["gsm8k".to_owned(), "a b".to_owned()];
        Wish { model: model.into(), api_url: None, datasets, limit: Some(5), eval_batch_size: None }
    }

    #[test]
    fn the_command_line_is_what_a_shell_takes() {
        let words = asked("--x'; rm -rf /").words("out/1", Start::New).unwrap();
        let line = command_line(&words);
        assert_eq!(
            line,
            "evalscope eval '--model=--x'\\''; rm -rf /' --datasets=gsm8k '--datasets=a b' --limit=5 \
             --work-dir=out/1 --no-timestamp"
        );
        assert!(asked("m").words("out/1", Start::Again).unwrap().contains(&"--use-cache=out/1".to_owned()));
        assert!(asked(" ").words("out/1", Start::Again).is_err());
    }

    #[test]
    fn keys_are_refused_and_names_of_variables_are_not() {
        for (model, url) in [
            (r#"{"model":"m","api_key":"sk-1"}"#, "http://a/v1"),
            (r#"{"model":"m","api_url":"http://me:secret@a/v1"}"#, ""),
            ("m", "https://me:secret@a/v1"),
            ("m", "https://a/v1?key=1"),
        ] {
            let wish = Wish { api_url: Some(url.into()), ..asked(model) };
            let refused = wish.words("out/1", Start::New);
            assert!(matches!(refused, Err(Error::Refused { .. })), "{model} {url}");
        }
        let named =
            Wish { api_url: Some("http://a/v1/@me".into()), ..asked(r#"{"model":"m","api_key_env":"KEY"}"#) };
        assert!(named.words("out/1", Start::New).is_ok());
    }

    #[test]
    fn nothing_in_the_folder_of_results_decides_what_is_run() {
        let home = tempfile::tempdir().unwrap();
        let outputs = Outputs::open(&home.path().join("outputs")).unwrap();
        let wishes = Wishes::new(&home.path().join("state"));
        let text = serde_json::to_vec(&asked("somebody's")).unwrap();
        for name in [format!("launched-{}.json", short_hash("x")), "launched.json".to_owned()] {
            std::fs::write(outputs.derived(&name).unwrap(), &text).unwrap();
        }
        assert_eq!(wishes.of(&outputs, "x"), None);
        wishes.keep(&outputs, "x", &asked("m")).unwrap();
        assert_eq!(wishes.of(&outputs, "x"), Some(asked("m")));
        assert_eq!(wishes.of(&outputs, "y"), None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let about = wishes.path(&outputs, "x").metadata().unwrap();
            assert_eq!(about.permissions().mode() & 0o777, 0o600);
        }
    }
}
