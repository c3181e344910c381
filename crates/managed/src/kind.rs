//! The servers that we can start: their programs, command lines and health pages.

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
    /// Options that are ours to set.
    pub reserved: &'static [&'static str],
    /// Whether it serves the model under a name that we choose.
    pub takes_name: bool,
    /// Whether it loads a single file.
    pub takes_file: bool,
    words: fn(&str, &Wanted<'_>) -> Vec<String>,
    environment: fn(&Wanted<'_>) -> Vec<(&'static str, String)>,
}

const HOST: &str = "127.0.0.1";

/// All of them. Command lines are those of vLLM 0.11, SGLang 0.5, llama.cpp b8681, Ollama 0.12 and ms-swift 3, after their
/// documentation.
pub const KINDS: [ServerKind; 5] = [
    ServerKind {
        name: "vllm",
        programs: &["vllm"],
        health: "/health",
        reserved: &["--host", "--port", "--served-model-name", "--model", "--uds"],
        takes_name: true,
        takes_file: false,
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
        reserved: &["--host", "--port", "--served-model-name", "--model-path", "--model"],
        takes_name: true,
        takes_file: false,
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
        reserved: &["--host", "--port", "--alias", "-a", "--model", "-m", "--hf-repo", "-hf", "-hfr"],
        takes_name: true,
        takes_file: true,
        words: |_, wanted| {
            let option = if Path::new(wanted.model).exists() { "--model" } else { "--hf-repo" };
            let mut words = vec![option.to_owned(), wanted.model.to_owned()];
            words.extend(listening(wanted, "--alias"));
            words
        },
        environment: |_| Vec::new(),
    },
    ServerKind {
        name: "ollama",
        programs: &["ollama"],
        health: "/api/version",
        reserved: &[],
        takes_name: false,
        takes_file: false,
        words: |_, _| vec!["serve".to_owned()],
        environment: |wanted| vec![("OLLAMA_HOST", format!("{HOST}:{}", wanted.port))],
    },
    ServerKind {
        name: "swift",
        programs: &["swift"],
        health: "/v1/models",
        reserved: &["--host", "--port", "--served_model_name", "--model"],
        takes_name: true,
        takes_file: false,
        words: |_, wanted| {
            let mut words = vec!["deploy".to_owned(), "--model".to_owned(), wanted.model.to_owned()];
            words.extend(listening(wanted, "--served_model_name"));
            words
        },
        environment: |_| Vec::new(),
    },
];

/// Options with which a server would ask for a key that it does not need on loopback, and that would stand in every list
/// of processes.
const KEYS: [&str; 3] = ["--api-key", "--api_key", "--api-key-file"];

impl ServerKind {
    /// The server of this name.
    pub fn named(name: &str) -> Option<&'static ServerKind> {
        // A reference to a constant's element lives as long as the program.
        const ALL: &[ServerKind] = &KINDS;
        ALL.iter().find(|kind| kind.name == name)
    }

    /// The first of these arguments that is ours to set.
    pub fn reserved<'a>(&self, arguments: &'a [String]) -> Option<&'a str> {
        let option = |word: &'a String| word.split_once('=').map_or(word.as_str(), |(option, _)| option);
        arguments.iter().map(option).find(|option| self.reserved.contains(option) || is_key(option))
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

fn is_key(option: &str) -> bool {
    KEYS.contains(&option)
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
            format!("--hf-repo org/name {listening} --alias name")
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
    fn what_is_ours_to_set_is_found() {
        let vllm = ServerKind::named("vllm").unwrap();
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(vllm.reserved(&words("--max-model-len 4096 --port=80")), Some("--port"));
        assert_eq!(vllm.reserved(&words("--api-key sk-1")), Some("--api-key"));
        assert_eq!(vllm.reserved(&words("--max-model-len 4096")), None);
    }
}
