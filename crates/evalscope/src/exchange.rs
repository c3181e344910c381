//! Runs in the forms of other programs: out of a run folder, and into a new one.

use crate::argument::ArgumentError;
use crate::error::Error;
use crate::place::unused;
use evalscope_exchange::{Exported, FORMATS, Format, Imported, Overwrite, named};
use evalscope_report::Summary;
use evalscope_runs::RunFolder;
use std::path::Path;

/// The names of the forms that a run can be exported in and imported from.
pub fn format_names() -> [&'static str; FORMATS.len()] {
    FORMATS.each_ref().map(|format| format.name)
}

/// Writes the run in `run` as the form `format`, to `to` or beside the run.
pub fn export(run: &Path, format: &str, to: Option<&Path>, overwrite: Overwrite) -> Result<Exported, Error> {
    let format = known(format)?;
    Ok(evalscope_exchange::export(&RunFolder::open(run)?, format, to, overwrite)?)
}

/// Makes a run under `work_dir` of what another program wrote in `path`, and its reports. The form is found out when
/// none is named; `name` is that of the new folder.
pub fn import(
    path: &Path,
    format: Option<&str>,
    work_dir: &Path,
    name: &str,
) -> Result<(Imported, Summary), Error> {
    let format = format.map(known).transpose()?;
    let imported = evalscope_exchange::import(path, format, &unused(work_dir, name))?;
    let (summary, _) = crate::report::report(&imported.path)?;
    Ok((imported, summary))
}

fn known(name: &str) -> Result<&'static Format, ArgumentError> {
    named(name).ok_or_else(|| {
        ArgumentError::new(format!("there is no form `{name}`"))
            .with_hint(Some(format!("choose one of {}", format_names().join(", "))))
    })
}
