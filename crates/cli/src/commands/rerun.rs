//! `evalscope rerun`: the same again, in a new folder.

use super::restore::restore;
use crate::arguments::RerunArguments;
use crate::commands::eval;
use crate::environment;
use crate::output::{self, Failure};
use evalscope::{ArgumentError, GenerationConfig};
use std::process::ExitCode;

pub fn run(given: RerunArguments) -> Result<ExitCode, Failure> {
    // Before the working folder changes.
    let work_dir = environment::absolute(&given.work_dir);
    let restored = restore(&given.run_dir)?;
    evalscope::check_can_rerun(&restored.folder, &restored.recorded)?;
    let mut arguments = restored.arguments;
    arguments.api_key = given.api_key;
    if let Some(url) = given.api_url {
        arguments.api_url = vec![url];
    }
    arguments.generation_config = given.generation_config.or(arguments.generation_config);
    let mut texts = arguments.generation_config.iter().chain(&arguments.model);
    if texts.any(|text| GenerationConfig::is_masked(text)) {
        let hint = "give them again with `--generation-config`, which stands in place of the recorded one";
        return Err(ArgumentError::new("the run sent extra headers, whose values are not recorded")
            .with_hint(Some(hint.into()))
            .into());
    }
    arguments.data.offline |= given.offline;
    arguments.json = given.json;
    arguments.work_dir = Some(work_dir);
    arguments.fresh = true;
    let (code, folder) = eval::perform(arguments)?;
    output::note(&format!("what differs: evalscope diff {} {}", restored.folder.display(), folder.display()));
    Ok(code)
}
