//! What the pages of runs, load tests and arenas show: the shapes are those of the files with their data inside, which other crates write too.

use crate::app::App;
use crate::brief;
use crate::error::Error;
use crate::index::RunIndex;
use crate::outputs::FoundKind;
use crate::summary::{Summed, counting};
use evalscope_page::{PageFile, RunRow, load_test_reply};
use evalscope_report::page::{
    ErrorCount, Facets, Failures, PartCounts, VERDICTS, arena_page, arena_reply, choose, leaderboard,
    run_page, run_reply, run_row,
};
use evalscope_runs::RunFolder;
use serde_json::Value;
use std::path::PathBuf;

/// What the page of a run shows.
pub fn of_run(app: &App, id: &str) -> Result<Value, Error> {
    let (row, folder) = run(app, id)?;
    match app.summaries.find(&app.outputs, id, &folder)? {
        Summed::Ready(summary) => Ok(run_reply(&row, &folder, summary.as_ref())?),
        Summed::Counting(progress) => {
            let mut reply = run_reply(&row, &folder, None)?;
            reply["counting"] = counting(&progress);
            Ok(reply)
        }
    }
}

fn run(app: &App, id: &str) -> Result<(RunRow, RunFolder), Error> {
    let found = app.outputs.find(id)?;
    let folder = app.run(id)?;
    let plan = folder.plan();
    let mut row = app.listing.row(&found, &app.launched);
    row.models = plan.models.iter().map(|model| model.id.clone()).collect();
    row.benchmarks = plan.benchmarks.iter().map(|planned| planned.name.clone()).collect();
    Ok((row, folder))
}

/// What the page of a load test shows.
pub fn of_perf(app: &App, id: &str) -> Result<Value, Error> {
    let (row, summary) = perf(app, id)?;
    Ok(load_test_reply(&row, &summary))
}

fn perf(app: &App, id: &str) -> Result<(RunRow, Value), Error> {
    let found = app.outputs.find(id)?;
    if !matches!(found.kind, FoundKind::Perf) {
        return Err(Error::missing(format!("load test `{id}`")));
    }
    let path = found.path.join("summary.json");
    let text = std::fs::read_to_string(&path).map_err(Error::file("read", &path))?;
    let broken = |error: serde_json::Error| Error::Broken { message: format!("{}: {error}", path.display()) };
    Ok((app.listing.row(&found, &app.launched), serde_json::from_str(&text).map_err(broken)?))
}

/// What the page of an arena shows.
pub fn of_arena(app: &App, id: &str) -> Result<Value, Error> {
    let (row, board) = arena(app, id)?;
    Ok(arena_reply(&row, &board))
}

fn arena(app: &App, id: &str) -> Result<(RunRow, Value), Error> {
    let board = leaderboard(&inside(app, id, "leaderboard.json")?)?;
    Ok((app.listing.row(&app.outputs.find(id)?, &app.launched), board))
}

/// The page of what this id names as one file, for people without a server.
pub fn as_file(app: &App, id: &str) -> Result<String, Error> {
    let (page, text) = match app.outputs.find(id)?.kind {
        FoundKind::Perf => {
            let (row, summary) = perf(app, id)?;
            (PageFile::load_test(&row, &summary), brief::of_perf(&summary))
        }
        FoundKind::Arena => {
            let (row, board) = arena(app, id)?;
            let reviews = inside(app, id, "reviews.jsonl").ok();
            (arena_page(&row, &board, reviews.as_deref())?, brief::of_arena(&board))
        }
        FoundKind::Run | FoundKind::Foreign(_) => {
            let (row, folder) = run(app, id)?;
            let summary = app.summaries.wait(&app.outputs, id, &folder)?;
            let scored = run_row(&row.id, &folder, summary.as_ref());
            let _turn = app.turn.take();
            (run_page(&row, &folder, summary.as_ref(), choose(&folder)?)?, brief::of_run(&scored))
        }
    };
    Ok(page.html(&text))
}

/// A file of the arena. It may be a link, which must not lead out of the folder of results.
pub fn inside(app: &App, id: &str, name: &str) -> Result<PathBuf, Error> {
    let found = app.outputs.find(id)?;
    if !matches!(found.kind, FoundKind::Arena) {
        return Err(Error::missing(format!("arena `{id}`")));
    }
    let file = app.outputs.inside(&found.path.join(name));
    file.ok_or_else(|| Error::missing(format!("{name} of `{id}` in the folder")))
}

/// What went wrong in a run.
pub fn of_failures(index: &RunIndex) -> Result<Failures, Error> {
    let all = index.facts().iter().enumerate();
    let failed = all.filter(|(_, fact)| VERDICTS.get(usize::from(fact.verdict)) == Some(&"failed"));
    let numbers: Vec<u32> = failed.map(|(seq, _)| seq as u32).collect();
    let mut failures = Failures::default();
    let read = numbers.len().min(Failures::MAX_READ);
    for row in index.rows(&numbers[..read])? {
        let code = index.facts().get(row.seq as usize).map_or(0, |fact| usize::from(fact.error));
        let kind = index.errors().get(code.wrapping_sub(1)).map_or("", String::as_str);
        failures.add(kind, row.error.as_deref().unwrap_or_default(), row.seq);
    }
    failures.total = numbers.len();
    Ok(failures.sorted())
}

/// What there is to choose from, and how many samples each has.
pub fn of_facets(index: &RunIndex) -> Facets {
    let mut parts: Vec<PartCounts> = (index.parts().iter())
        .map(|part| PartCounts {
            model: part.model.clone(),
            benchmark: part.benchmark.clone(),
            subset: part.subset.clone(),
            counts: Default::default(),
        })
        .collect();
    let kinds = index.errors().iter();
    let mut errors: Vec<ErrorCount> = kinds.map(|kind| ErrorCount { kind: kind.clone(), count: 0 }).collect();
    for fact in index.facts() {
        let counts = parts.get_mut(usize::from(fact.part)).map(|part| &mut part.counts);
        if let Some(count) = counts.and_then(|counts| counts.get_mut(usize::from(fact.verdict))) {
            *count += 1;
        }
        if let Some(error) = errors.get_mut(usize::from(fact.error).wrapping_sub(1)) {
            error.count += 1;
        }
    }
    let longest = index.facts().iter().map(|fact| fact.length).max();
    Facets { samples: index.facts().len(), verdicts: VERDICTS, parts, errors, longest }
}
