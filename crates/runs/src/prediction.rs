//! A line of the journal as it stands in `predictions/`: field names that EvalScope's users know.

use crate::entry::{CallKey, JournalEntry, Recorded};
use crate::exact::Exact;
use crate::lines;
use crate::output::{LoglikelihoodLine, ModelOutput};
use evalscope_core::{
    Addressee, CallFailure, ContinuationScore, ContinuationTokens, Effect, ExecuteRequest, Execution,
    GenerateRequest, Input, LoglikelihoodRequest, Message, Outcome, Sampling, Tool, digest,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One call: what was asked and what came of it. Exactly one of `model_output`, `loglikelihoods`, `execution` and
/// `error` says what came; `messages`, `prompt`, `prefix` with `continuations`, or `execute` says what was asked.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Prediction")]
pub struct PredictionLine<'a> {
    /// Position of the sample in the subset, from 0.
    index: u64,
    /// Which repetition, from 0.
    #[serde(default)]
    repeat: u32,
    /// Which call of the sample, from 0.
    #[serde(default)]
    call: u32,
    /// The data set's own id of the row.
    id: Cow<'a, str>,
    /// The model that was asked.
    model: Cow<'a, str>,
    /// Which of the run's judges was asked, from 0; absent for the model that is evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    judge: Option<u32>,
    /// Digest of everything that decides the outcome.
    digest: Cow<'a, str>,
    /// The conversation that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    messages: Option<Cow<'a, [Message]>>,
    /// Tools that the model could call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool>,
    /// The raw text that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prompt: Option<Cow<'a, str>>,
    /// The text before the continuations, in segments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prefix: Option<Vec<String>>,
    /// The continuations that were compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    continuations: Option<Vec<String>>,
    /// How the tokens of a continuation were found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens: Option<ContinuationTokens>,
    /// The program that was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    execute: Option<ExecuteRequest>,
    /// How tokens were drawn.
    #[serde(default, skip_serializing_if = "is_default")]
    sampling: Cow<'a, Sampling>,
    /// The reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model_output: Option<ModelOutput>,
    /// One for each continuation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    loglikelihoods: Option<Vec<LoglikelihoodLine>>,
    /// What became of the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    execution: Option<Execution>,
    /// Why there is no outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<CallFailure>,
    /// When it was written down, in seconds since 1970.
    at: Exact,
    /// The outcome came from the response cache.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    cached: bool,
}

fn is_default(sampling: &Sampling) -> bool {
    *sampling == Sampling::default()
}

impl<'a> From<&'a JournalEntry> for PredictionLine<'a> {
    fn from(entry: &'a JournalEntry) -> Self {
        let mut line = PredictionLine {
            index: entry.key.index,
            repeat: entry.key.repeat,
            call: entry.key.call,
            id: entry.sample_id.as_str().into(),
            model: entry.model.as_str().into(),
            judge: entry.effect.judge(),
            digest: entry.digest.as_str().into(),
            messages: None,
            tools: Vec::new(),
            prompt: None,
            prefix: None,
            continuations: None,
            tokens: None,
            execute: None,
            sampling: Cow::Owned(Sampling::default()),
            model_output: None,
            loglikelihoods: None,
            execution: None,
            error: None,
            at: Exact(entry.at),
            cached: entry.cached,
        };
        line.set_effect(&entry.effect);
        match &entry.outcome {
            Ok(Outcome::Generation(generation)) => line.model_output = Some(generation.into()),
            Ok(Outcome::Loglikelihoods(scores)) => {
                line.loglikelihoods = Some(scores.iter().map(LoglikelihoodLine::from).collect());
            }
            Ok(Outcome::Execution(execution)) => line.execution = Some(execution.clone()),
            Err(failure) => line.error = Some(failure.clone()),
        }
        line
    }
}

/// Bytes of a program's standard input that are written down at most. Where tests are read from it they can be many
/// millions, and they stand in the data.
const LONGEST_STDIN: usize = 10_000;
/// Bytes of a longer one that are written down. What says how it goes on has room in the rest, so that what is read back is
/// written down as it is.
const STDIN_BEGINNING: usize = 9_900;

/// With the beginning of a long standard input and the digest of the whole: two that differ anywhere differ here too.
fn abbreviated(request: &ExecuteRequest) -> ExecuteRequest {
    let length = request.stdin.len();
    if length <= LONGEST_STDIN {
        return request.clone();
    }
    let beginning = &request.stdin[..request.stdin.floor_char_boundary(STDIN_BEGINNING)];
    ExecuteRequest {
        language: request.language.clone(),
        program: request.program.clone(),
        stdin: format!("{beginning}… ({length} bytes in all, digest {})", digest(&request.stdin)),
        limits: request.limits,
    }
}

