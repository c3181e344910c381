//! The report as one page that needs nothing else: no network, no other file.

mod choose;
mod clip;
mod page;
mod record;

use crate::error::Error;
use crate::summary::Summary;
use crate::table::table;
use evalscope_runs::RunFolder;

/// Width of the table that stands in for the page where scripts are off.
const TABLE_WIDTH: usize = 120;

/// The page: the summary and as many samples as it can hold.
pub fn html(folder: &RunFolder, summary: &Summary) -> Result<String, Error> {
    let (samples, left_out) = choose::samples(folder, summary)?;
    let summary_json = serde_json::to_string(summary)
        .map_err(|error| Error::Form { form: "HTML", message: error.to_string() })?;
    let data = format!(
        "{{\"summary\":{summary_json},\"left_out\":{left_out},\"samples\":[{}]}}",
        samples.join(",\n")
    );
    Ok(page::page(&data, &table(summary, TABLE_WIDTH)))
}
