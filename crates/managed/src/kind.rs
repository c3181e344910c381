//! The servers that we can start: their programs, command lines and health pages.

use crate::error::Error;
use std::path::Path;

/// What is to be served, and where.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// A path or a name that the server can load.
    pub model: &'a str,
    /// The name that requests will have.
    pub name: &'a str,
    /// The port on loopback.
    pub port: u16,
}

/// A server that we can start.
#[derive(Debug)]
pub struct ServerKind {
    /// Its name.
    pub name: &'static str,
    /// Names of its program, the first that is there is taken.
    pub programs: &'static [&'static str],
    /// The page that answers with 200 once the model is served.
    pub health: &'static str,
    /// Options that are ours to set, and those that read options from a file, in which these could stand.
    pub reserved: &'static [&'static str],
    /// What stands before an option's name in the variable that says the same, where there are such variables.
    pub option_variables: Option<&'static str>,
    /// Whether it serves the model under a name that we choose.
    pub takes_name: bool,
    /// Whether it loads a single file.
    pub takes_file: bool,
    /// How it treats prompts that are longer than what it keeps, where it cuts them and answers all the same.
    pub cuts: Option<Cuts>,
    words: fn(&str, &Wanted<'_>) -> Vec<String>,
    environment: fn(&Wanted<'_>) -> Vec<(&'static str, String)>,
}

/// How a server cuts prompts without an error.
#[derive(Debug)]
pub struct Cuts {
    /// The variable that says how many tokens of context it keeps.
    pub variable: &'static str,
    /// Words that stand together in a line of its log for each prompt that it cut.
    pub said: &'static [&'static str],
}

const HOST: &str = "127.0.0.1";

/// All of them. Command lines are those of vLLM 0.11 to 0.33, SGLang 0.5, llama.cpp b8681 and later, Ollama 0.12 to 0.34 and
/// ms-swift 3 to 4.6, after their documentation and sources.
pub const KINDS: [ServerKind; 5] = [
    ServerKind {
        name: "vllm",
        programs: &["vllm"],
        health: "/health",
        reserved: &[
            "--host",
            "--port",
            "--served-model-name",
            "--model",
            "--uds",
            "--ssl-keyfile",
            "--ssl-certfile",
            "--config",
        ],
        option_variables: None,
        takes_name: true,
        takes_file: false,
        cuts: None,
        words: |_, wanted| {
            let mut words = vec!["serve".to_owned(), wanted.model.to_owned()];
            words.extend(listening(wanted, "--served-model-name"));
            words
        },
        environment: |_| Vec::new(),
    },
    ServerKind {
        name: "sglang",
        programs: &["sglang", "python3", "python"],
        health: "/health",
        reserved: &[
            "--host",
            "--port",
            "--served-model-name",
            "--model-path",
            "--model",
            "--ssl-keyfile",
            "--ssl-certfile",
            "--config",
        ],
        option_variables: None,
        takes_name: true,
        takes_file: false,
        cuts: None,
        words: |program, wanted| {
            // Older versions have no program of their own.
            let begin: &[&str] =
                if program.starts_with("python") { &["-m", "sglang.launch_server"] } else { &["serve"] };
            let mut words: Vec<String> = begin.iter().map(|word| (*word).to_owned()).collect();
            words.extend(["--model-path".to_owned(), wanted.model.to_owned()]);
            words.extend(listening(wanted, "--served-model-name"));
            words
        },
        environment: |_| Vec::new(),
    },
    ServerKind {
        name: "llama-server",
        programs: &["llama-server"],
        health: "/health",
        reserved: &[
            "--host",
            "--port",
            "--alias",
            "-a",
            "--model",
            "-m",
            "--model-url",
            "-mu",
            "--hf-repo",
            "-hf",
            "-hfr",
            "--api-prefix",
            "--ssl-key-file",
            "--ssl-cert-file",
        ],
        option_variables: Some("LLAMA_ARG_"),
        takes_name: true,
        takes_file: true,
        cuts: None,
        words: |_, wanted| {
            let option = if Path::new(wanted.model).exists() { "--model" } else { "--hf-repo" };
            let mut words = vec![option.to_owned(), wanted.model.to_owned()];
            words.extend(listening(wanted, "--alias"));
            // Versions before December 2025 match templates by pattern without it, and leave default system messages out.
            words.push("--jinja".to_owned());
            words
        },
        environment: |_| Vec::new(),
    },
    ServerKind {
        name: "ollama",
        programs: &["ollama"],
        health: "/api/version",
        reserved: &[],
        option_variables: None,
        takes_name: false,
        takes_file: false,
        // On machines with less than 24 GiB of graphics memory it keeps 4,096 tokens unless it is told otherwise, and of a longer
        // prompt about half as many.
        cuts: Some(Cuts { variable: "OLLAMA_CONTEXT_LENGTH", said: &["truncating", "prompt", "limit="] }),
        words: |_, _| vec!["serve".to_owned()],
        environment: |wanted| vec![("OLLAMA_HOST", format!("{HOST}:{}", wanted.port))],
    },
    ServerKind {
        name: "swift",
        programs: &["swift"],
        health: "/v1/models",
        reserved: &[
            "--host",
            "--port",
            "--served_model_name",
            "--model",
            "--ssl_keyfile",
            "--ssl_certfile",
            "--config",
        ],
        option_variables: None,
        takes_name: true,
        takes_file: false,
        cuts: None,
        words: |_, wanted| {
            let mut words = vec!["deploy".to_owned(), "--model".to_owned(), wanted.model.to_owned()];
            words.extend(listening(wanted, "--served_model_name"));
            words
        },
        environment: |_| Vec::new(),
    },
];

