//! Reads the Parquet form.

use super::columns::{COLUMNS, Kind};
use super::limits;
use crate::answered::{Answered, Part};
use crate::calls::{self, Reply};
use crate::carried::{Carried, KEY};
use crate::error::Error;
use crate::json::{self, MAX_JSON};
use crate::numbers;
use crate::source::{About, Source, Visit};
use crate::words;
use evalscope_core::{
    Completion, ContinuationScore, Effect, Generation, Input, Outcome, Score, Timing, Usage,
};
use evalscope_runs::Verdict;
use indexmap::IndexMap;
use parquet::errors::ParquetError;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::Field;
use parquet::record::reader::RowIter;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Columns without which a row is no sample.
const NEEDED: [&str; 5] = ["model", "benchmark", "subset", "index", "status"];

/// What such a file begins and ends with.
const MARK: &[u8; 4] = b"PAR1";

/// Whether the file is named like one, or begins and ends like one.
pub fn is_here(path: &Path) -> bool {
    path.is_file() && (path.extension().is_some_and(|ending| ending == super::ENDING) || is_marked(path))
}

fn is_marked(path: &Path) -> bool {
    let marks = || -> std::io::Result<[[u8; 4]; 2]> {
        let (mut file, mut found) = (File::open(path)?, [[0; 4]; 2]);
        file.read_exact(&mut found[0])?;
        file.seek(SeekFrom::End(-4))?;
        file.read_exact(&mut found[1])?;
        Ok(found)
    };
    marks().is_ok_and(|found| found.iter().all(|mark| mark == MARK))
}

/// Opens a file that an export made.
pub fn open(path: &Path) -> Result<Box<dyn Source>, Error> {
    let place = path.display().to_string();
    let reader = reader(path)?;
    let metadata = reader.metadata().file_metadata();
    let columns: Vec<&str> = metadata.schema().get_fields().iter().map(|field| field.name()).collect();
    if let Some(missing) = NEEDED.iter().find(|needed| !columns.contains(needed)) {
        return Err(Error::malformed(
            place,
            format!("it has no column `{missing}`: only our own exports are read"),
        ));
    }
    let mut about = About { tool: "parquet", files: vec![path.to_owned()], ..About::default() };
    let pairs = metadata.key_value_metadata().into_iter().flatten();
    if let Some(text) = pairs.filter(|pair| pair.key == KEY).find_map(|pair| pair.value.as_ref()) {
        let json = if text.len() as u64 > MAX_JSON {
            Err("too large".to_owned())
        } else {
            json::parse(text.as_bytes())
        };
        let json =
            json.map_err(|message| Error::malformed(&place, format!("`{KEY}` in its metadata: {message}")))?;
        about.carried.extend(Carried::from_json(&json, &place)?);
    }
    Ok(Box::new(ParquetSource { path: path.to_owned(), about }))
}

fn reader(path: &Path) -> Result<SerializedFileReader<File>, Error> {
    let file = File::open(path).map_err(Error::file("read", path))?;
    let reader = guarded(path, || SerializedFileReader::new(file))?;
    limits::check(path, reader.metadata().row_groups())?;
    Ok(reader)
}

/// Calls the decoder, which panics on some damaged files instead of failing.
fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Error> {
    let damaged = |message: &str| {
        Error::malformed(path.display().to_string(), format!("not readable as Parquet: {message}"))
    };
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(damaged(error.to_string().lines().next().unwrap_or_default())),
        Err(_) => Err(damaged("it is damaged")),
    }
}

struct ParquetSource {
    path: PathBuf,
    about: About,
}

impl Source for ParquetSource {
    fn about(&self) -> &About {
        &self.about
    }

    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), Error> {
        let reader = reader(&self.path)?;
        let mut rows = guarded(&self.path, || Ok(RowIter::from_file_into(Box::new(reader))))?;
        for number in 1_u64.. {
            let Some(row) = guarded(&self.path, || rows.next().transpose())? else { break };
            let row = Row { cells: row.into_columns().into_iter().collect() };
            let place = || format!("{}, row {number}", self.path.display());
            let (part, sample) = row.sample().map_err(|message| Error::malformed(place(), message))?;
            visit(&part, sample)?;
        }
        Ok(())
    }
}

/// A row by column.
struct Row {
    cells: HashMap<String, Field>,
}

impl Row {
    fn sample(&self) -> Result<(Part, Answered), String> {
        self.check()?;
        let part = Part {
            model: self.needed("model")?,
            benchmark: self.needed("benchmark")?,
            subset: self.needed("subset")?,
        };
        let mut sample = Answered {
            index: self.whole("index")?.ok_or("it has no `index`")?,
            repeat: u32::try_from(self.whole("repeat")?.unwrap_or(0)).map_err(|_| "`repeat` is too large")?,
            id: self.text("id").unwrap_or_default().to_owned(),
            category: self.text("category").map(str::to_owned),
            cluster: self.text("cluster").map(str::to_owned),
            targets: self.json("targets")?.unwrap_or_default(),
            calls: Vec::new(),
            verdict: None,
        };
        sample.verdict = self.verdict(&sample.targets)?;
        self.add_call(&part, &mut sample)?;
        Ok((part, sample))
    }

    /// Columns of ours must hold what ours hold.
    fn check(&self) -> Result<(), String> {
        let fits = |kind: Kind, field: &Field| match field {
            Field::Null => true,
            Field::Str(_) => kind == Kind::Text,
            Field::Long(_) => kind == Kind::Whole,
            Field::Double(_) => kind == Kind::Float,
            Field::Bool(_) => kind == Kind::Truth,
            _ => false,
        };
        let wrong =
            COLUMNS.iter().find(|(name, kind)| !fits(*kind, self.cells.get(*name).unwrap_or(&Field::Null)));
        wrong.map_or(Ok(()), |(name, _)| Err(format!("`{name}` is of another type than in our exports")))
    }

