//! `evalscope benchmarks`: list, show, lint, vocabulary.

use crate::arguments::{BenchmarksCommand, ShowArguments};
use crate::commands::{eval, hub};
use crate::environment;
use crate::output::{self, Failure};
use evalscope::benchmarks::{self, Listed, ShowOptions};
use std::path::PathBuf;
use std::process::ExitCode;

/// A name that is no benchmark by itself, and what it stands for.
const COLLECTION: (&str, &str) =
    ("data_collection", "a weighted mix of these, `eval --collection FILE`; see docs/guides/mixes.md");

pub fn run(command: BenchmarksCommand) -> Result<ExitCode, Failure> {
    match command {
        BenchmarksCommand::List { benchmark_path, json } => list(&benchmark_path, json),
        BenchmarksCommand::Show(arguments) => show(&arguments),
        BenchmarksCommand::Lint { paths } => lint(&paths),
        BenchmarksCommand::Vocabulary { json } => Ok(vocabulary(json)),
    }
}

fn list(paths: &[PathBuf], json: bool) -> Result<ExitCode, Failure> {
    let all = benchmarks::list(paths)?;
    if json {
        output::json(&all);
        return Ok(ExitCode::SUCCESS);
    }
    output::result(&table(&all));
    Ok(ExitCode::SUCCESS)
}

/// Name, samples, main metric, protocols and data of each benchmark, under each other.
fn table(all: &[Listed]) -> String {
    let mut rows = vec![["name", "samples", "metric", "protocols", "data"].map(str::to_owned)];
    rows.extend(all.iter().map(|entry| {
        [
            entry.name.clone(),
            entry.rows.samples_text(output::thousands),
            entry.default_metric().to_owned(),
            entry.protocols.join(", "),
            entry.rows.data_text(),
        ]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    let line = |[name, samples, metric, protocols, data]: &[String; 5]| {
        let [first, second, third, fourth] = widths;
        format!("{name:<first$}  {samples:>second$}  {metric:<third$}  {protocols:<fourth$}  {data}")
    };
    let rows: Vec<String> = rows.iter().map(line).collect();
    rows.join("\n")
        + "\n\nsamples, metric and data are those of the first protocol; `benchmarks show NAME@PROTOCOL` has another's\n"
        + &collection()
}

fn collection() -> String {
    let (name, about) = COLLECTION;
    format!("{name}: {about}")
}

fn show(arguments: &ShowArguments) -> Result<ExitCode, Failure> {
    let name = arguments.name.split('@').next().unwrap_or(&arguments.name);
    if name == COLLECTION.0 {
        match arguments.json {
            true => output::json(&serde_json::json!({"name": COLLECTION.0, "about": COLLECTION.1})),
            false => output::result(&collection()),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let dataset_arguments = match &arguments.dataset_args {
        Some(text) => {
            let mut all = eval::dataset_args(text)?;
            all.swap_remove(&arguments.name).or_else(|| all.swap_remove(name)).unwrap_or_default()
        }
        None => evalscope::DatasetArgs::default(),
    };
    let options = ShowOptions {
        paths: &arguments.benchmark_path,
        arguments: dataset_arguments,
        hub: hub(arguments.dataset_hub, arguments.dataset_dir.is_some()),
        dataset_dir: arguments.dataset_dir.as_deref(),
        seed: 42,
    };
    let shown = benchmarks::show(&arguments.name, &options, &environment::read(arguments.offline))?;
    if arguments.json {
        output::json(&shown);
        return Ok(ExitCode::SUCCESS);
    }
    output::result(&heading(&shown.listed, &shown.protocol));
    output::result(&format!("protocol   {}", shown.protocol));
    if !shown.columns.is_empty() {
        output::result(&format!("columns    {} (of the example row in its file)", shown.columns.join(", ")));
    }
    if let Some(reason) = &shown.no_data {
        output::note(&format!("note: the data was not read, so the example is made up: {reason}"));
    }
    if shown.example.is_empty() {
        output::note("no example: there are no rows, and the benchmark's file makes none up");
    }
    for effect in &shown.example {
        output::result(&format!("\n{}", output::effect(effect)));
    }
    Ok(ExitCode::SUCCESS)
}

fn heading(entry: &Listed, protocol: &str) -> String {
    let mut lines = vec![format!("{} — {}", entry.title, entry.about)];
    lines.push(format!("protocols  {}", entry.protocols.join(", ")));
    lines.push(format!("subsets    {}", entry.rows.subsets));
    lines.push(format!("samples    {}", entry.rows.samples_text(output::thousands)));
    lines.push(format!("metric     {}", entry.main_metric(protocol)));
    lines.push(format!("data       {}", entry.rows.data_text()));
    lines.push(format!("tags       {}", entry.tags.join(", ")));
    if let Some(paper) = &entry.paper {
        lines.push(format!("paper      {paper}"));
    }
    if let Some(license) = &entry.license {
        lines.push(format!("licence    {license}"));
    }
    lines.join("\n")
}

fn lint(paths: &[PathBuf]) -> Result<ExitCode, Failure> {
    let mut found = 0;
    for path in paths {
        for problem in benchmarks::lint(path)? {
            found += 1;
            output::result(&problem.to_string());
        }
    }
    match found {
        0 => output::note("no problem found"),
        1 => output::note("1 problem found"),
        _ => output::note(&format!("{found} problems found")),
    }
    Ok(if found == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn vocabulary(json: bool) -> ExitCode {
    let entries = benchmarks::vocabulary();
    if json {
        output::json(&entries);
        return ExitCode::SUCCESS;
    }
    let lines: Vec<String> = entries
        .iter()
        .map(|entry| format!("{:<12} {:<28} {}", entry.kind.to_string(), entry.name, entry.line()))
        .collect();
    output::result(&lines.join("\n"));
    ExitCode::SUCCESS
}
