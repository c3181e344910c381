//! Reads what the calls in a journal took, and of their texts nothing.

use crate::error::Error;
use crate::folder::RunFolder;
use crate::lines;
use crate::output::UsageLine;
use crate::read::Lines;
use evalscope_core::Usage;
use serde::Deserialize;

/// Reads the tokens of a subset's calls, each with the judge who was asked, if it was one. Calls that failed, that the
/// response cache answered or whose tokens the server did not count are left out.
pub struct SpendingReader(Lines);

/// What is read of a line.
#[derive(Deserialize)]
struct SpendingLine {
    #[serde(default)]
    judge: Option<u32>,
    #[serde(default)]
    cached: bool,
    #[serde(default)]
    model_output: Option<OutputLine>,
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
        Ok(SpendingReader(Lines::open(&[path])?))
    }
}

impl Iterator for SpendingReader {
    type Item = Result<(Option<u32>, Usage), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.0.parse_next(parse)? {
                Ok(None) => {}
                Ok(Some(usage)) => return Some(Ok(usage)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn parse(line: &[u8]) -> Result<Option<(Option<u32>, Usage)>, String> {
    let line: SpendingLine = serde_json::from_slice(line).map_err(|error| lines::json_message(&error))?;
    let usage = line.model_output.filter(|_| !line.cached).and_then(|output| output.usage);
    Ok(usage.map(|usage| (line.judge, Usage::from(usage))))
}
