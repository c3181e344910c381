//! `evalscope compare`: which of several models is better, and how sure that is.

use crate::arguments::CompareArguments;
use crate::output;
use evalscope::core::Diagnose;
use evalscope::reports::compare;
use std::process::ExitCode;

/// Exit code when they could not be compared, whatever the reason; as of `diff`.
const TROUBLE: u8 = 2;

pub fn run(arguments: &CompareArguments) -> ExitCode {
    let found = match evalscope::compare(&arguments.runs, arguments.metric.as_deref()) {
        Ok(found) => found,
        Err(error) => {
            output::explain(&error.to_string(), error.hint().as_deref());
            return ExitCode::from(TROUBLE);
        }
    };
    if found.benchmarks.is_empty() {
        let reasons =
            found.skipped.iter().map(|skipped| format!("{}: {}", skipped.benchmark, skipped.reason));
        let message = format!("nothing can be compared: {}", reasons.collect::<Vec<_>>().join("; "));
        output::explain(
            &message,
            Some("give runs of the same benchmark in the same protocol, and a metric that it has"),
        );
        return ExitCode::from(TROUBLE);
    }
    if arguments.json {
        output::json(&found);
    } else {
        output::result(&compare::text(&found));
    }
    ExitCode::SUCCESS
}
