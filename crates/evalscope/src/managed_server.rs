//! A server that is to be started for a model, as a user names it: `--serve`.

use crate::argument::ArgumentError;
use crate::shell::quoted;
use evalscope_core::suggest;
use evalscope_managed::{KINDS, ServerKind};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// How long a server may take until it serves: it may fetch a large model first.
const DEFAULT_PATIENCE: Duration = Duration::from_secs(3600);

/// A server that is to be started for a model.
#[derive(Debug, Clone)]
pub struct ManagedServer {
    pub(crate) kind: &'static ServerKind,
    pub(crate) program: Option<PathBuf>,
    pub(crate) arguments: Vec<String>,
    pub(crate) patience: Duration,
    /// What it has loaded, once it is started: requests name the model as it is served.
    pub(crate) loaded: Option<String>,
}

/// The long form of `--serve`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    server: String,
    program: Option<PathBuf>,
    #[serde(default)]
    args: Words,
    start_timeout: Option<f64>,
}

/// Arguments as a list, or as a line of a shell.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    List(Vec<String>),
    Line(String),
}

impl Default for Words {
    fn default() -> Words {
        Words::List(Vec::new())
    }
}

impl ManagedServer {
    /// Reads the name of a server with its arguments, or JSON with `server`, `program`, `args` and `start_timeout`.
    pub fn parse(text: &str) -> Result<ManagedServer, ArgumentError> {
        let given = match text.trim_start().starts_with('{') {
            true => serde_json::from_str(text)
                .map_err(|error| ArgumentError::new(format!("--serve is not valid JSON: {error}")))?,
            false => {
                let mut words = words(text)?.into_iter();
                let server = words.next().unwrap_or_default();
                Given { server, program: None, args: Words::List(words.collect()), start_timeout: None }
            }
        };
        let kind = ServerKind::named(&given.server).ok_or_else(|| no_server(&given.server))?;
        let patience = match given.start_timeout {
            None => DEFAULT_PATIENCE,
            Some(seconds) => Duration::try_from_secs_f64(seconds)
                .map_err(|_| ArgumentError::new("--serve: `start_timeout` must be a number of seconds"))?,
        };
        let arguments = match given.args {
            Words::List(list) => list,
            Words::Line(line) => words(&line)?,
        };
        Ok(ManagedServer { kind, program: given.program, arguments, patience, loaded: None })
    }

    /// Names of the servers.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KINDS.iter().map(|kind| kind.name)
    }

    /// What of the server decides the answers of a model. Its port and its version do not stand here: the one changes with
    /// every run, and the other nobody has said.
    pub(crate) fn identity(&self, model: Option<&String>) -> String {
        let model = self.loaded.as_ref().or(model).into_iter().filter(|_| self.kind.takes_name);
        let words = [self.kind.name].into_iter().chain(model.map(String::as_str));
        let words = words.chain(self.arguments.iter().map(String::as_str));
        words.map(quoted).collect::<Vec<_>>().join(" ")
    }
}

fn words(line: &str) -> Result<Vec<String>, ArgumentError> {
    shlex::split(line).ok_or_else(|| {
        ArgumentError::new(format!("--serve: `{line}` cannot be split into words"))
            .with_hint(Some("a quotation mark is not closed".into()))
    })
}

fn no_server(name: &str) -> ArgumentError {
    let names: Vec<&str> = ManagedServer::names().collect();
    ArgumentError::new(format!("--serve: there is no server `{name}`")).with_hint(Some(
        match suggest::nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of: {}", names.join(", ")),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::Diagnose;
    use std::path::Path;

    #[test]
    fn a_server_is_a_name_with_arguments_or_json() {
        let short = ManagedServer::parse("vllm --max-model-len 4096 --x 'a b'").unwrap();
        assert_eq!(short.kind.name, "vllm");
        assert_eq!(short.arguments, ["--max-model-len", "4096", "--x", "a b"]);
        let long =
            r#"{"server":"swift","program":"/opt/swift","args":"--infer_backend pt","start_timeout":9}"#;
        let long = ManagedServer::parse(long).unwrap();
        assert_eq!(long.program.as_deref(), Some(Path::new("/opt/swift")));
        assert_eq!((long.arguments.len(), long.patience.as_secs()), (2, 9));
        assert_eq!(
            short.identity(Some(&"org/name".to_owned())),
            "vllm org/name --max-model-len 4096 --x 'a b'"
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let hint = |text: &str| ManagedServer::parse(text).unwrap_err().hint().unwrap_or_default();
        assert!(hint("vlm").contains("vllm"));
        assert!(hint("vllm 'a").contains("quotation"));
        assert!(ManagedServer::parse(r#"{"server":"vllm","start_timeout":-1}"#).is_err());
        assert!(ManagedServer::parse(r#"{"server":"vllm","port":1}"#).is_err());
    }
}
