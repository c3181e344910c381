//! Why a run could not go on.

use evalscope_core::{CallFailure, Diagnose, FailureKind, Kind};

/// Why a run could not go on. What was journaled before stays.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A benchmark could not be read or rendered.
    #[error(transparent)]
    Benchmark(#[from] evalscope_benchmarks::Error),
    /// The run folder could not be written or read.
    #[error(transparent)]
    Runs(#[from] evalscope_runs::Error),
    /// The response cache could not be used.
    #[error(transparent)]
    Cache(#[from] evalscope_cache::Error),
    /// The model refuses every call.
    #[error("{model}: {failure}")]
    Model {
        /// The model's id.
        model: String,
        /// The refusal.
        failure: CallFailure,
        /// The option or environment variable that its key came from.
        key: Option<String>,
    },
    /// The model stopped answering.
    #[error("{model}: {count} calls in a row failed; the last one: {failure}")]
    ModelGone {
        /// The model's id.
        model: String,
        /// Failures without a success between.
        count: u64,
        /// The last failure.
        failure: CallFailure,
        /// The option or environment variable that its key came from.
        key: Option<String>,
    },
    /// More samples failed than the user allows.
    #[error("{count} samples failed, and `--max-errors` allows {most}; the last one: {failure}")]
    TooManyErrors {
        /// Failed samples.
        count: u64,
        /// Allowed ones.
        most: u64,
        /// The last failure.
        failure: CallFailure,
    },
    /// A benchmark needs what the model lacks.
    #[error("the model `{model}` {lack}, which {benchmark} needs")]
    Incapable {
        /// The model's id.
        model: String,
        /// What it lacks, as a verb phrase with the reason.
        lack: String,
        /// Name with protocol.
        benchmark: String,
        /// What would help.
        remedy: Remedy,
    },
    /// A benchmark asks for more than one reply a sample.
    #[error("{benchmark} asks for {what}; recorded texts can only stand for one reply each")]
    NotOneReply {
        /// Name with protocol.
        benchmark: String,
        /// What it asks for.
        what: String,
    },
    /// There is a limit on what the run may cost, and the endpoint does not count tokens.
    #[error("{model}: the reply does not say how many tokens it took, so that `--max-cost` cannot hold")]
    UnknownCost {
        /// The model's id.
        model: String,
    },
    /// A part of the run ended without a result.
    #[error("a worker of the run ended unexpectedly: {0}")]
    Worker(String),
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Benchmark(error) => error.kind(),
            Error::Runs(error) => error.kind(),
            Error::Cache(error) => error.kind(),
            Error::Model { .. }
            | Error::ModelGone { .. }
            | Error::TooManyErrors { .. }
            | Error::UnknownCost { .. }
            | Error::Incapable { .. } => Kind::Endpoint,
            Error::NotOneReply { .. } => Kind::User,
            Error::Worker(_) => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Benchmark(error) => error.hint(),
            Error::Runs(error) => error.hint(),
            Error::Cache(error) => error.hint(),
            Error::Model { failure, key, .. } => match failure.kind {
                FailureKind::Unauthorized => Some(about_key(key.as_deref())),
                FailureKind::NotFound => {
                    Some("check `--model` and the path of `--api-url` (usually it ends in `/v1`)".into())
                }
                _ => None,
            },
            Error::ModelGone { failure, key, .. } if failure.kind == FailureKind::Unauthorized => {
                let about = about_key(key.as_deref());
                Some(format!("{about}; then run the same command again: answered samples are kept"))
            }
            Error::ModelGone { .. } | Error::TooManyErrors { .. } => {
                Some("check the server, then run the same command again: answered samples are kept".into())
            }
            Error::Incapable { benchmark, remedy, .. } => Some(remedy.text(benchmark)),
            Error::NotOneReply { .. } => Some(
                "choose a protocol that asks for one text (`evalscope benchmarks show NAME` lists them)"
                    .into(),
            ),
            Error::UnknownCost { .. } => Some(
                "take `--max-cost` out (`--limit` and `max_tokens` bound a run too); what was answered is kept".into(),
            ),
            Error::Worker(_) => Some("please report this; the run can be resumed".into()),
        }
    }
}

/// What would help a model that lacks what a benchmark needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// A chat template, which a local model may be given.
    Template,
    /// A model that writes.
    Writer,
    /// Another protocol or another model; multiple choice can be asked in other ways, too.
    Other {
        /// Whether it is multiple choice.
        is_choice: bool,
    },
}

impl Remedy {
    fn text(self, benchmark: &str) -> String {
        let name = benchmark.split('@').next().unwrap_or(benchmark);
        let protocols =
            format!("another protocol of `{name}` (`evalscope benchmarks show {name}` lists them)");
        match self {
            Remedy::Template => format!(
                "give it a chat template, `--template-type NAME` or `--chat-template FILE`, or use {protocols}"
            ),
            Remedy::Writer => {
                "take a model that writes; `evalscope serve` serves this one, and `evalscope perf --api \
                 openai_embedding` measures how fast"
                    .to_owned()
            }
            Remedy::Other { is_choice } => format!(
                "use {protocols}, a local model, or an endpoint that can (`--eval-type openai_completions`){}",
                if is_choice { "; or ask it in another way: `--choice-mode auto`" } else { "" }
            ),
        }
    }
}

/// What to do about a key that is refused. It is named by where it came from.
fn about_key(source: Option<&str>) -> String {
    let options = "`--api-key` or the environment variable EVALSCOPE_API_KEY";
    match source {
        None => format!("the endpoint wants a key: give one with {options}"),
        Some("--api-key") => "the endpoint refused the key from `--api-key`: give a valid one".to_owned(),
        Some(source) => format!(
            "the endpoint refused the key from {source}: put a valid one there, or give one with `--api-key`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helps_is_named_by_what_is_lacking() {
        let hint = |remedy: Remedy| remedy.text("gsm8k@evalscope-0.5");
        assert!(hint(Remedy::Template).contains("`--template-type NAME`"));
        assert!(hint(Remedy::Writer).contains("openai_embedding"));
        let other = hint(Remedy::Other { is_choice: true });
        assert!(other.contains("benchmarks show gsm8k`") && other.contains("--choice-mode auto"), "{other}");
    }

    #[test]
    fn the_hint_on_a_refused_key_names_where_it_came_from() {
        let hint = |key: Option<&str>| {
            let failure = CallFailure::new(FailureKind::Unauthorized, "HTTP 403");
            let (model, key) = ("m".to_owned(), key.map(str::to_owned));
            Error::Model { model, failure, key }.hint().unwrap_or_default()
        };
        assert!(hint(None).contains("EVALSCOPE_API_KEY"));
        assert!(hint(Some("--api-key")).contains("key from `--api-key`"));
        assert!(hint(Some("OPENAI_API_KEY")).contains("refused the key from OPENAI_API_KEY"));
    }
}
