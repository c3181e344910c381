//! Reads what the calls in a journal took, and how many samples have a reply; of their texts nothing.

use crate::error::Error;
use crate::folder::RunFolder;
use crate::lines;
use crate::output::UsageLine;
use crate::read::Lines;
use evalscope_core::Usage;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Reads the tokens of a subset's calls, each with the judge who was asked, if it was one. Calls that failed, that the
/// response cache answered or whose tokens the server did not count are left out.
pub struct SpendingReader {
    lines: Lines,
    samples: u64,
}

/// What is read of a line.
#[derive(Deserialize)]
struct SpendingLine {
    #[serde(default)]
    judge: Option<u32>,
    #[serde(default)]
    cached: bool,
    #[serde(default)]
    model_output: Option<OutputLine>,
    #[serde(default)]
    error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct OutputLine {
    #[serde(default)]
    usage: Option<UsageLine>,
}

impl RunFolder {
    /// Reads what the calls of a subset took; one that was not begun took nothing.
    pub fn read_spending(&self, model: &str, benchmark: &str, subset: &str) -> Result<SpendingReader, Error> {
        let path = self.predictions_path(model, benchmark, subset)?;
        Ok(SpendingReader { lines: Lines::open(&[path])?, samples: 0 })
    }
}

impl SpendingReader {
    /// How many samples have the outcome of their first call, repeats counted, of what was read so far.
    pub fn samples(&self) -> u64 {
        self.samples
    }
}

impl Iterator for SpendingReader {
    type Item = Result<(Option<u32>, Usage), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = match self.lines.parse_next(parse)? {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            let is_first = self.lines.last_key().is_some_and(|key| key.call == 0);
            self.samples += u64::from(is_first && line.error.is_none());
            let usage = line.model_output.filter(|_| !line.cached).and_then(|output| output.usage);
            if let Some(usage) = usage {
                return Some(Ok((line.judge, Usage::from(usage))));
            }
        }
    }
}

fn parse(line: &[u8]) -> Result<SpendingLine, String> {
    serde_json::from_slice(line).map_err(|error| lines::json_message(&error))
}
