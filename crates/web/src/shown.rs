//! What the pages of runs, load tests and arenas show, as JSON: for the API, and for pages with their data inside.

use crate::app::App;
use crate::arena::leaderboard;
use crate::error::Error;
use crate::index::{RunIndex, VERDICTS};
use crate::listing::{RunRow, progress};
use crate::outputs::FoundKind;
use crate::summary::summary;
use serde_json::{Value, json as value};
use std::path::PathBuf;

/// What the page of a run shows.
pub fn of_run(app: &App, id: &str) -> Result<Value, Error> {
    let found = app.outputs.find(id)?;
    let folder = app.run(id)?;
    let plan = folder.plan();
    let mut row: RunRow = app.listing.row(&found, &app.launched);
    row.models = plan.models.iter().map(|model| model.id.clone()).collect();
    row.benchmarks = plan.benchmarks.iter().map(|planned| planned.name.clone()).collect();
    Ok(value!({
        "run": row,
        "state": folder.status(),
        "samples": plan.samples(),
        "summary": summary(&app.outputs, id, &folder)?,
        "progress": progress(folder.path()),
        "manifest": folder.manifest()?,
        // Without what was given nothing is wrong with a run.
        "options": folder.given().unwrap_or_default(),
        "plan": plan,
    }))
}

/// What the page of a load test shows.
pub fn of_perf(app: &App, id: &str) -> Result<Value, Error> {
    let found = app.outputs.find(id)?;
    if !matches!(found.kind, FoundKind::Perf) {
        return Err(Error::missing(format!("load test `{id}`")));
    }
    let path = found.path.join("summary.json");
    let text = std::fs::read_to_string(&path).map_err(Error::file("read", &path))?;
    let broken = |error: serde_json::Error| Error::Broken { message: format!("{}: {error}", path.display()) };
    let summary: Value = serde_json::from_str(&text).map_err(broken)?;
    Ok(value!({"run": app.listing.row(&found, &app.launched), "summary": summary}))
}

/// What the page of an arena shows, and the file of its battles where there is one.
pub fn of_arena(app: &App, id: &str) -> Result<(Option<PathBuf>, Value), Error> {
    let board = leaderboard(&inside(app, id, "leaderboard.json")?)?;
    let found = app.outputs.find(id)?;
    let reply = value!({"run": app.listing.row(&found, &app.launched), "arena": board});
    Ok((inside(app, id, "reviews.jsonl").ok(), reply))
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

/// What there is to choose from, and how many samples each has.
pub fn of_facets(index: &RunIndex) -> Value {
    let mut parts = vec![[0_u64; VERDICTS.len()]; index.parts().len()];
    let mut errors = vec![0_u64; index.errors().len() + 1];
    for fact in index.facts() {
        if let Some(count) =
            parts.get_mut(usize::from(fact.part)).and_then(|part| part.get_mut(usize::from(fact.verdict)))
        {
            *count += 1;
        }
        if let Some(count) = errors.get_mut(usize::from(fact.error)) {
            *count += 1;
        }
    }
    let parts = index.parts().iter().zip(parts).map(|(part, counts)| {
        value!({"model": part.model, "benchmark": part.benchmark, "subset": part.subset, "counts": counts})
    });
    let errors = index.errors().iter().zip(errors.into_iter().skip(1));
    let errors = errors.map(|(kind, count)| value!({"kind": kind, "count": count}));
    value!({
        "samples": index.facts().len(),
        "verdicts": VERDICTS,
        "parts": parts.collect::<Vec<_>>(),
        "errors": errors.collect::<Vec<_>>(),
        "longest": index.facts().iter().map(|fact| fact.length).max(),
    })
}
