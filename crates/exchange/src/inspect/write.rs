//! Writes Inspect's zipped logs, sample by sample.

use super::{ENDING, log, sample};
use crate::answered::{Answered, Part};
use crate::carried::Carried;
use crate::error::Error;
use crate::walk;
use evalscope_core::digest;
use evalscope_report::{BenchmarkSummary, Summary};
use evalscope_runs::{FileNames, RunFolder};
use indexmap::IndexSet;
use serde_json::Value;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Characters of the names that Inspect gives to logs and tasks.
const ID_LENGTH: usize = 22;

/// Writes a log for each model and benchmark into `to`, and says how many samples there are.
pub fn write(folder: &RunFolder, to: &Path) -> Result<u64, Error> {
    let names = FileNames::of(folder.plan());
    let summary = evalscope_report::summarize(folder)?;
    let mut count = 0;
    for benchmark in &summary.benchmarks {
        let id = &digest(&(&benchmark.model, benchmark.name(), &summary.started_at))[..ID_LENGTH];
        let date: String = summary.started_at.trim_end_matches('Z').replace(':', "-");
        let date: String = date.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let task = names.benchmark(&benchmark.name()).unwrap_or_default().replace('_', "-");
        let file = to.join(format!("{date}+00-00_{task}_{id}.{ENDING}"));
        count += Log::create(&file)?.write(folder, &summary, benchmark, id)?;
    }
    Ok(count)
}

/// A log while it is written.
struct Log<'a> {
    path: &'a Path,
    zip: ZipWriter<BufWriter<File>>,
    /// What stands in `summaries.json`, which comes behind the samples: a temporary file, as it grows with them.
    summaries: BufWriter<File>,
    /// Ids of the samples, each once: Inspect reads samples one by one only when the header names them.
    ids: IndexSet<String>,
    count: u64,
}

impl<'a> Log<'a> {
    fn create(path: &'a Path) -> Result<Log<'a>, Error> {
        let writing = Error::file("write", path);
        let file = File::create(path).map_err(&writing)?;
        let summaries = tempfile::tempfile().map_err(&writing)?;
        Ok(Log {
            path,
            zip: ZipWriter::new(BufWriter::new(file)),
            summaries: BufWriter::new(summaries),
            ids: IndexSet::new(),
            count: 0,
        })
    }

    fn write(
        mut self,
        folder: &RunFolder,
        summary: &Summary,
        benchmark: &BenchmarkSummary,
        id: &str,
    ) -> Result<u64, Error> {
        let carried = Carried::of(folder).only(&benchmark.model, &benchmark.name());
        let mut header = log::header(summary, benchmark, id, &carried.to_json()?);
        self.add("_journal/start.json", &log::start(&header))?;
        let labels = labels(benchmark);
        for (subset, label) in benchmark.subsets.iter().zip(&labels) {
            let part = Part {
                model: benchmark.model.clone(),
                benchmark: benchmark.name(),
                subset: subset.name.clone(),
            };
            for sample in walk::samples(folder, &part)? {
                self.add_sample(&part, &sample?, label)?;
            }
        }
        self.add_summaries()?;
        header["eval"]["dataset"]["sample_ids"] = self.ids.iter().map(String::as_str).collect();
        self.add("header.json", &header)?;
        self.finish()
    }

    fn add_sample(&mut self, part: &Part, sample: &Answered, label: &str) -> Result<(), Error> {
        // Made of letters and digits and a number: the data's own ids never become names in the archive.
        let id = format!("{label}-{}", sample.index);
        let epoch = u64::from(sample.repeat) + 1;
        let json = sample::to_json(part, sample, &id, epoch);
        self.add(&format!("samples/{id}_epoch_{epoch}.json"), &json)?;
        let writing = Error::file("write", self.path);
        let before: &[u8] = if self.count == 0 { b"[" } else { b"," };
        self.summaries.write_all(before).map_err(&writing)?;
        serde_json::to_writer(&mut self.summaries, &sample::summary(&json)).map_err(Error::form("JSON"))?;
        self.ids.insert(id);
        self.count += 1;
        Ok(())
    }

    fn add(&mut self, name: &str, value: &Value) -> Result<(), Error> {
        self.begin(name)?;
        serde_json::to_writer(&mut self.zip, value)
            .map_err(|error| Error::file("write", self.path)(error.into()))
    }

    fn begin(&mut self, name: &str) -> Result<(), Error> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Zstd);
        self.zip.start_file(name, options).map_err(Error::form("zip"))
    }

    fn add_summaries(&mut self) -> Result<(), Error> {
        let writing = Error::file("write", self.path);
        let end: &[u8] = if self.count == 0 { b"[]" } else { b"]" };
        self.summaries.write_all(end).and_then(|()| self.summaries.flush()).map_err(&writing)?;
        self.begin("summaries.json")?;
        let file = self.summaries.get_mut();
        file.rewind().map_err(&writing)?;
        std::io::copy(file, &mut self.zip).map(drop).map_err(&writing)
    }

    fn finish(self) -> Result<u64, Error> {
        let mut out = self.zip.finish().map_err(Error::form("zip"))?;
        out.flush().map_err(Error::file("write", self.path))?;
        Ok(self.count)
    }
}

/// A plain name for each subset; two that would be the same get their place behind them.
fn labels(benchmark: &BenchmarkSummary) -> Vec<String> {
    let mut taken = HashSet::new();
    let label = |(place, name): (usize, &String)| {
        let plain: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(60).collect();
        if taken.insert(plain.to_lowercase()) { plain } else { format!("{plain}.{place}") }
    };
    benchmark.subsets.iter().map(|subset| &subset.name).enumerate().map(label).collect()
}
