//! Makes a model of whatever computes its logits.
//!
//! Scheduling, sampling, chat templates, stop texts and the rules of scoring are the same for all of them, and so is
//! the text for the same logits.

use crate::asked::Asked;
use crate::digest::{file_name, hex};
use crate::error::{Error, Result};
use crate::model::EmbeddedModel;
use crate::options::{Date, GivenTemplate};
use crate::schedule::{Backend, Engine, EngineLimits};
use crate::template::ChatTemplate;
use crate::tokenizer::Tokenizer;
use evalscope_model_api::Model;
use rayon::ThreadPool;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A model but for what computes its logits.
pub struct Hosted {
    /// Its file or folder.
    pub path: PathBuf,
    /// The digest of that.
    pub sha256: String,
    /// What else decides its answers, as name and value.
    pub facts: Vec<(String, String)>,
    /// What a person should know of it.
    pub notices: Vec<String>,
    /// Text to token ids and back.
    pub tokenizer: Tokenizer,
    /// How conversations become text.
    pub template: Template,
    /// Tokens of prompt and reply together at most.
    pub max_context: usize,
    /// Requests that are computed together at most.
    pub max_batch: usize,
}

/// Where a chat template comes from.
pub struct Template {
    /// The one that the user gives.
    pub given: Option<GivenTemplate>,
    /// The one of the model's file.
    pub of_file: Option<String>,
    /// The day that it sees when it asks for it.
    pub date: Date,
}

/// Makes a model of backends with the same weights: each has a thread, and gets a share of the requests.
pub fn host<B: Backend>(backends: Vec<B>, hosted: Hosted) -> Result<Arc<dyn Model>> {
    let share = hosted.max_batch.div_ceil(backends.len().max(1));
    // Guesses are computed in other company than the tokens that they guess, and that is to change nothing.
    let limits = EngineLimits { max_batch: share, prompt_lookup: false };
    let room = backends.iter().map(B::room).min().unwrap_or(0);
    hosted.into_model(room, |tokenizer| {
        let engines = backends.into_iter().map(|backend| Engine::new(backend, tokenizer.clone(), limits));
        engines.map(|engine| start(engine, None)).collect()
    })
}

impl Hosted {
    /// Starts the engines, each with room for keys and values of so many tokens, and makes a model of them.
    pub(crate) fn into_model(
        self,
        room: usize,
        start: impl FnOnce(&Arc<Tokenizer>) -> Result<Vec<Asked>>,
    ) -> Result<Arc<dyn Model>> {
        let template = self.parse_template()?;
        let identity = self.identity(template.as_ref().map(|(source, _)| source.as_str()));
        let tokenizer = Arc::new(self.tokenizer);
        // Where a token ends turns, its text spelled out in a reply is a text like others.
        let stops = self.template.given.map(|given| given.stops).unwrap_or_default();
        let (of_tokens, stops): (Vec<String>, _) =
            stops.into_iter().partition(|stop| tokenizer.control(stop).is_some());
        let ends = of_tokens.iter().filter_map(|stop| tokenizer.control(stop)).collect();
        Ok(Arc::new(EmbeddedModel {
            identity,
            engines: start(&tokenizer)?,
            tokenizer,
            template: template.map(|(_, template)| Arc::new(template)),
            stops,
            ends,
            max_context: self.max_context,
            room,
            max_batch: self.max_batch,
            notices: self.notices,
        }))
    }

    /// The template of the options, or else of the file, with its source.
    fn parse_template(&self) -> Result<Option<(String, ChatTemplate)>> {
        let (source, origin) = match (&self.template.given, &self.template.of_file) {
            (Some(given), _) => (&given.source, "the option `chat_template`".to_owned()),
            (None, Some(source)) => (source, self.path.display().to_string()),
            (None, None) => return Ok(None),
        };
        let marks = (self.tokenizer.bos_text(), self.tokenizer.eos_text());
        match ChatTemplate::parse(source, marks, self.template.date) {
            Ok(template) => Ok(Some((source.clone(), template))),
            Err(reason) => Err(Error::Template { origin, reason }),
        }
    }

    /// What decides answers.
    fn identity(&self, template: Option<&str>) -> BTreeMap<String, String> {
        let entry = |name: &str, value: String| (name.to_owned(), value);
        let mut entries = BTreeMap::from([
            entry("provider", "embedded".into()),
            entry("file", file_name(&self.path)),
            entry("sha256", self.sha256.clone()),
            entry("max_context", self.max_context.to_string()),
            entry(
                "chat_template",
                template.map_or_else(
                    || "none".into(),
                    |source| format!("sha256:{}", hex(&Sha256::digest(source.as_bytes()))),
                ),
            ),
        ]);
        if template.is_some_and(|source| source.contains("strftime_now")) {
            let Date { year, month, day } = self.template.date;
            entries.extend([entry("template_date", format!("{year:04}-{month:02}-{day:02}"))]);
        }
        let stops = self.template.given.as_ref().map_or(&[][..], |given| &given.stops);
        if !stops.is_empty() {
            entries.extend([entry("template_stops", format!("{stops:?}"))]);
        }
        entries.extend(self.facts.iter().cloned());
        entries
    }
}

/// Starts the thread of an engine, which computes with the threads of the pool where there is one.
pub(crate) fn start<B: Backend>(engine: Engine<B>, pool: Option<ThreadPool>) -> Result<Asked> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let work = move || match pool {
        Some(pool) => pool.install(move || engine.run(&receiver)),
        None => engine.run(&receiver),
    };
    let started = std::thread::Builder::new().name("engine".into()).spawn(work);
    started.map_err(|error| Error::Threads { reason: error.to_string() })?;
    Ok(Asked::new(sender))
}
