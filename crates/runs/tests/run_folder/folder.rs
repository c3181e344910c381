//! Run folders: who may write, what a resume accepts, how a run stands.

use crate::support::{BENCHMARK, MODEL, SUBSET, create, plan, resume, review};
use evalscope_core::{Diagnose, Kind};
use evalscope_runs::{Error, RunFolder, Status};
use serde_json::{Value, json};

fn json_file(path: &std::path::Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_new_run_has_its_plan_and_options() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("outputs/one");
    assert!(!RunFolder::exists(&path));
    let folder = create(&path);
    assert!(RunFolder::exists(&path));
    assert_eq!(json_file(&path.join("configs/plan.json")), serde_json::to_value(plan()).unwrap());
    assert_eq!(json_file(&path.join("configs/task_config.yaml")), json!({"datasets": ["quiz"]}));
    assert_eq!(folder.status().status, Status::Running);
    assert!(folder.log_path().parent().unwrap().is_dir());
    assert_eq!(folder.plan(), &plan());
}

#[test]
fn a_run_is_not_created_over_another() {
    let place = tempfile::tempdir().unwrap();
    drop(create(place.path()));
    let error = RunFolder::create(place.path(), &plan(), &json!({})).unwrap_err();
    assert_eq!(error.kind(), Kind::User);
}

#[test]
fn going_on_removes_what_a_killed_writer_left_and_leaves_other_runs_alone() {
    let place = tempfile::tempdir().unwrap();
    drop(create(place.path()));
    let left = |path: &str| {
        let path = place.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "{").unwrap();
        path
    };
    let own = [left("configs/.writing-b"), left("reviews/.writing-c"), left("reviews/m/.writing-d")];
    let unlocked = [left(".writing-a"), left("reports/m/.writing-e")];
    let other = left("another/.writing-f");
    let make_old = |path: &std::path::PathBuf| {
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(61);
        std::fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    };
    make_old(&other);
    resume(place.path());
    assert!(own.iter().all(|path| !path.exists()), "{own:?}");
    assert!(unlocked.iter().all(|path| path.exists()), "somebody may write a report or a tag now");
    unlocked.iter().for_each(make_old);
    resume(place.path());
    assert!(unlocked.iter().all(|path| !path.exists()), "{unlocked:?}");
    assert!(other.exists(), "it belongs to a run below this one");
}

#[test]
fn no_run_is_named() {
    for error in [
        RunFolder::open("nowhere".as_ref()).unwrap_err(),
        RunFolder::resume("nowhere".as_ref(), &plan(), &json!({})).unwrap_err(),
    ] {
        assert_eq!(error.kind(), Kind::Data);
        assert_eq!(error.to_string(), "there is no run in nowhere");
    }
}

#[test]
fn two_writers_are_refused_and_a_reader_is_not() {
    let place = tempfile::tempdir().unwrap();
    let first = create(place.path());
    let error = RunFolder::resume(place.path(), &plan(), &json!({})).unwrap_err();
    assert_eq!(error.kind(), Kind::Environment);
    assert!(error.to_string().contains(&place.path().display().to_string()), "{error}");
    let reader = RunFolder::open(place.path()).unwrap();
    assert_eq!(reader.status().status, Status::Running);
    assert!(matches!(reader.set_status(Status::Finished), Err(Error::ReadOnly { .. })));
    assert!(matches!(reader.journal(MODEL, BENCHMARK, SUBSET), Err(Error::ReadOnly { .. })));
    drop(first);
    resume(place.path());
}

#[test]
fn a_killed_run_is_shown_as_interrupted() {
    let place = tempfile::tempdir().unwrap();
    drop(create(place.path()));
    assert_eq!(RunFolder::open(place.path()).unwrap().status().status, Status::Interrupted);
    assert_eq!(json_file(&place.path().join("run.json"))["status"], "running");
}

#[test]
fn the_end_is_written_down_and_a_resume_is_counted() {
    let place = tempfile::tempdir().unwrap();
    let folder = create(place.path());
    folder.set_status(Status::Partial).unwrap();
    drop(folder);
    let state = RunFolder::open(place.path()).unwrap().status();
    assert_eq!((state.status, state.resumed), (Status::Partial, 0));
    assert!(state.ended_at.is_some() && state.program.starts_with("evalscope-rs "));
    let folder = resume(place.path());
    let again = folder.status();
    assert_eq!((again.status, again.resumed, again.ended_at), (Status::Running, 1, None));
    assert_eq!(again.started_at, state.started_at);
}

#[test]
fn a_plan_that_asks_otherwise_is_refused_by_field() {
    let place = tempfile::tempdir().unwrap();
    drop(create(place.path()));
    let mut wanted = plan();
    wanted.seed = 7;
    wanted.benchmarks[0].asking["shots"]["count"] = json!(0);
    wanted.models[0].sampling.temperature = Some(0.7);
    wanted.models[0].identity.insert("file".into(), "def".into());
    let error = RunFolder::resume(place.path(), &wanted, &json!({})).unwrap_err();
    assert_eq!(error.kind(), Kind::User);
    assert!(error.hint().is_some_and(|hint| hint.contains("or start a new one")));
    let text = error.to_string();
    for part in [
        "models[org/m].identity.file (recorded \"abc\", now \"def\")",
        "models[org/m].sampling.temperature (recorded 0.1, now 0.7)",
        "benchmarks[quiz@plain].asking.shots.count (recorded 4, now 0)",
        "seed (recorded 42, now 7)",
    ] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    assert_eq!(RunFolder::open(place.path()).unwrap().plan(), &plan(), "the recorded plan stays");
}