/// What the names of options end in whose values are secrets: they would stand in every list of processes, and in what is
/// recorded of a run.
const SECRETS: [&str; 3] = ["key", "token", "password"];
/// The same under names that end otherwise.
const MORE_SECRETS: [&str; 2] = ["--api-key-file", "-hft"];

impl ServerKind {
    /// The server of this name.
    pub fn named(name: &str) -> Option<&'static ServerKind> {
        // A reference to a constant's element lives as long as the program.
        const ALL: &[ServerKind] = &KINDS;
        ALL.iter().find(|kind| kind.name == name)
    }

    /// Refuses arguments that are ours to set, or that hold a secret.
    pub fn check(&self, arguments: &[String]) -> Result<(), Error> {
        let option =
            |word: &String| word.split_once('=').map_or(word.as_str(), |(option, _)| option).to_owned();
        for option in arguments.iter().map(option) {
            let plain = hyphenated(&option);
            if self.reserved.iter().any(|reserved| hyphenated(reserved) == plain) {
                return Err(Error::Reserved { server: self.name, option });
            }
            if is_secret(&plain) {
                return Err(Error::Secret { server: self.name, option });
            }
        }
        Ok(())
    }

    /// Refuses variables of its environment that are ours to set, or that hold a secret.
    pub fn check_variables<'a>(&self, mut names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
        let nothing = Wanted { model: "", name: "", port: 0 };
        let ours: Vec<&str> = self.environment(&nothing).iter().map(|(name, _)| *name).collect();
        let wrong = names.find_map(|name| {
            let (server, option) = (self.name, name.to_owned());
            let lower = name.to_ascii_lowercase();
            match ours.contains(&name) || self.is_reserved_option(&lower) {
                true => Some(Error::Reserved { server, option }),
                false if SECRETS.iter().any(|end| lower.ends_with(end)) => {
                    Some(Error::Secret { server, option })
                }
                false => None,
            }
        });
        wrong.map_or(Ok(()), Err)
    }

    /// Whether a variable, written small, says what an option does that is ours to set.
    fn is_reserved_option(&self, variable: &str) -> bool {
        let prefix = self.option_variables.map(str::to_ascii_lowercase);
        let option = prefix.and_then(|prefix| variable.strip_prefix(&prefix).map(hyphenated));
        option.is_some_and(|option| self.reserved.contains(&format!("--{option}").as_str()))
    }

    /// Words behind the program's name.
    pub fn words(&self, program: &str, wanted: &Wanted<'_>) -> Vec<String> {
        (self.words)(program, wanted)
    }

    /// Variables that its environment needs.
    pub fn environment(&self, wanted: &Wanted<'_>) -> Vec<(&'static str, String)> {
        (self.environment)(wanted)
    }
}

/// The option with `-` for `_`: servers take both.
fn hyphenated(option: &str) -> String {
    option.replace('_', "-")
}

fn is_secret(option: &str) -> bool {
    let ends_so = SECRETS.iter().any(|end| option.ends_with(end));
    MORE_SECRETS.contains(&option) || (option.starts_with('-') && ends_so)
}

