//! Which file of EvalScope's folder holds which subset: its names are `<dataset>_<subset>`, and both may hold `_`.

use crate::answered::Part;
use crate::error::Error;
use crate::files;
use crate::json::read_document;
use crate::source::About;
use crate::walk;
use evalscope_core::Plan;
use evalscope_runs::FileNames;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What EvalScope calls the subset of a benchmark that has none.
const NO_SUBSET: &str = "default";

/// The files of subsets, from the folder of reviews or predictions, and what is in them.
pub fn find(path: &Path, about: &About) -> Result<Vec<(PathBuf, Part)>, Error> {
    match about.carried.first() {
        Some(carried) => Ok(of_plan(&carried.plan)),
        None => of_names(path, about),
    }
}

fn of_plan(plan: &Plan) -> Vec<(PathBuf, Part)> {
    let names = FileNames::of(plan);
    let file = |part: &Part| {
        let file = format!("{}.jsonl", names.subset(&part.benchmark, &part.subset)?);
        Some(Path::new(names.model(&part.model)?).join(file))
    };
    walk::parts(plan).into_iter().filter_map(|part| Some((file(&part)?, part))).collect()
}

fn of_names(path: &Path, about: &About) -> Result<Vec<(PathBuf, Part)>, Error> {
    let mut found = Vec::new();
    let mut models: Vec<String> = Vec::new();
    for folder in ["reviews", "predictions"] {
        models.extend(
            files::entries(&path.join(folder))?
                .iter()
                .filter(|entry| entry.is_dir())
                .map(|entry| files::name(entry)),
        );
    }
    models.sort();
    models.dedup();
    for folder in models {
        let reports = reports(&path.join("reports").join(&folder))?;
        let mut names: Vec<String> = Vec::new();
        for kind in ["reviews", "predictions"] {
            let entries = files::entries(&path.join(kind).join(&folder))?;
            names.extend(
                entries.iter().map(|entry| files::name(entry)).filter(|name| name.ends_with(".jsonl")),
            );
        }
        names.sort();
        names.dedup();
        for name in names {
            let (dataset, subset, model) = split(name.trim_end_matches(".jsonl"), &reports);
            let part = Part {
                model: model.unwrap_or(&folder).to_owned(),
                benchmark: about.benchmark(dataset),
                subset: subset.to_owned(),
            };
            found.push((Path::new(&folder).join(name), part));
        }
    }
    Ok(found)
}

/// A report's dataset and the model's own name.
struct Report {
    dataset: String,
    model: Option<String>,
}

fn reports(folder: &Path) -> Result<Vec<Report>, Error> {
    let mut found = Vec::new();
    for file in
        files::entries(folder)?.iter().filter(|file| file.extension().is_some_and(|ending| ending == "json"))
    {
        let json: Value = read_document(file)?;
        let model = json["model_name"].as_str().map(str::to_owned);
        found.push(Report { dataset: files::stem(file), model });
    }
    // The longest name first: `arc_easy_x` is of `arc_easy` where there is one.
    found.sort_by_key(|report| std::cmp::Reverse(report.dataset.len()));
    Ok(found)
}

/// Dataset and subset of a file, and the model's name when a report tells it.
fn split<'a>(stem: &'a str, reports: &'a [Report]) -> (&'a str, &'a str, Option<&'a str>) {
    let of_report = reports.iter().find_map(|report| {
        let subset = stem.strip_prefix(&report.dataset)?.strip_prefix('_')?;
        Some((report.dataset.as_str(), subset, report.model.as_deref()))
    });
    of_report.unwrap_or_else(|| {
        let (dataset, subset) = stem.rsplit_once('_').unwrap_or((stem, NO_SUBSET));
        (dataset, subset, reports.first().and_then(|report| report.model.as_deref()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_tell_where_a_dataset_ends() {
        let report = |dataset: &str| Report { dataset: dataset.into(), model: Some("org/m".into()) };
        let reports = [report("arc_easy"), report("arc")];
        assert_eq!(split("arc_easy_x_y", &reports), ("arc_easy", "x_y", Some("org/m")));
        assert_eq!(split("arc_ARC-Easy", &reports), ("arc", "ARC-Easy", Some("org/m")));
        assert_eq!(split("gsm8k_main", &[]), ("gsm8k", "main", None));
    }
}
