//! The made-up example of a benchmark's file: what a protocol asks, without any data.

use crate::benchmark::Benchmark;
use crate::error::Error;
use crate::protocol::Protocol;
use crate::samples::{PlacedRow, SubsetContext};
use crate::schema::{ExampleSection, Pick};
use evalscope_core::{Row, Sample, json};
use indexmap::IndexMap;

/// Seed under which examples are made.
const SEED: u64 = 42;

impl Protocol {
    /// The sample that the file's own example makes, with its few-shot examples; `None` when the file has none.
    ///
    /// Texts that are not ours to ship appear as their names in `⟦…⟧`.
    pub fn example(&self) -> Result<Option<Sample>, Error> {
        let Some(example) = &self.benchmark.file.example else { return Ok(None) };
        let assets: IndexMap<String, Vec<String>> =
            self.benchmark.file.assets.keys().map(|name| (name.clone(), vec![placeholder(name)])).collect();
        let subset = subset(&self.benchmark, example);
        let context = SubsetContext { subset: &subset, assets: Some(&assets), seed: SEED };
        let mut sample = self.sample(&context, &placed(&self.benchmark, &example.row)?, 0)?;
        let shots = match self.pick() {
            _ if self.shot_count() == 0 => Vec::new(),
            Pick::Asset(name) => vec![placeholder(&name); self.texts_per_shot()],
            Pick::First | Pick::Random | Pick::Shuffled | Pick::PerSample(_) => {
                let rows = example.shots.iter().take(self.shot_count() as usize).enumerate();
                rows.map(|(index, row)| {
                    self.shot(&self.sample(&context, &placed(&self.benchmark, row)?, index as u64)?)
                })
                .collect::<Result<Vec<_>, Error>>()?
                .concat()
            }
        };
        sample.shots = shots.into();
        Ok(Some(sample))
    }
}

fn placeholder(asset: &str) -> String {
    format!("⟦{asset}⟧")
}

fn subset(benchmark: &Benchmark, example: &ExampleSection) -> String {
    let first = || benchmark.subsets().first().cloned();
    example.subset.clone().or_else(first).unwrap_or_else(|| "default".to_owned())
}

fn placed(
    benchmark: &Benchmark,
    row: &serde_json::Map<String, serde_json::Value>,
) -> Result<PlacedRow, Error> {
    let file = format!("the example of {}", benchmark.name());
    let text = serde_json::Value::Object(row.clone()).to_string();
    let row: Row = match json::parse(&text) {
        Ok(evalscope_core::Value::Object(row)) => row,
        _ => Row::new(),
    };
    Ok(PlacedRow { file, number: 1, row })
}