    fn verdict(&self, targets: &[String]) -> Result<Option<Verdict>, String> {
        Ok(match self.needed("status")?.as_str() {
            words::SCORED => Some(Verdict::Scored(Score {
                values: self.values()?,
                answer: self.text("answer").map(str::to_owned),
                answer_span: self.span()?,
                targets: self.json("compared_with")?.unwrap_or_else(|| targets.to_vec()),
                explanation: self.text("explanation").map(str::to_owned),
                audit: self.json("audit")?,
                judged: self.json("judged")?,
            })),
            words::FAILED => Some(Verdict::Failed(words::failure(
                self.text("error_kind"),
                self.text("error").unwrap_or_default(),
            ))),
            words::UNSCORED => None,
            other => return Err(format!("`status` is `{other}`, and should be scored, failed or unscored")),
        })
    }

    fn values(&self) -> Result<IndexMap<String, f64>, String> {
        let fields: Option<serde_json::Map<String, Value>> = self.json("scores")?;
        Ok(numbers::map_from_json(&fields.ok_or("it is scored and has no `scores`")?))
    }

    fn span(&self) -> Result<Option<(usize, usize)>, String> {
        let number =
            |name| self.whole(name).map(|number| number.and_then(|number| usize::try_from(number).ok()));
        Ok(number("answer_start")?.zip(number("answer_end")?))
    }

    fn add_call(&self, part: &Part, sample: &mut Answered) -> Result<(), String> {
        let at = self.float("at").unwrap_or(0.0);
        let is_cached = matches!(self.cells.get("cached"), Some(Field::Bool(true)));
        let Some((effect, outcome)) = self.call()? else { return Ok(()) };
        let outcome = match (outcome, &sample.verdict) {
            (Some(outcome), _) => Ok(outcome),
            (None, Some(Verdict::Failed(failure))) => Err(failure.clone()),
            (None, _) => return Ok(()),
        };
        calls::add(sample, part, Reply { effect, outcome, at, is_cached });
        Ok(())
    }

    fn call(&self) -> Result<Option<(Effect, Option<Outcome>)>, String> {
        if let Some(found) = self.json::<Vec<Value>>("loglikelihoods")? {
            let continuations =
                found.iter().map(|one| one["continuation"].as_str().unwrap_or_default().to_owned());
            let effect = calls::comparison(self.text("prompt").unwrap_or_default(), continuations.collect());
            return Ok(Some((effect, Some(Outcome::Loglikelihoods(found.iter().map(likelihood).collect())))));
        }
        let input = match (self.json("messages")?, self.text("prompt")) {
            (Some(messages), _) => Input::Chat(messages),
            (None, Some(prompt)) => Input::Text(prompt.to_owned()),
            (None, None) => return Ok(None),
        };
        let outcome = self.text("reply").map(|reply| self.generation(reply)).transpose()?;
        Ok(Some((calls::question(input), outcome.map(Outcome::Generation))))
    }

    fn generation(&self, reply: &str) -> Result<Generation, String> {
        let usage = self.whole("input_tokens")?.zip(self.whole("output_tokens")?);
        Ok(Generation {
            completions: vec![Completion {
                text: reply.to_owned(),
                reasoning: self.text("reasoning").map(str::to_owned),
                tool_calls: Vec::new(),
                finish: words::finish_reason(self.text("stop_reason").unwrap_or_default()),
            }],
            usage: match usage {
                None => None,
                Some((input, output)) => Some(Usage {
                    reasoning_tokens: self.whole("reasoning_tokens")?,
                    ..Usage::new(input, output)
                }),
            },
            timing: Timing {
                latency_ms: self.float("latency_ms").unwrap_or(0.0),
                ttft_ms: self.float("ttft_ms"),
                itl_ms: None,
            },
            served_model: self.text("served_model").map(str::to_owned),
            extra: serde_json::Map::new(),
        })
    }

    fn text(&self, column: &str) -> Option<&str> {
        match self.cells.get(column)? {
            Field::Str(text) => Some(text),
            _ => None,
        }
    }

    fn needed(&self, column: &str) -> Result<String, String> {
        self.text(column).map(str::to_owned).ok_or_else(|| format!("it has no `{column}`"))
    }

    fn whole(&self, column: &str) -> Result<Option<u64>, String> {
        match self.cells.get(column) {
            Some(Field::Long(number)) => {
                u64::try_from(*number).map(Some).map_err(|_| format!("`{column}` is below 0"))
            }
            _ => Ok(None),
        }
    }

    fn float(&self, column: &str) -> Option<f64> {
        match self.cells.get(column)? {
            Field::Double(number) => Some(*number),
            _ => None,
        }
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, String> {
        let parse = |text: &str| {
            serde_json::from_str(text)
                .map_err(|error| format!("`{column}` does not hold what it should: {error}"))
        };
        self.text(column).map(parse).transpose()
    }
}

fn likelihood(json: &Value) -> ContinuationScore {
    let count = |field: &str| json[field].as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    ContinuationScore {
        sum: numbers::from_json(&json["sum"]).unwrap_or(f64::NAN),
        per_token: Vec::new(),
        is_greedy: json["is_greedy"].as_bool().unwrap_or(false),
        tokens: count("tokens"),
        bytes: count("bytes"),
    }
}