impl<'a> PredictionLine<'a> {
    fn set_effect(&mut self, effect: &'a Effect) {
        match effect {
            Effect::Generate(request) => {
                self.sampling = Cow::Borrowed(&request.sampling);
                self.tools = request.tools.clone();
                match &request.input {
                    Input::Chat(messages) => self.messages = Some(messages.as_slice().into()),
                    Input::Text(text) => self.prompt = Some(text.as_str().into()),
                }
            }
            Effect::Loglikelihood(request) => {
                self.prefix = Some(request.prefix.clone());
                self.continuations = Some(request.continuations.clone());
                self.tokens = Some(request.tokens);
            }
            Effect::Execute(request) => self.execute = Some(abbreviated(request)),
        }
    }

    /// The entry that this line stands for, or what is missing in it.
    pub fn into_entry(self) -> Result<JournalEntry, String> {
        let key = CallKey { index: self.index, repeat: self.repeat, call: self.call };
        let to = self.judge.map_or(Addressee::Evaluated, Addressee::Judge);
        let generate =
            |input, sampling, tools| Effect::Generate(GenerateRequest { input, sampling, tools, to });
        let effect = match (self.messages, self.prompt, self.prefix, self.continuations, self.execute) {
            (None, None, None, None, Some(request)) => Effect::Execute(request),
            (Some(messages), None, None, None, None) => {
                generate(Input::Chat(messages.into_owned()), self.sampling.into_owned(), self.tools)
            }
            (None, Some(text), None, None, None) => {
                generate(Input::Text(text.into_owned()), self.sampling.into_owned(), self.tools)
            }
            (None, None, Some(prefix), Some(continuations), None) => {
                let tokens = self.tokens.unwrap_or_default();
                Effect::Loglikelihood(LoglikelihoodRequest { prefix, continuations, tokens })
            }
            _ => {
                let wanted = "one of `messages`, `prompt`, `execute`, and `prefix` with `continuations`";
                return Err(format!("expected {wanted}"));
            }
        };
        let outcome = outcome(self.model_output, self.loglikelihoods, self.execution, self.error)?;
        let (sample_id, digest, model) =
            (self.id.into_owned(), self.digest.into_owned(), self.model.into_owned());
        let (at, cached) = (self.at.0, self.cached);
        Ok(JournalEntry { key, sample_id, digest, model, effect, outcome, at, cached })
    }
}

/// What a line says came of its call.
fn outcome(
    output: Option<ModelOutput>,
    loglikelihoods: Option<Vec<LoglikelihoodLine>>,
    execution: Option<Execution>,
    error: Option<CallFailure>,
) -> Result<Result<Outcome, CallFailure>, String> {
    match (output, loglikelihoods, execution, error) {
        (None, None, Some(execution), None) => Ok(Ok(Outcome::Execution(execution))),
        (Some(output), None, None, None) => Ok(Ok(Outcome::Generation(output.into()))),
        (None, Some(lines), None, None) => {
            Ok(Ok(Outcome::Loglikelihoods(lines.into_iter().map(ContinuationScore::from).collect())))
        }
        (None, None, None, Some(failure)) => Ok(Err(failure)),
        _ => Err("expected one of `model_output`, `loglikelihoods`, `execution` and `error`".into()),
    }
}

/// What is read of a line where it is known what was asked.
#[derive(Deserialize)]
struct RecordedLine {
    digest: String,
    #[serde(default)]
    model_output: Option<ModelOutput>,
    #[serde(default)]
    loglikelihoods: Option<Vec<LoglikelihoodLine>>,
    #[serde(default)]
    execution: Option<Execution>,
    #[serde(default)]
    error: Option<CallFailure>,
}

impl Recorded {
    /// What a line says came of its call, or what is wrong with it.
    pub(crate) fn from_line(line: &[u8]) -> Result<Recorded, String> {
        let line: RecordedLine = serde_json::from_slice(line).map_err(|error| lines::json_message(&error))?;
        let outcome = outcome(line.model_output, line.loglikelihoods, line.execution, line.error)?;
        Ok(Recorded { digest: line.digest, outcome })
    }
}

impl JournalEntry {
    /// The line of the journal, without a line break.
    pub fn to_line(&self) -> Result<Vec<u8>, String> {
        serde_json::to_vec(&PredictionLine::from(self)).map_err(|error| error.to_string())
    }

    /// The entry that a line stands for, or what is wrong with it.
    pub fn from_line(line: &[u8]) -> Result<JournalEntry, String> {
        serde_json::from_slice::<PredictionLine>(line)
            .map_err(|error| lines::json_message(&error))
            .and_then(PredictionLine::into_entry)
    }
}
