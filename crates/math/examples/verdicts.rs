//! Reads pairs of the differential test from standard input and prints them with our verdict: `verdicts MODE < PAIRS`.
#![expect(clippy::unwrap_used, reason = "a tool for development, which may stop at anything")]

use evalscope_math::{Mode, Verdict};
use std::io::{BufRead, Write};
use std::time::Instant;

fn main() {
    let mode = Mode::named(&std::env::args().nth(1).unwrap()).unwrap();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let mut pair: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let (target, text) = (pair["a"].as_str().unwrap(), pair["b"].as_str().unwrap());
        let start = Instant::now();
        let answer = if pair["kind"] == "reply" {
            mode.extract(text).map(|found| found.text).unwrap_or_default()
        } else {
            text.to_owned()
        };
        let verdict = mode.compare(target, &answer);
        let nanoseconds = start.elapsed().as_nanos() as u64;
        pair["answer"] = answer.into();
        pair["ours"] = verdict.name().into();
        if let Verdict::Unparsed(reason) = verdict {
            pair["reason"] = reason.to_string().into();
        }
        pair["nanoseconds"] = nanoseconds.into();
        writeln!(out, "{pair}").unwrap();
    }
}