fn listening(wanted: &Wanted<'_>, name_option: &str) -> [String; 6] {
    let words = ["--host", HOST, "--port", &wanted.port.to_string(), name_option, wanted.name];
    words.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted<'_> = Wanted { model: "org/name", name: "name", port: 7 };

    fn line(name: &str, program: &str) -> String {
        ServerKind::named(name).unwrap().words(program, &WANTED).join(" ")
    }

    #[test]
    fn command_lines_are_those_of_the_makers() {
        let listening = "--host 127.0.0.1 --port 7";
        assert_eq!(line("vllm", "vllm"), format!("serve org/name {listening} --served-model-name name"));
        assert_eq!(
            line("sglang", "sglang"),
            format!("serve --model-path org/name {listening} --served-model-name name")
        );
        assert_eq!(
            line("sglang", "python3.12"),
            format!("-m sglang.launch_server --model-path org/name {listening} --served-model-name name")
        );
        assert_eq!(
            line("llama-server", "llama-server"),
            format!("--hf-repo org/name {listening} --alias name --jinja")
        );
        assert_eq!(line("ollama", "ollama"), "serve");
        assert_eq!(
            line("swift", "swift"),
            format!("deploy --model org/name {listening} --served_model_name name")
        );
        let ollama = ServerKind::named("ollama").unwrap();
        assert_eq!(ollama.environment(&WANTED), [("OLLAMA_HOST", "127.0.0.1:7".to_owned())]);
        assert!(ServerKind::named("torchserve").is_none());
    }

    #[test]
    fn what_is_ours_to_set_or_a_secret_is_refused() {
        let vllm = ServerKind::named("vllm").unwrap();
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let refused = |text: &str| match vllm.check(&words(text)) {
            Err(Error::Reserved { option, .. }) => format!("ours {option}"),
            Err(Error::Secret { option, .. }) => format!("secret {option}"),
            _ => String::new(),
        };
        assert_eq!(refused("--max-model-len 4096 --port=80"), "ours --port");
        for option in ["--api-key", "--api_key", "--admin-api-key", "--hf-token", "-hft", "--api-key-file"] {
            assert_eq!(refused(&format!("{option} sk-1")), format!("secret {option}"));
        }
        assert_eq!(refused("--hf-token=hf_1"), "secret --hf-token");
        for option in ["--served_model_name", "--ssl_keyfile"] {
            assert_eq!(refused(&format!("{option} x")), format!("ours {option}"));
        }
        let swift = ServerKind::named("swift").unwrap();
        let served = swift.check(&["--served-model-name".to_owned()]);
        assert!(matches!(served, Err(Error::Reserved { .. })));
        assert_eq!(refused("--api_key_file f"), "secret --api_key_file");
        assert_eq!(refused("--max-num-batched-tokens 4096 --tokenizer my-token"), "");
        // With these the health page would be asked for in vain until the time is over.
        assert_eq!(refused("--ssl-keyfile=key.pem"), "ours --ssl-keyfile");
        assert_eq!(refused("--config x.yaml"), "ours --config");
        let llama = ServerKind::named("llama-server").unwrap();
        for option in ["--api-prefix", "--ssl-key-file", "-mu"] {
            assert!(matches!(llama.check(&[option.to_owned()]), Err(Error::Reserved { .. })), "{option}");
        }
    }

    #[test]
    fn variables_that_are_ours_or_a_secret_are_refused() {
        let ollama = ServerKind::named("ollama").unwrap();
        let checked = |name: &'static str| ollama.check_variables([name].into_iter());
        assert!(matches!(checked("OLLAMA_HOST"), Err(Error::Reserved { .. })));
        assert!(matches!(checked("OLLAMA_API_KEY"), Err(Error::Secret { .. })));
        assert!(checked("OLLAMA_CONTEXT_LENGTH").is_ok());
        let llama = ServerKind::named("llama-server").unwrap();
        let checked = |name: &'static str| llama.check_variables([name].into_iter());
        for ours in ["LLAMA_ARG_SSL_KEY_FILE", "LLAMA_ARG_PORT", "LLAMA_ARG_HF_REPO", "LLAMA_ARG_API_PREFIX"]
        {
            assert!(matches!(checked(ours), Err(Error::Reserved { .. })), "{ours}");
        }
        assert!(checked("LLAMA_ARG_CTX_SIZE").is_ok());
    }
}
