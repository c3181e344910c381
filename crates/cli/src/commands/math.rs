//! `evalscope math`: compares and finds mathematical answers.

use crate::arguments::{ExtractArguments, MathCommand, MathCompareArguments};
use crate::output::{self, Failure};
use evalscope::ArgumentError;
use evalscope::math::{self, Compared};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

/// Runs the command that was typed.
pub fn run(command: &MathCommand) -> Result<ExitCode, Failure> {
    match command {
        MathCommand::Compare(arguments) => compare(arguments),
        MathCommand::Extract(arguments) => extract(arguments),
    }
}

fn compare(arguments: &MathCompareArguments) -> Result<ExitCode, Failure> {
    let print = |compared: &Compared| {
        if arguments.json {
            output::json_line(compared);
        } else {
            output::result(&in_words(compared, arguments.pairs.is_some()));
        }
    };
    if let Some(path) = &arguments.pairs {
        math::compare_pairs(&arguments.mode, &name(path), opened(path)?, |compared| print(&compared))?;
    } else if let (Some(a), Some(b)) = (&arguments.a, &arguments.b) {
        print(&math::compare(&arguments.mode, a, b)?);
    }
    Ok(ExitCode::SUCCESS)
}

/// `unparsed: the answer is empty`; with the pair behind it where there are many.
fn in_words(compared: &Compared, has_many: bool) -> String {
    let mut text = compared.verdict.to_owned();
    if let Some(reason) = &compared.reason {
        text += &format!(": {reason}");
    }
    if has_many {
        text += &format!(
            "\t{}\t{}",
            compared.a.replace(['\n', '\t'], " "),
            compared.b.replace(['\n', '\t'], " ")
        );
    }
    output::printable(&text)
}

/// The file, or standard input for `-`.
fn opened(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    Ok(Box::new(BufReader::new(file)))
}

fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    ArgumentError::new(format!("{} cannot be read: {error}", name(path))).into()
}

fn extract(arguments: &ExtractArguments) -> Result<ExitCode, Failure> {
    let mut text = String::new();
    opened(&arguments.file)?
        .read_to_string(&mut text)
        .map_err(|error| unreadable(&arguments.file, &error))?;
    let Some(found) = math::extract(&arguments.mode, &text)? else {
        if arguments.json {
            output::result("null");
        }
        output::note("there is no answer in it");
        return Ok(ExitCode::from(1));
    };
    if arguments.json {
        output::json_line(&found);
        return Ok(ExitCode::SUCCESS);
    }
    output::result(&output::printable(&found.text));
    let spans: Vec<String> = found.spans.iter().map(|(start, end)| format!("{start}..{end}")).collect();
    let place = if spans.is_empty() { String::new() } else { format!(", bytes {}", spans.join(" and ")) };
    output::note(&format!("found by {}{place}", found.rule));
    Ok(ExitCode::SUCCESS)
}
