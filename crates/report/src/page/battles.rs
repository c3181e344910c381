//! The battles of an arena: where each line of `reviews.jsonl` stands and what filters ask of it, kept in memory as long as the file does
//! not change, so that a page reads its own lines only.

use crate::error::Error;
use evalscope_arena::{Battle, Winner};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Arenas whose battles are known.
const KEPT: usize = 3;
/// Bytes of a text in the reply at most: a page with more is unreadable. The file has all of it.
const MAX_TEXT: usize = 20_000;
/// The contestant without content, as `evalscope-judge` calls it.
const NULL_MODEL: &str = "null-model";
/// Bytes of a line at most: two answers and what a judge said of them are shorter, and a line is held in memory.
const MAX_LINE: u64 = 16 << 20;

/// Which battles are wanted, and which part of them.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Of this category.
    pub category: Option<String>,
    /// In which this model takes part.
    pub model: Option<String>,
    /// With this outcome: `model_a`, `model_b`, `tie` or `unknown`.
    pub winner: Option<String>,
    /// How many are passed over.
    pub at: usize,
    /// How many are returned.
    pub limit: usize,
}

/// The battles that are known, of the arenas that were looked at last.
#[derive(Default)]
pub struct Battles(Mutex<Vec<Arc<Known>>>);

struct Known {
    file: PathBuf,
    stamp: Stamp,
    lines: Vec<Line>,
    categories: Names,
    models: Names,
    /// Lines that are no battle.
    unread: u64,
}

type Stamp = Option<(SystemTime, u64)>;

/// A battle: where it stands, and what it is filtered by.
struct Line {
    start: u64,
    len: u32,
    category: u32,
    models: [u32; 2],
    winner: Winner,
}

/// Names by number.
#[derive(Default)]
struct Names {
    list: Vec<String>,
    counts: Vec<u64>,
    places: HashMap<String, u32>,
}

/// What is needed of a line to find it again; its texts are passed over.
#[derive(Deserialize)]
struct Head {
    model_a: String,
    model_b: String,
    category: Option<Value>,
    win: Option<Value>,
    win_1: Option<Value>,
    win_2: Option<Value>,
}

impl Battles {
    /// A page of the battles in this file, and what there is to choose from. Lines that are no battle are counted.
    pub fn page(&self, file: &Path, wanted: &Wanted) -> Result<Value, Error> {
        let known = self.known(file)?;
        let found = known.found(wanted);
        let mut reader = File::open(file).map_err(Error::file("read", file))?;
        let page = found.iter().skip(wanted.at).take(wanted.limit);
        let page: Vec<Value> = page.map(|line| line.read(&mut reader, file)).collect::<Result<_, Error>>()?;
        Ok(json!({
            "of": known.lines.len(), "total": found.len(), "at": wanted.at, "unread_lines": known.unread,
            "categories": known.categories.sorted(), "battles": page,
        }))
    }

    fn known(&self, file: &Path) -> Result<Arc<Known>, Error> {
        let stamp = file.metadata().ok().and_then(|about| Some((about.modified().ok()?, about.len())));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = all.iter().position(|known| known.file == file && known.stamp == stamp);
        let known = match at {
            Some(at) => all.remove(at),
            None => Arc::new(read(file, stamp)?),
        };
        all.retain(|other| other.file != file);
        if all.len() >= KEPT {
            all.remove(0);
        }
        all.push(known.clone());
        Ok(known)
    }
}

fn read(file: &Path, stamp: Stamp) -> Result<Known, Error> {
    let mut reader = BufReader::new(File::open(file).map_err(Error::file("read", file))?);
    let (lines, categories, models) = (Vec::new(), Names::default(), Names::default());
    let mut known = Known { file: file.to_owned(), stamp, lines, categories, models, unread: 0 };
    let (mut start, mut bytes) = (0, Vec::new());
    loop {
        bytes.clear();
        let part = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes);
        let len = part.map_err(Error::file("read", file))? as u64;
        if len == 0 {
            return Ok(known);
        }
        if len == MAX_LINE && !bytes.ends_with(b"\n") {
            let rest = reader.skip_until(b'\n').map_err(Error::file("read", file))?;
            known.unread += 1;
            start += len + rest as u64;
            continue;
        }
        // Bytes that are no UTF-8 spoil their own text only.
        let text = String::from_utf8_lossy(&bytes);
        let head = serde_json::from_str::<Head>(&text).ok();
        match head.zip(u32::try_from(len).ok()) {
            // It is there to find out about the judge, and takes no part.
            Some((head, _)) if [&head.model_a, &head.model_b].iter().any(|model| *model == NULL_MODEL) => {}
            Some((head, len)) => known.add(&head, start, len),
            None => known.unread += u64::from(!text.trim().is_empty()),
        }
        start += len;
    }
}

impl Known {
    fn add(&mut self, head: &Head, start: u64, len: u32) {
        let category = head.category.as_ref().and_then(Value::as_str).unwrap_or_default();
        let line = Line {
            start,
            len,
            category: self.categories.place(category),
            models: [&head.model_a, &head.model_b].map(|model| self.models.place(model)),
            winner: head.winner(),
        };
        self.lines.push(line);
    }

    fn found(&self, wanted: &Wanted) -> Vec<&Line> {
        // A name that nobody has is a number that no line has.
        let place = |names: &Names, wish: &Option<String>| {
            wish.as_ref().map(|name| names.places.get(name).copied().unwrap_or(u32::MAX))
        };
        let (category, model) =
            (place(&self.categories, &wanted.category), place(&self.models, &wanted.model));
        let passes = |line: &&Line| {
            category.is_none_or(|category| line.category == category)
                && model.is_none_or(|model| line.models.contains(&model))
                && wanted.winner.as_ref().is_none_or(|winner| winner == word(line.winner))
        };
        self.lines.iter().filter(passes).collect()
    }
}

