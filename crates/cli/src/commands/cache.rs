//! `evalscope cache …`: looks at the response cache and makes it smaller.

use crate::arguments::CacheCommand;
use crate::environment;
use crate::output::{self, Failure, thousands};
use evalscope::ArgumentError;
use std::process::ExitCode;
use std::time::Duration;

/// Units of an age.
const AGES: [(&str, u64); 4] = [("d", 24 * 3600), ("h", 3600), ("m", 60), ("s", 1)];
/// Units of a size; those that end in B alone come last.
const SIZES: [(&str, u64); 7] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

pub fn run(command: CacheCommand) -> Result<ExitCode, Failure> {
    let environment = environment::read(false);
    match command {
        CacheCommand::Stats { json } => stats(&environment, json)?,
        CacheCommand::Prune { older_than, max_size } => {
            let age = older_than.map(|text| quantity("--older-than", &text, &AGES, "30d")).transpose()?;
            let size = max_size.map(|text| quantity("--max-size", &text, &SIZES, "2GB")).transpose()?;
            let dropped = evalscope::cache::prune(&environment, age.map(Duration::from_secs), size)?;
            output::result(&format!("{} answers dropped", thousands(dropped)));
        }
        CacheCommand::Clear => {
            let dropped = evalscope::cache::clear(&environment)?;
            output::result(&format!("{} answers dropped", thousands(dropped)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn stats(environment: &evalscope::Environment, json: bool) -> Result<(), Failure> {
    let stats = evalscope::cache::stats(environment)?;
    let path = evalscope::cache::path(environment);
    if json {
        let model = |model: &evalscope::cache::ModelStats| {
            serde_json::json!({
                "model": model.model,
                "answers": model.answers,
                "bytes": model.bytes,
                "oldest_use": model.oldest,
            })
        };
        let models: Vec<serde_json::Value> = stats.models.iter().map(model).collect();
        output::json(&serde_json::json!({"path": path, "file_bytes": stats.file_bytes, "models": models}));
        return Ok(());
    }
    let (answers, bytes) = stats
        .models
        .iter()
        .fold((0, 0), |(answers, bytes), model| (answers + model.answers, bytes + model.bytes));
    let mut lines = vec![
        path.display().to_string(),
        format!(
            "{} answers, {} bytes, {} on disk",
            thousands(answers),
            thousands(bytes),
            thousands(stats.file_bytes)
        ),
    ];
    lines.extend(stats.models.iter().map(|model| {
        format!("  {}  {} answers, {} bytes", model.model, thousands(model.answers), thousands(model.bytes))
    }));
    output::result(&output::printable(&lines.join("\n")));
    Ok(())
}

/// A number with a unit.
fn quantity(flag: &str, text: &str, units: &[(&str, u64)], example: &str) -> Result<u64, ArgumentError> {
    let text = text.trim();
    let found = units.iter().find_map(|(unit, factor)| {
        let number: f64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        (number >= 0.0 && number.is_finite()).then_some((number * *factor as f64) as u64)
    });
    found.ok_or_else(|| {
        let names: Vec<&str> = units.iter().map(|(unit, _)| *unit).collect();
        ArgumentError::new(format!("{flag}: `{text}` is no number with one of {}", names.join(", ")))
            .with_hint(Some(format!("for example `{flag} {example}`")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_units() {
        assert_eq!(quantity("", "30d", &AGES, "").unwrap(), 30 * 24 * 3600);
        assert_eq!(quantity("", "1.5 GB", &SIZES, "").unwrap(), 1_500_000_000);
        assert_eq!(quantity("", "2MiB", &SIZES, "").unwrap(), 2 << 20);
        assert_eq!(quantity("", "12B", &SIZES, "").unwrap(), 12);
        assert!(quantity("", "12", &SIZES, "").is_err());
        assert!(quantity("", "-1d", &AGES, "").is_err());
    }
}
