//! The JSON of a run has the form that the schemas of the same program say.

use crate::runs::quiz;
use crate::support::schema::check;
use crate::support::server::Server;
use crate::support::{Place, Ran, files_below, json_lines, only_run};
use serde_json::Value;
use std::path::Path;

/// The schema of a run's file; `None` for files that have none.
fn schema_of(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    let folder = path.ancestors().nth(2)?.file_name()?.to_str()?;
    match (name, folder) {
        ("run.json", _) => Some("run"),
        ("manifest.json", _) => Some("manifest"),
        ("probe.json", _) => Some("probe"),
        ("plan.json", _) => Some("plan"),
        ("prices.json", _) => Some("prices"),
        ("summary.json", _) => Some("summary"),
        (_, "predictions") => Some("prediction"),
        (_, "reviews") => Some("review"),
        _ => None,
    }
}

fn check_run(place: &Place, folder: &Path) -> Vec<&'static str> {
    let mut checked = Vec::new();
    for file in files_below(folder) {
        let Some(name) = schema_of(&file) else { continue };
        let text = std::fs::read_to_string(place.path(&format!("own/schemas/{name}.json"))).unwrap();
        let schema: Value = serde_json::from_str(&text).unwrap();
        // One document is one line less its line breaks.
        let values = match file.extension().is_some_and(|kind| kind == "jsonl") {
            true => json_lines(&file),
            false => vec![serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap()],
        };
        assert!(!values.is_empty(), "{}", file.display());
        for value in &values {
            assert_eq!(check(&schema, &schema, value, name), Ok(()), "{}", file.display());
        }
        checked.push(name);
    }
    checked.sort_unstable();
    checked
}

#[test]
fn the_files_of_a_run_fit_their_schemas() {
    let server = Server::start(|prompt| match prompt.contains("number 3?") {
        true => String::new(),
        false => "答案：B".into(),
    });
    let place = Place::new();
    place.run(&["self", "generate", "--out", "own"]).expect(0);
    place.choice_data(10);
    server.fail_when("Question number 4?", 500);
    let more = ["--generation-config", "retries=0", "--price", "input=1,output=2"];
    Ran::from(quiz(&place, &server, &more).output().unwrap()).expect(1);
    let folder = only_run(&place);
    let all = ["manifest", "plan", "prediction", "prices", "review", "run", "summary"];
    assert_eq!(check_run(&place, &folder), all);
    let summary = std::fs::read_to_string(folder.join("reports/summary.json")).unwrap();
    assert!(summary.contains("\"audit\""), "{summary}");
    // What is written only when something is missing fits too.
    let data = std::fs::read_to_string(place.path("data/quiz_val.jsonl")).unwrap();
    place.write("data/quiz_val.jsonl", &data.replace("number 5?", "number five?"));
    place.run(&["score", &folder.display().to_string()]).expect(1);
    let summary = std::fs::read_to_string(folder.join("reports/summary.json")).unwrap();
    assert!(summary.contains("\"unanswered\""), "{summary}");
    assert_eq!(check_run(&place, &folder), all);
}
