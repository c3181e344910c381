//! Recorded replies as a model: from the folder of a run, or from any JSON lines with requests and replies.
//!
//! A request is matched by its conversation, prompt, or prefix with continuations. Sampling and tools do not count:
//! a replay answers what was answered.

use crate::error::Error;
use crate::recording::{self, Came, Recorded};
use crate::service::DEFAULT_CONCURRENCY;
use async_trait::async_trait;
use evalscope_core::{
    CallFailure, ContinuationScore, FailureKind, GenerateRequest, Generation, LoglikelihoodRequest, digest,
};
use evalscope_model_api::{CallContext, Capabilities, LoglikelihoodSupport, Model};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What it is called in options and in the plan.
pub const NAME: &str = "replay";
/// What it is, in one line.
pub const ABOUT: &str = "recorded replies, from a run folder or from JSON lines";

/// Folders below the given one that are looked into: `predictions/MODEL/`.
const MAX_DEPTH: usize = 3;

/// How recorded replies are given.
#[derive(Debug, Clone)]
pub struct ReplayOptions {
    /// A file of JSON lines, a folder of such files, or the folder of a run.
    pub path: PathBuf,
    /// The name under which they are filed.
    pub model: String,
}

struct ReplayModel {
    options: ReplayOptions,
    digest: String,
    /// What was answered to each request, in the order of the recording; never empty.
    texts: BTreeMap<String, Vec<Generation>>,
    scores: BTreeMap<String, Vec<Vec<ContinuationScore>>>,
}

/// Reads the recording.
pub fn open(options: ReplayOptions) -> Result<Arc<dyn Model>, Error> {
    let (mut texts, mut scores) = (BTreeMap::new(), BTreeMap::new());
    for file in files(&options.path)? {
        for recorded in lines(&file)? {
            match recorded.came {
                Came::Reply(reply) => add(&mut texts, recorded.asked, reply),
                Came::Scores(found) => add(&mut scores, recorded.asked, found),
            }
        }
    }
    if texts.is_empty() && scores.is_empty() {
        return Err(wrong(&options.path, "there is no recorded reply in it"));
    }
    let digest = digest(&(&texts, &scores));
    Ok(Arc::new(ReplayModel { options, digest, texts, scores }))
}

fn add<T>(all: &mut BTreeMap<String, Vec<T>>, asked: String, came: T) {
    all.entry(asked).or_default().push(came);
}

fn wrong(path: &Path, reason: impl Into<String>) -> Error {
    Error::Recording { path: path.to_owned(), reason: reason.into() }
}

/// The files of a recording, in order of their names. Of a run's folder only `predictions` is one.
fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let predictions = path.join("predictions");
    let mut found = Vec::new();
    collect(if predictions.is_dir() { &predictions } else { path }, MAX_DEPTH, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(path: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    if !path.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(|error| wrong(path, error.to_string()))? {
        let inner = entry.map_err(|error| wrong(path, error.to_string()))?.path();
        if inner.is_dir() && depth > 0 {
            collect(&inner, depth - 1, found)?;
        } else if inner.extension().is_some_and(|extension| extension == "jsonl") {
            found.push(inner);
        }
    }
    Ok(())
}

fn lines(path: &Path) -> Result<Vec<Recorded>, Error> {
    let file = File::open(path).map_err(|error| wrong(path, error.to_string()))?;
    let mut recorded = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let at = |reason: String| wrong(path, format!("line {}: {reason}", number + 1));
        let line = line.map_err(|error| at(error.to_string()))?;
        if !line.trim().is_empty() {
            recorded.extend(recording::read(&line).map_err(at)?);
        }
    }
    Ok(recorded)
}

/// Of several replies the one that the seed says, which differs between the repetitions of a sample: what a sample
/// gets must not depend on who asked first.
fn choose<T: Clone>(replies: &[T], seed: u64) -> T {
    replies[(seed % replies.len() as u64) as usize].clone()
}

impl ReplayModel {
    fn missing(&self, what: &str) -> CallFailure {
        let text = format!("{}: no reply is recorded for this {what}", self.options.path.display());
        CallFailure::new(FailureKind::NotRecorded, text)
    }
}

#[async_trait]
impl Model for ReplayModel {
    fn identity(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("provider".to_owned(), NAME.to_owned()),
            ("recording".to_owned(), self.digest.clone()),
            ("model".to_owned(), self.options.model.clone()),
        ])
    }

    fn capabilities(&self) -> Capabilities {
        let replies = Capabilities::of_replies(DEFAULT_CONCURRENCY, "no log-likelihoods are recorded");
        match self.scores.is_empty() {
            true => replies,
            false => Capabilities { loglikelihood: LoglikelihoodSupport::Exact, ..replies },
        }
    }

    async fn probe(&self, _: &CallContext) -> Result<Capabilities, CallFailure> {
        Ok(self.capabilities())
    }

    async fn generate(&self, request: &GenerateRequest, _: &CallContext) -> Result<Generation, CallFailure> {
        let replies = self.texts.get(&recording::asked_for_text(&request.input));
        let seed = request.sampling.seed.unwrap_or(0);
        replies.map(|replies| choose(replies, seed)).ok_or_else(|| self.missing("conversation or prompt"))
    }

    async fn loglikelihood(
        &self,
        request: &LoglikelihoodRequest,
        _: &CallContext,
    ) -> Result<Vec<ContinuationScore>, CallFailure> {
        let asked = recording::asked_for_scores(&request.prefix_text(), &request.continuations);
        let replies = self.scores.get(&asked);
        let replies = replies.map(|replies| choose(replies, 0));
        replies.ok_or_else(|| self.missing("prefix with these continuations"))
    }
}
