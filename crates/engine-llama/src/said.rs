//! What is said of a model that is open, and of a file before.

use crate::options::LlamaOptions;
use crate::protocol::Facts;
use std::path::Path;

/// Weights of fewer bits are multiplied with rounded activations, which differ with what is computed beside.
const EXACT_BITS: f64 = 15.9;

/// Which prefixes are kept for later prompts: another number whenever that changes.
const PREFIXES: usize = 2;

/// Whether the file's name says that it is one of several parts: `…-00001-of-00003.gguf`.
pub(crate) fn is_part(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("");
    let mut words = stem.rsplit('-');
    let (count, of, part) = (words.next(), words.next(), words.next());
    let number = |word: Option<&str>| {
        let digits = word.filter(|word| word.len() >= 5 && word.bytes().all(|byte| byte.is_ascii_digit()));
        digits.and_then(|digits| digits.parse::<u64>().ok())
    };
    of == Some("of") && number(part).is_some() && number(count).is_some_and(|count| count > 1)
}

/// What decides answers, beside file and template.
pub(crate) fn identity(facts: &Facts, options: &LlamaOptions) -> Vec<(String, String)> {
    let entry = |name: &str, value: String| (name.to_owned(), value);
    let layers = options.gpu_layers.map_or_else(|| "all that fit".into(), |layers| layers.to_string());
    let mut entries = vec![
        entry("engine", format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))),
        entry("build", facts.build.clone()),
        entry("mode", options.mode.name().into()),
        entry("gpu_layers", layers),
    ];
    if facts.bits < EXACT_BITS {
        let (threads, workers) = options.threads_and_workers();
        let mut numbers = vec![("threads", threads), ("workers", workers), ("max_batch", options.max_batch)];
        if options.prefix_cache {
            numbers.push(("prefixes", PREFIXES));
        }
        entries.extend(numbers.into_iter().map(|(name, number)| entry(name, number.to_string())));
    }
    entries
}

pub(crate) fn notices(facts: &Facts) -> Vec<String> {
    let mut notices = Vec::new();
    if facts.bits < EXACT_BITS {
        notices.push(
            "its weights have fewer than 16 bits: log-probabilities that llama.cpp computes from such weights change by up to \
             half a nat with the batch, the processor and what is kept of prefixes"
                .into(),
        );
    }
    if facts.context < facts.trained_context {
        notices.push(format!(
            "prompt and reply may have {} tokens together, the model {}: more memory is taken with `--model-args context=N`",
            facts.context, facts.trained_context
        ));
    }
    if !facts.missing.is_empty() {
        let missing = facts.missing.join("; ");
        notices.push(format!(
            "the processes of llama.cpp are not confined as they are to be; take no model file that you do not trust ({missing})"
        ));
    }
    notices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_known_by_name() {
        for (name, is) in [
            ("m-00001-of-00003.gguf", true),
            ("m-00002-of-00002.gguf", true),
            ("m-00001-of-00001.gguf", false),
            ("m-1-of-3.gguf", false),
            ("best-of-00003.gguf", false),
            ("m.gguf", false),
        ] {
            assert_eq!(is_part(Path::new(name)), is, "{name}");
        }
    }

    #[test]
    fn a_worker_that_is_not_confined_is_told_of() {
        let facts = Facts { bits: 32.0, missing: vec!["Landlock: no".into()], ..Facts::default() };
        assert!(notices(&facts)[0].contains("Landlock: no"));
        assert!(notices(&Facts { missing: Vec::new(), ..facts }).is_empty());
    }
}
