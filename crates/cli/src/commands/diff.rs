//! `evalscope diff`: what differs between two runs, or between the protocols of one.

use crate::arguments::DiffArguments;
use crate::output;
use evalscope::core::Diagnose;
use evalscope::reports::diff;
use std::process::ExitCode;

/// Exit code when the runs differ.
const DIFFERENT: u8 = 1;
/// Exit code when they could not be compared, whatever the reason; as of other programs that compare.
const TROUBLE: u8 = 2;

pub fn run(arguments: &DiffArguments) -> ExitCode {
    let found = match evalscope::diff(&arguments.run_a, arguments.run_b.as_deref(), arguments.limit) {
        Ok(found) => found,
        Err(error) => {
            output::explain(&error.to_string(), error.hint().as_deref());
            return ExitCode::from(TROUBLE);
        }
    };
    if arguments.json {
        output::json(&found);
    } else {
        output::result(&diff::text(&found));
    }
    if found.equal { ExitCode::SUCCESS } else { ExitCode::from(DIFFERENT) }
}
