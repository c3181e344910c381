//! `evalscope models show` and `template` in a build that cannot read models.

use crate::arguments::OneModel;
use crate::output::Failure;
use evalscope::ArgumentError;
use std::process::ExitCode;

/// Refuses.
pub fn show(_: &OneModel) -> Result<ExitCode, Failure> {
    refuse()
}

/// Refuses.
pub fn template(_: &OneModel, _: Option<String>, _: Option<&str>, _: bool) -> Result<ExitCode, Failure> {
    refuse()
}

fn refuse() -> Result<ExitCode, Failure> {
    Err(ArgumentError::new("this build has no embedded engine and reads no models")
        .with_hint(Some("build with the feature `local`".into()))
        .into())
}
