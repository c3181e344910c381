//! A server that is to be started for a model, as a user names it: `--serve`.

use crate::argument::ArgumentError;
use crate::shell::quoted;
use evalscope_core::suggest;
use evalscope_managed::{KINDS, ServerKind};
use indexmap::IndexMap;
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
    /// Variables of its environment, in the order in which they were given.
    pub(crate) variables: Vec<(String, String)>,
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
    #[serde(default)]
    env: IndexMap<String, Scalar>,
    start_timeout: Option<f64>,
}

/// Arguments as a list, or as a line of a shell.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    List(Vec<String>),
    Line(String),
}

/// The value of a variable.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a variable's value is a text, a number, true or false")]
enum Scalar {
    Text(String),
    Number(serde_json::Number),
    Flag(bool),
}

impl From<Scalar> for String {
    fn from(value: Scalar) -> String {
        match value {
            Scalar::Text(text) => text,
            Scalar::Number(number) => number.to_string(),
            Scalar::Flag(flag) => flag.to_string(),
        }
    }
}

impl Default for Words {
    fn default() -> Words {
        Words::List(Vec::new())
    }
}

impl ManagedServer {
    /// Reads the name of a server with its arguments behind it and variables before it, as in a shell, or JSON with `server`,
    /// `program`, `args`, `env` and `start_timeout`.
    pub fn parse(text: &str) -> Result<ManagedServer, ArgumentError> {
        let given = match text.trim_start().starts_with('{') {
            true => serde_json::from_str(text)
                .map_err(|error| ArgumentError::new(format!("--serve is not valid JSON: {error}")))?,
            false => line(text)?,
        };
        let kind = ServerKind::named(&given.server).ok_or_else(|| no_server(&given.server))?;
        let patience = match given.start_timeout {
            None => DEFAULT_PATIENCE,
            Some(seconds) => patience(seconds)?,
        };
        let arguments = match given.args {
            Words::List(list) => list,
            Words::Line(line) => words(&line)?,
        };
        let variables = given.env.into_iter().map(|(name, value)| (name, value.into())).collect();
        Ok(ManagedServer { kind, program: given.program, arguments, variables, patience, loaded: None })
    }

    /// Names of the servers.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KINDS.iter().map(|kind| kind.name)
    }

    /// What of the server decides the answers of a model. Its port and its version do not stand here: the one changes with
    /// every run, and the other nobody has said.
    pub(crate) fn identity(&self, model: Option<&String>) -> String {
        let model = self.loaded.as_ref().or(model).into_iter().filter(|_| self.kind.takes_name);
        let variables = self.variables.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
        let words = [self.kind.name].into_iter().chain(model.map(String::as_str));
        let words = words.chain(self.arguments.iter().map(String::as_str));
        variables.chain(words.map(quoted)).collect::<Vec<_>>().join(" ")
    }
}

fn patience(seconds: f64) -> Result<Duration, ArgumentError> {
    let patience = Duration::try_from_secs_f64(seconds).ok().filter(|patience| !patience.is_zero());
    patience.ok_or_else(|| {
        ArgumentError::new(format!("--serve: `start_timeout` cannot be {seconds}"))
            .with_hint(Some("give a number of seconds above 0".into()))
    })
}

/// The short form.
fn line(text: &str) -> Result<Given, ArgumentError> {
    let mut words = words(text)?.into_iter().peekable();
    let mut env = IndexMap::new();
    while let Some((name, value)) = words.peek().and_then(|word| variable(word)) {
        env.insert(name, Scalar::Text(value));
        words.next();
    }
    let server = words.next().unwrap_or_default();
    Ok(Given { server, program: None, args: Words::List(words.collect()), env, start_timeout: None })
}

/// A word that sets a variable, as a shell takes it.
fn variable(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| (name.to_owned(), value.to_owned()))
}

fn words(line: &str) -> Result<Vec<String>, ArgumentError> {
    shlex::split(line).ok_or_else(|| {
        ArgumentError::new(format!("--serve: `{line}` cannot be split into words"))
            .with_hint(Some("a quotation mark is not closed".into()))
    })
}

fn no_server(name: &str) -> ArgumentError {
    let names: Vec<&str> = ManagedServer::names().collect();
    if name.is_empty() {
        return ArgumentError::new("--serve: no server is named")
            .with_hint(Some(format!("one of: {}", names.join(", "))));
    }
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
    fn variables_stand_before_the_name_or_under_env() {
        let short = ManagedServer::parse("OLLAMA_CONTEXT_LENGTH=32768 OLLAMA_DEBUG= ollama").unwrap();
        let long = r#"{"server":"ollama","env":{"OLLAMA_CONTEXT_LENGTH":32768,"OLLAMA_DEBUG":""}}"#;
        let long = ManagedServer::parse(long).unwrap();
        assert_eq!((short.kind.name, &short.variables), ("ollama", &long.variables));
        assert_eq!(long.identity(None), "OLLAMA_CONTEXT_LENGTH=32768 OLLAMA_DEBUG='' ollama");
        assert!(ManagedServer::parse("--x=1 ollama").is_err());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let hint = |text: &str| ManagedServer::parse(text).unwrap_err().hint().unwrap_or_default();
        assert!(hint("vlm").contains("vllm"));
        assert!(hint("vllm 'a").contains("quotation"));
        for nobody in ["", "A=1"] {
            assert!(ManagedServer::parse(nobody).unwrap_err().to_string().contains("no server is named"));
            assert!(hint(nobody).contains("llama-server"));
        }
        for seconds in ["-1", "0", "0.0", "1e300", "1e-12"] {
            let timeout = format!(r#"{{"server":"vllm","start_timeout":{seconds}}}"#);
            assert!(hint(&timeout).contains("above 0"), "{seconds}");
        }
        assert!(ManagedServer::parse(r#"{"server":"vllm","port":1}"#).is_err());
    }
}
