//! Reads Inspect's logs, zipped or as JSON.

use super::archive::Archive;
use super::{ENDING, sample};
use crate::answered::{Answered, Part};
use crate::carried::{Carried, KEY};
use crate::error::Error;
use crate::files;
use crate::lines::read_document;
use crate::source::{About, Source, Visit};
use serde_json::Value;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of a log in JSON at most: it is held in memory as a whole.
const MAX_JSON_LOG: u64 = 1 << 30;
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
        let header = header(&file)?;
        let place = file.display().to_string();
        let carried = Carried::from_json(&header["eval"]["metadata"][KEY], &place)?;
        if about.version.is_none() {
            about.version = header["eval"]["packages"]["inspect_ai"].as_str().map(str::to_owned);
        }
        let text = |field: &str| {
            let found = header["eval"][field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
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

/// What stands in a log beside the samples. A log that was not finished has what was known at the beginning.
fn header(file: &Path) -> Result<Value, Error> {
    if !is_log(&files::name(file)) {
        return read_document(file, MAX_JSON_LOG);
    }
    let mut archive = Archive::open(file)?;
    let name = if archive.has("header.json") { "header.json" } else { "_journal/start.json" };
    archive.named(name)
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
        for log in &self.logs {
            let mut places = Places::default();
            let mut show = |place: &str, json: &Value| {
                let (part, sample) =
                    log.sample(json, &mut places).map_err(|message| Error::malformed(place, message))?;
                visit(&part, sample)
            };
            if is_log(&files::name(&log.path)) {
                let mut archive = Archive::open(&log.path)?;
                for number in archive.samples() {
                    let (place, json) = archive.member(number)?;
                    show(&place, &json)?;
                }
            } else {
                let json = read_document(&log.path, MAX_JSON_LOG)?;
                for (number, json) in json["samples"].as_array().into_iter().flatten().enumerate() {
                    show(&format!("{}, sample {}", log.path.display(), number + 1), json)?;
                }
            }
        }
        Ok(())
    }
}

impl Log {
    fn sample(&self, json: &Value, places: &mut Places) -> Result<(Part, Answered), String> {
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
        }
        let json = with_attachments(json);
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

/// Begins a text that stands among the sample's attachments.
const ATTACHMENT: &str = "attachment://";

/// The sample with long texts and images in their places.
fn with_attachments(json: &Value) -> std::borrow::Cow<'_, Value> {
    let Some(attachments) = json["attachments"].as_object().filter(|found| !found.is_empty()) else {
        return std::borrow::Cow::Borrowed(json);
    };
    let mut json = json.clone();
    for field in ["messages", "output"] {
        put_back(&mut json[field], attachments);
    }
    std::borrow::Cow::Owned(json)
}

fn put_back(value: &mut Value, attachments: &serde_json::Map<String, Value>) {
    match value {
        Value::String(text) => {
            let found = text.strip_prefix(ATTACHMENT).and_then(|key| attachments.get(key)).cloned();
            if let Some(found) = found {
                *value = found;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put_back(item, attachments)),
        Value::Object(fields) => fields.values_mut().for_each(|field| put_back(field, attachments)),
        _ => {}
    }
}
