//! What a load test leaves: rows as they end, the table that EvalScope's users know, and figures to read.

pub mod columns;
pub mod database;
pub mod export;
pub mod prometheus;
pub mod rows;
pub mod table;

use crate::error::Error;
use crate::measure::PerfSummary;
use evalscope_page::{PageFile, RunRow, name_of};
use std::path::Path;

/// Writes all files of a finished test.
pub fn write(folder: &Path, summary: &PerfSummary) -> Result<(), Error> {
    let json = folder.join("summary.json");
    let text = serde_json::to_string_pretty(summary).map_err(Error::file("write", &json))?;
    let value = serde_json::to_value(summary).map_err(Error::file("write", &json))?;
    let mut table: String = summary.stages.iter().map(|stage| table::stage(stage) + "\n").collect();
    table.push_str(&table::overview(&summary.stages));
    table.push_str(&table::spreads(&summary.spreads));
    table.extend(summary.notes.iter().map(|note| format!("note: {note}\n")));
    std::fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    let row = RunRow::of_load_test(&name_of(folder), &value);
    let files = [
        ("summary.json", text + "\n"),
        ("perf_report.html", PageFile::load_test(&row, &value).html(&table)),
        ("performance_summary.txt", table),
        ("metrics.prom", prometheus::text(summary)),
    ];
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(Error::file("write", &path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_the_summary_and_no_markup_of_others() {
        let evil = "</script><img src=x onerror=alert(1)>".to_owned();
        let mut stage = crate::truth::tests::stage_of_nothing();
        stage.name.clone_from(&evil);
        stage.invalid.push(evil.clone());
        let summary = PerfSummary {
            model: evil.clone(),
            notes: vec![evil],
            ..crate::truth::tests::summary(vec![stage])
        };
        let place = tempfile::tempdir().unwrap();
        write(place.path(), &summary).unwrap();
        let shown = std::fs::read_to_string(place.path().join("performance_summary.txt")).unwrap();
        assert!(shown.contains(&format!("note: {}", summary.notes[0])), "{shown}");
        let page = std::fs::read_to_string(place.path().join("perf_report.html")).unwrap();
        let ours = page.split("<script type=\"module\">").next().unwrap();
        assert!(!ours.contains("<img") && page.matches("</script").count() == 2);
        let data = page.split_once("id=\"evalscope-data\">").unwrap().1.split_once("</script>").unwrap().0;
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        let path = data["start"].as_str().unwrap().replace("#/perf/", "runs/") + "/perf";
        let held = &data["replies"][path]["summary"];
        assert_eq!(*held, serde_json::to_value(&summary).unwrap());
    }
}
