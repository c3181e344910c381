//! Runs with something wrong: a model that failed, files that cannot be read, plans that were written by hand.

use crate::support::{MODEL, QUIZ, asked, made_up, plan, reviewed, timeless};
use evalscope_core::{Amount, CallFailure, FailureKind, Price, Prices, Usage};
use evalscope_report::{Summary, summarize, table, write_all};
use evalscope_runs::{RunFolder, Status, Verdict};
use serde_json::json;
use std::path::Path;

const OTHER: &str = "made-up/other";

fn first_line(summary: &Summary) -> String {
    table(summary, 120).lines().next().unwrap().to_owned()
}

/// A run of two models, of which the second failed so many times and has a reply without a review.
fn two_models(path: &Path, failures: u64) -> RunFolder {
    let mut plan = plan();
    let mut other = plan.models[0].clone();
    other.id = OTHER.into();
    plan.models.push(other);
    plan.benchmarks.truncate(1);
    let folder = RunFolder::create(path, &plan, &json!({})).unwrap();
    let mut reviews = folder.reviews(OTHER, QUIZ, "history").unwrap();
    for index in 0..failures {
        let failure = CallFailure::new(FailureKind::Server, "out of order");
        reviews.append(&reviewed(index, 0, "history", Verdict::Failed(failure))).unwrap();
    }
    reviews.finish().unwrap();
    folder.journal(OTHER, QUIZ, "history").unwrap().append(&asked(5, false)).unwrap();
    folder.set_status(Status::Failed).unwrap();
    folder
}

#[test]
fn the_first_line_names_the_model_that_failed() {
    let place = tempfile::tempdir().unwrap();
    let folder = two_models(place.path(), 3);
    let summary = timeless(&folder);
    let wanted = format!("3 of 36 samples failed and are not in the scores: 3 of {OTHER}");
    assert_eq!(first_line(&summary), wanted);
    let written = write_all(&folder, &summary).unwrap();
    let markdown = std::fs::read_to_string(written.markdown).unwrap();
    assert!(markdown.lines().next().unwrap().contains(&wanted), "{markdown}");
    assert!(table(&summary, 120).contains("1 recorded reply is not scored yet"));
}

#[test]
fn a_probe_that_cannot_be_read_is_said_and_hinders_nothing() {
    let place = tempfile::tempdir().unwrap();
    let folder = made_up(place.path());
    std::fs::write(folder.probe_path(), "{").unwrap();
    let summary = summarize(&folder).unwrap();
    assert_eq!(
        summary.benchmarks[0].counts,
        timeless(&made_up(&place.path().join("other"))).benchmarks[0].counts
    );
    let text = table(&summary, 120);
    assert!(text.contains("probe.json says nothing of the endpoints: EOF"), "{text}");
    std::fs::remove_file(folder.probe_path()).unwrap();
    std::fs::write(place.path().join("probe_usage.json"), "[]").unwrap();
    let text = table(&summarize(&folder).unwrap(), 120);
    assert!(text.contains("what the probe took is not known"), "{text}");
}

#[test]
fn what_the_probe_took_stands_beside_the_run() {
    let place = tempfile::tempdir().unwrap();
    let folder = made_up(place.path());
    let whole = timeless(&folder).totals[0].usage.clone();
    folder.add_probe_usage(MODEL, &Usage::new(100, 20)).unwrap();
    folder.add_probe_usage(MODEL, &Usage::new(100, 20)).unwrap();
    let price: Price = serde_json::from_value(json!({"input": 10_000, "output": 20_000})).unwrap();
    folder.write_prices(&Prices([(MODEL.to_owned(), price)].into_iter().collect())).unwrap();
    let summary = timeless(&folder);
    let probe = summary.totals[0].probe.clone().unwrap();
    assert_eq!((probe.input, probe.output), (200, 40));
    assert_eq!(probe.cost.unwrap().spent, Amount::parse("2.8"));
    assert_eq!(summary.totals[0].usage.tokens, whole.tokens, "they are not among the run's");
    let line = format!("besides, the probe of {MODEL} took 200 tokens in, 40 out, $2.80");
    assert!(table(&summary, 120).contains(&line), "{}", table(&summary, 120));
}

#[test]
fn a_plan_of_more_samples_than_can_be_counted_has_as_many_as_can_be() {
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan();
    plan.repeats = 3;
    plan.benchmarks[0].subsets["law"] = u64::MAX / 2;
    let folder = RunFolder::create(place.path(), &plan, &json!({})).unwrap();
    let counts = summarize(&folder).unwrap().counts;
    assert_eq!((counts.planned, counts.missing()), (u64::MAX, u64::MAX));
}
