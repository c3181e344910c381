//! Reads Inspect's logs, zipped or as JSON.

use super::archive::Archive;
use super::json_log::{self, Show};
use super::{ENDING, attachments, sample};
use crate::answered::{Answered, Part};
use crate::carried::{Carried, KEY};
use crate::error::Error;
use crate::files;
use crate::source::{About, Source, Visit};
use serde_json::Value;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes at the beginning of a JSON file in which a log has its version and its `eval`.
const HEAD: u64 = 4096;
/// The subset of a task of Inspect, which has none.
const NO_SUBSET: &str = "default";

/// Whether it is a log or a folder of logs.
pub fn is_here(path: &Path) -> bool {
    if path.is_file() {
        return is_log(&files::name(path)) || is_json_log(path);
    }
    files::entries(path)
        .is_ok_and(|entries| entries.iter().any(|entry| is_log(&files::name(entry)) || is_json_log(entry)))
}

fn is_log(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == ENDING)
}

/// Whether a JSON file begins as a log does.
fn is_json_log(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    let head = String::from_utf8_lossy(&head);
    let is_json = path.extension().is_some_and(|ending| ending == "json");
    is_json
        && read.is_ok()
        && ["\"version\"", "\"status\"", "\"eval\"", "\"task\""].iter().all(|key| head.contains(key))
}

/// Opens a log, or all logs of a folder.
pub fn open(path: &Path) -> Result<Box<dyn Source>, Error> {
    let files = if path.is_file() {
        vec![path.to_owned()]
    } else {
        let entries = files::entries(path)?;
        entries.into_iter().filter(|entry| is_log(&files::name(entry)) || is_json_log(entry)).collect()
    };
    let mut about = About { tool: "inspect", files: files.clone(), ..About::default() };
    let mut logs = Vec::new();
    for file in files {
        let eval = eval(&file)?;
        let place = file.display().to_string();
        let carried = Carried::from_json(&eval["metadata"][KEY], &place)?;
        if about.version.is_none() {
            about.version = eval["packages"]["inspect_ai"].as_str().map(str::to_owned);
        }
        let text = |field: &str| {
            let found = eval[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            found.ok_or_else(|| Error::malformed(&place, format!("its header has no `eval.{field}`")))
        };
        let part = Part {
            model: text("model")?,
            benchmark: about.benchmark(&text("task")?),
            subset: NO_SUBSET.to_owned(),
        };
        logs.push(Log { is_ours: carried.is_some(), path: file, part });
        about.carried.extend(carried);
    }
    Ok(Box::new(InspectSource { about, logs }))
}

/// What was evaluated. A log that was not finished has it from the beginning.
fn eval(file: &Path) -> Result<Value, Error> {
    if !is_log(&files::name(file)) {
        return json_log::eval(file);
    }
    let mut archive = Archive::open(file)?;
    let name = if archive.has("header.json") { "header.json" } else { "_journal/start.json" };
    Ok(archive.named(name)?["eval"].take())
}

struct Log {
    path: PathBuf,
    part: Part,
    /// Whether an export of ours made it.
    is_ours: bool,
}

struct InspectSource {
    about: About,
    logs: Vec<Log>,
}

impl Source for InspectSource {
    fn about(&self) -> &About {
        &self.about
    }

    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), Error> {
        let mut shown: HashMap<&Part, &Path> = HashMap::new();
        for log in &self.logs {
            let mut places = Places::default();
            log.each_sample(&mut |place, json| {
                let first = *shown.entry(&log.part).or_insert(&log.path);
                if first != log.path {
                    let message = format!(
                        "it is of the same task and model as {}; import them one by one",
                        first.display()
                    );
                    return Err(Error::malformed(log.path.display().to_string(), message));
                }
                let sample = log.sample(json, &mut places);
                let (part, sample) = sample.map_err(|message| Error::malformed(place, message))?;
                visit(&part, sample)
            })?;
        }
        Ok(())
    }
}

impl Log {
    fn each_sample(&self, show: &mut Show<'_>) -> Result<(), Error> {
        if !is_log(&files::name(&self.path)) {
            return json_log::each_sample(&self.path, show);
        }
        let mut archive = Archive::open(&self.path)?;
        for number in archive.samples() {
            let (place, json) = archive.member(number)?;
            show(&place, json)?;
        }
        Ok(())
    }

    fn sample(&self, mut json: Value, places: &mut Places) -> Result<(Part, Answered), String> {
        attachments::put_back(&mut json)?;
        let id = match &json["id"] {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => return Err("it has no `id`".into()),
        };
        let epoch = json["epoch"].as_u64().filter(|epoch| *epoch > 0).ok_or("it has no `epoch` above 0")?;
        let repeat = u32::try_from(epoch - 1).map_err(|_| "its `epoch` is too large")?;
        let (mut part, metadata) = (self.part.clone(), &json["metadata"]);
        let mut place = Answered { index: places.of(&id), repeat, id, ..Answered::default() };
        if self.is_ours {
            let lacks = || "an export of ours has `subset`, `index` and `id` in a sample's `metadata`";
            metadata["subset"].as_str().ok_or_else(lacks)?.clone_into(&mut part.subset);
            metadata["id"].as_str().ok_or_else(lacks)?.clone_into(&mut place.id);
            place.index = metadata["index"].as_u64().ok_or_else(lacks)?;
            place.category = metadata["category"].as_str().map(str::to_owned);
            place.cluster = metadata["cluster"].as_str().map(str::to_owned);
        }
        Ok((part.clone(), sample::from_json(&json, place, &part)))
    }
}

/// The place of each id, in the order in which they come first.
#[derive(Default)]
struct Places(HashMap<String, u64>);

impl Places {
    fn of(&mut self, id: &str) -> u64 {
        let next = self.0.len() as u64;
        *self.0.entry(id.to_owned()).or_insert(next)
    }
}
