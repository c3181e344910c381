//! `evalscope models`: the catalogue.

use crate::output;
use evalscope::catalogue;
use std::process::ExitCode;

pub fn run(json: bool) -> ExitCode {
    if json {
        output::json(&catalogue::entries());
    } else {
        let lines: Vec<String> = catalogue::entries()
            .iter()
            .map(|entry| {
                format!(
                    "{:<16} {} ({}, {:.0} MB, {})",
                    entry.name,
                    entry.about,
                    entry.title,
                    entry.bytes as f64 / 1e6,
                    entry.license
                )
            })
            .collect();
        output::result(&lines.join("\n"));
    }
    ExitCode::SUCCESS
}
