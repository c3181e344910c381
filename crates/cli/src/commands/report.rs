//! `evalscope report`: rebuilds the reports of a run.

use crate::arguments::ReportArguments;
use crate::output::{self, Failure};
use crate::{commands::eval, environment};
use std::process::ExitCode;

pub fn run(arguments: &ReportArguments) -> Result<ExitCode, Failure> {
    let (summary, written) = evalscope::report(&arguments.run_dir)?;
    if arguments.json {
        output::json(&summary);
    } else {
        let width = output::width(environment::columns());
        output::result(&evalscope::reports::table(&summary, width));
        output::note(&format!("report: {}", written.html.display()));
    }
    Ok(eval::exit_code(&summary))
}
