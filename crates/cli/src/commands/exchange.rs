//! `evalscope export` and `evalscope import`: runs in the forms of other programs.

use crate::arguments::{ExportArguments, ImportArguments};
use crate::environment;
use crate::output::{self, Failure};
use evalscope::Overwrite;
use std::process::ExitCode;

pub fn export(arguments: &ExportArguments) -> Result<ExitCode, Failure> {
    let overwrite = if arguments.force { Overwrite::Replace } else { Overwrite::Never };
    let exported =
        evalscope::export(&arguments.run_dir, &arguments.to, arguments.output.as_deref(), overwrite)?;
    output::note(&format!("{} samples", output::thousands(exported.samples)));
    output::result(&exported.path.display().to_string());
    Ok(ExitCode::SUCCESS)
}

pub fn import(arguments: &ImportArguments) -> Result<ExitCode, Failure> {
    let name = evalscope::timestamp_name();
    let (imported, summary) =
        evalscope::import(&arguments.path, arguments.from.as_deref(), &arguments.work_dir, &name)?;
    if arguments.json {
        output::json(&summary);
    } else {
        output::result(&evalscope::reports::table(&summary, output::width(environment::columns())));
    }
    let samples = output::thousands(imported.samples);
    output::note(&format!("{samples} samples of {}", output::printable(&imported.from)));
    if imported.unscored > 0 {
        output::note(&format!("{} of them came without a score", output::thousands(imported.unscored)));
    }
    output::note(&format!("run: {}", imported.path.display()));
    Ok(ExitCode::SUCCESS)
}