#[test]
fn an_order_that_may_be_another_is_refused_with_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    drop(create(place.path()));
    let mut wanted = plan();
    wanted.benchmarks[0].asking["shuffled_without"] = json!(["law"]);
    let error = RunFolder::resume(place.path(), &wanted, &json!({})).unwrap_err();
    assert!(error.to_string().contains("asking.shuffled_without (recorded null, now [\"law\"])"), "{error}");
    assert!(error.hint().unwrap().starts_with("the order depends on which data files are there"));
}

#[test]
fn a_plan_that_scores_otherwise_replaces_the_old_and_its_reviews() {
    let place = tempfile::tempdir().unwrap();
    let folder = create(place.path());
    let mut reviews = folder.reviews(MODEL, BENCHMARK, SUBSET).unwrap();
    reviews.append(&review(0, 1.0)).unwrap();
    reviews.finish().unwrap();
    drop(folder);
    assert_eq!(resume(place.path()).read_reviews(MODEL, BENCHMARK, SUBSET).unwrap().len(), 1);
    let mut wanted = plan();
    wanted.benchmarks[0].scoring = json!({"extract": ["first_number"]});
    let folder = RunFolder::resume(place.path(), &wanted, &json!({})).unwrap();
    assert_eq!(folder.plan(), &wanted);
    assert!(folder.read_reviews(MODEL, BENCHMARK, SUBSET).unwrap().is_empty());
    drop(folder);
    assert_eq!(RunFolder::open(place.path()).unwrap().plan(), &wanted);
}

#[test]
fn a_plan_that_differs_in_what_is_only_told_goes_on_and_keeps_reviews() {
    let place = tempfile::tempdir().unwrap();
    let folder = create(place.path());
    let mut reviews = folder.reviews(MODEL, BENCHMARK, SUBSET).unwrap();
    reviews.append(&review(0, 1.0)).unwrap();
    reviews.finish().unwrap();
    drop(folder);
    let mut wanted = plan();
    wanted.benchmarks[0].missing = vec!["hard".into()];
    // Plans of older runs do not tell it.
    let departures = indexmap::IndexMap::from([("max_tokens".into(), json!(5))]);
    wanted.benchmarks[0].departures.insert(MODEL.into(), departures);
    let folder = RunFolder::resume(place.path(), &wanted, &json!({})).unwrap();
    assert_eq!(folder.read_reviews(MODEL, BENCHMARK, SUBSET).unwrap().len(), 1);
    drop(folder);
    assert_eq!(RunFolder::open(place.path()).unwrap().plan(), &wanted);
}

#[test]
fn reviews_are_on_record_before_the_writer_ends() {
    let place = tempfile::tempdir().unwrap();
    let folder = create(place.path());
    let mut reviews = folder.reviews(MODEL, BENCHMARK, SUBSET).unwrap();
    for index in 0..3 {
        reviews.append(&review(index, 1.0)).unwrap();
        // As after a kill: the writer has had no chance to flush.
        let reader = RunFolder::open(place.path()).unwrap();
        assert_eq!(reader.read_reviews(MODEL, BENCHMARK, SUBSET).unwrap().len() as u64, index + 1);
    }
}

#[test]
fn a_folder_of_another_version_is_refused() {
    let place = tempfile::tempdir().unwrap();
    drop(create(place.path()));
    std::fs::write(place.path().join("run.json"), "{\"version\": 9}").unwrap();
    let error = RunFolder::open(place.path()).unwrap_err();
    assert!(matches!(error, Error::Version { found: 9, .. }), "{error}");
    std::fs::write(place.path().join("run.json"), "not json").unwrap();
    let error = RunFolder::open(place.path()).unwrap_err();
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.to_string().contains("run.json"), "{error}");
}

#[test]
fn progress_replaces_the_old() {
    let place = tempfile::tempdir().unwrap();
    let folder = create(place.path());
    folder.write_progress(&json!({"percent": 10})).unwrap();
    folder.write_progress(&json!({"percent": 20})).unwrap();
    assert_eq!(json_file(&place.path().join("progress.json")), json!({"percent": 20}));
}

#[test]
fn what_is_not_planned_has_no_file() {
    let place = tempfile::tempdir().unwrap();
    let folder = create(place.path());
    let error = folder.journal(MODEL, BENCHMARK, "../../etc").unwrap_err();
    assert_eq!(error.kind(), Kind::Internal);
}

#[test]
fn schemas_describe_the_lines() {
    let prediction = evalscope_runs::schemas::prediction();
    assert_eq!(prediction["title"], "Prediction");
    assert!(prediction["properties"]["model_output"].is_object(), "{prediction}");
    assert!(evalscope_runs::schemas::review()["properties"]["sample_score"].is_object());
    assert!(evalscope_runs::schemas::run()["properties"]["status"].is_object());
}