impl Names {
    fn place(&mut self, name: &str) -> u32 {
        let place = match self.places.get(name) {
            Some(place) => *place,
            None => {
                let place = self.list.len() as u32;
                self.places.insert(name.to_owned(), place);
                self.list.push(name.to_owned());
                self.counts.push(0);
                place
            }
        };
        self.counts[place as usize] += 1;
        place
    }

    fn sorted(&self) -> Vec<Value> {
        let mut all: Vec<(&String, &u64)> = self.list.iter().zip(&self.counts).collect();
        all.sort();
        all.into_iter().map(|(name, count)| json!({"name": name, "count": count})).collect()
    }
}

impl Head {
    /// Who won, by model. A word that nobody knows says that nobody knows.
    fn winner(&self) -> Winner {
        let of = |value: &Option<Value>| {
            let value = value.as_ref().filter(|value| !value.is_null())?;
            Some(Winner::deserialize(value).unwrap_or(Winner::Unknown))
        };
        let battle = Battle::new(&self.model_a, &self.model_b, Winner::Unknown);
        Battle { win: of(&self.win), win_1: of(&self.win_1), win_2: of(&self.win_2), ..battle }.winner()
    }
}

fn word(winner: Winner) -> &'static str {
    match winner {
        Winner::A => "model_a",
        Winner::B => "model_b",
        Winner::Tie | Winner::BothBad => "tie",
        Winner::Unknown => "unknown",
    }
}

impl Line {
    fn read(&self, file: &mut File, path: &Path) -> Result<Value, Error> {
        let failed = || Error::file("read", path);
        file.seek(SeekFrom::Start(self.start)).map_err(failed())?;
        let mut bytes = Vec::new();
        file.take(u64::from(self.len)).read_to_end(&mut bytes).map_err(failed())?;
        // The file may have been written anew since: the next look reads it again.
        let battle: Value =
            serde_json::from_str(&String::from_utf8_lossy(&bytes)).map_err(Error::broken(path))?;
        Ok(shown(&battle, word(self.winner)))
    }
}

fn shown(battle: &Value, winner: &str) -> Value {
    let text = |field: &str| cut(battle[field].as_str().unwrap_or_default());
    let reviews = ["review_text", "review_text_1", "review_text_2"];
    let reviews: Vec<String> =
        reviews.iter().filter(|field| battle[**field].is_string()).map(|field| text(field)).collect();
    let rounds = ["win", "win_1", "win_2"].iter().filter_map(|field| battle[*field].as_str());
    json!({
        "category": text("category"), "question": text("question"), "judge": text("judge"), "winner": winner,
        "model_a": text("model_a"), "model_b": text("model_b"), "output_a": text("output_a"), "output_b": text("output_b"),
        "rounds": rounds.map(cut).collect::<Vec<_>>(), "reviews": reviews,
    })
}

fn cut(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}\n[… {} more characters]", &text[..end], text[end..].chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Wanted {
        Wanted { limit: 9, ..Wanted::default() }
    }

    #[test]
    fn two_orders_that_differ_are_a_tie() {
        let of = |line: Value| {
            let mut line = line;
            line["model_a"] = "a".into();
            line["model_b"] = "b".into();
            word(serde_json::from_value::<Head>(line).unwrap().winner())
        };
        assert_eq!(of(json!({"win_1": "model_a", "win_2": "model_a"})), "model_a");
        assert_eq!(of(json!({"win_1": "model_a", "win_2": "tie"})), "tie");
        assert_eq!(of(json!({"win_1": "unknown", "win_2": "model_b"})), "unknown");
        assert_eq!(of(json!({"win": "tie (bothbad)"})), "tie");
        assert_eq!(of(json!({"win": 7})), "unknown");
        assert_eq!(of(json!({})), "unknown");
    }

    #[test]
    fn lines_that_are_no_battle_are_counted_and_bad_bytes_spoil_only_themselves() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("reviews.jsonl");
        let mut bytes = b"{\"model_a\":\"a\",\"model_b\":\"b\",\"win\":\"model_b\",\"category\":\"x\",\"output_a\":\"\xff\"}\n".to_vec();
        bytes.extend_from_slice(b"no battle\n\n{\"model_a\":\"null-model\",\"model_b\":\"c\"}\n{\"model_a\":\"a\",\"model_b\":\"c\",\"win\":\"tie\",\"category\":\"y\"}\n{\"model_a");
        std::fs::write(&file, &bytes).unwrap();
        let battles = Battles::default();
        let found = battles.page(&file, &all()).unwrap();
        assert_eq!((found["of"].as_u64(), found["unread_lines"].as_u64()), (Some(2), Some(2)));
        assert_eq!(found["battles"][0]["output_a"], "\u{fffd}");
        let wanted = Wanted { model: Some("c".into()), winner: Some("tie".into()), ..all() };
        let page = battles.page(&file, &wanted).unwrap();
        assert_eq!((page["total"].as_u64(), &page["battles"][0]["category"]), (Some(1), &json!("y")));
        let nobody = Wanted { model: Some("d".into()), ..all() };
        assert_eq!(battles.page(&file, &nobody).unwrap()["total"], 0);
        let last = Wanted { at: 1, ..all() };
        assert_eq!(battles.page(&file, &last).unwrap()["battles"].as_array().unwrap().len(), 1);
        // A file that has changed is read again.
        bytes.extend_from_slice(b"\":\"a\",\"model_b\":\"c\",\"win\":\"tie\"}\n");
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(battles.page(&file, &all()).unwrap()["of"], 3);
    }
}
