//! Chores of the repository: `cargo xtask tidy | generate | golden | licences`.

mod error;
mod generate;
mod golden;
mod licences;
mod product;
mod source;
mod tidy;
mod workspace;

use std::io::Write;
use std::process::ExitCode;

use error::Error;
use product::Product;
use workspace::Workspace;

const HELP: &str = "\
Chores of the repository.

  cargo xtask tidy              checks layers, import cycles, docs, package ceiling, file contents
  cargo xtask tidy --report     prints the figures of the code base, fails on nothing
  cargo xtask generate          writes schemas/, docs/reference/ and the layer table of ARCHITECTURE.md
  cargo xtask generate --check  fails when that would change anything
    … --check --with BINARY     the same, asking a binary that is already built
  cargo xtask golden [NAME]     writes the golden prompts, of one benchmark or of all
  cargo xtask licences          holds every dependency to deny.toml
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(text) => {
            // A closed pipe is the reader's choice, not a failure of the chore.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one chore and returns what it has to say.
fn run(words: &[&str]) -> Result<String, Error> {
    match words {
        ["tidy"] => tidy::check_all(&Workspace::open()?),
        ["tidy", "--report"] => tidy::report::figures(&Workspace::open()?),
        ["generate"] => generate::write(&Workspace::open()?, &Product::Built),
        ["generate", "--check"] => generate::check(&Workspace::open()?, &Product::Built),
        ["generate", "--check", "--with", binary] => {
            let product = Product::Given(std::path::absolute(binary).map_err(Error::read(binary.as_ref()))?);
            generate::check(&Workspace::open()?, &product)
        }
        ["golden"] => golden::write(&Workspace::open()?, None),
        ["golden", name] if !name.starts_with('-') => golden::write(&Workspace::open()?, Some(name)),
        ["licences"] => licences::check(&Workspace::open()?),
        [] | ["help" | "--help" | "-h"] => Ok(HELP.to_owned()),
        _ => Err(Error::Usage { words: words.join(" "), help: HELP }),
    }
}
