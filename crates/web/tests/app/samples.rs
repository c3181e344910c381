//! Lists of samples, filters, comparisons, tags.

use crate::client::App;
use crate::folder::{SAMPLES, write_run};
use serde_json::{Value, json};

fn ids(app: &App, query: &str) -> Vec<String> {
    let reply = app.get(&format!("/api/runs/a/samples?{query}"));
    assert_eq!(reply.status, 200, "{query}: {}", reply.body);
    let rows = reply.json()["rows"].as_array().unwrap().clone();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn samples_are_filtered_and_found() {
    let home = tempfile::tempdir().unwrap();
    write_run(&home.path().join("a"), "m", 0);
    let app = App::start(home.path(), None);
    assert_eq!(ids(&app, "").len() as u64, SAMPLES);
    assert_eq!(ids(&app, "verdict=wrong"), ["q0", "q4", "q8"]);
    assert_eq!(ids(&app, "verdict=wrong,failed&at=2"), ["q8", "q11"]);
    assert_eq!(ids(&app, "error=server"), ["q11"]);
    assert_eq!(ids(&app, "text=number7"), ["q7"]);
    assert_eq!(ids(&app, "text=%E8%8B%B9%E6%9E%9C&verdict=failed"), ["q11"]);
    assert_eq!(ids(&app, "text=numb").len() as u64, SAMPLES);
    assert!(ids(&app, "text=absent").is_empty() && ids(&app, "subset=other").is_empty());
    assert_eq!(ids(&app, "min_length=19"), ["q0", "q4", "q8"]);
    assert_eq!(ids(&app, "max_length=0"), ["q11"]);
    assert_eq!(app.get("/api/runs/a/samples?verdict=nonsense").status, 400);
    assert_eq!(app.get("/api/runs/a/samples?wish=1").status, 400);
}

#[test]
fn scores_of_a_run_without_a_summary_are_counted_once() {
    let home = tempfile::tempdir().unwrap();
    write_run(&home.path().join("a"), "m", 0);
    let app = App::start(home.path(), None);
    let found = loop {
        let reply = app.get("/api/runs/a").json();
        assert_eq!(reply["run"]["id"], "a", "what is known is there at once");
        if reply["counting"].is_null() {
            break reply;
        }
    };
    assert_eq!(found["summary"]["counts"]["failed"], 1);
    let kept = std::fs::read_dir(home.path().join(".evalscope-app")).unwrap();
    let names = kept.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with("summary-") && name.ends_with(".json")).count(), 1);
}

#[test]
fn any_number_of_columns_stands_side_by_side() {
    let home = tempfile::tempdir().unwrap();
    write_run(&home.path().join("a"), "m", 0);
    write_run(&home.path().join("b"), "n", 1);
    let app = App::start(home.path(), None);
    ids(&app, "");
    assert_eq!(app.get("/api/runs/b/samples").status, 200);
    let runs = vec!["run=a&run=b"; 60].join("&");
    let page = app.get(&format!("/api/compare/samples?{runs}&limit=1&want=differing")).json();
    assert_eq!(page["questions"][0]["cells"].as_array().unwrap().len(), 120);
    assert_eq!(page["total"], 5);
    let one = app.get("/api/compare/samples?run=a");
    assert_eq!((one.status, app.get("/api/compare/samples?run=a&run=b&model=m").status), (400, 400));
}

#[test]
fn pages_follow_each_other_by_key() {
    let home = tempfile::tempdir().unwrap();
    write_run(&home.path().join("a"), "m", 0);
    let app = App::start(home.path(), None);
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/api/runs/a/samples?limit=5&verdict=right{after}")).json();
        seen.extend(page["rows"].as_array().unwrap().iter().map(|row| row["seq"].as_u64().unwrap()));
        match page["after"].as_u64() {
            Some(seq) => after = format!("&after={seq}"),
            None => break,
        }
    }
    assert_eq!(seen, [1, 2, 3, 5, 6, 7, 9, 10]);
}

#[test]
fn the_index_is_made_again_when_it_is_gone_or_the_run_has_changed() {
    let home = tempfile::tempdir().unwrap();
    write_run(&home.path().join("a"), "m", 0);
    let app = App::start(home.path(), None);
    assert_eq!(ids(&app, "").len() as u64, SAMPLES);
    std::fs::remove_dir_all(home.path().join(".evalscope-app")).unwrap();
    assert_eq!(ids(&app, "verdict=failed"), ["q11"]);
    std::fs::remove_dir_all(home.path().join("a")).unwrap();
    write_run(&home.path().join("a"), "m", 1);
    let again = App::start(home.path(), None);
    assert_eq!(ids(&again, "verdict=wrong"), ["q3", "q7"]);
}

#[test]
fn a_sample_is_shown_as_it_was_written() {
    let home = tempfile::tempdir().unwrap();
    write_run(&home.path().join("a"), "m", 0);
    let app = App::start(home.path(), None);
    ids(&app, "");
    let sample = app.get("/api/runs/a/samples/2").json();
    assert_eq!(
        sample["calls"][0]["model_output"]["choices"][0]["message"]["content"],
        json!("The answer is 4.")
    );
    assert_eq!(sample["review"]["sample_score"]["score"]["extracted_prediction"], json!("4"));
    assert_eq!(app.get("/api/runs/a/samples/999").status, 404);
}

#[test]
fn runs_are_compared_and_tagged() {
    let home = tempfile::tempdir().unwrap();
    write_run(&home.path().join("a"), "m", 0);
    write_run(&home.path().join("b"), "n", 1);
    let app = App::start(home.path(), None);
    ids(&app, "");
    app.get("/api/runs/b/samples");
    let pair = "run=a&model=m&run=b&model=n";
    let of = |want: &str| -> Vec<Value> {
        let page = app.get(&format!("/api/compare/samples?{pair}&want={want}")).json();
        page["questions"].as_array().unwrap().iter().map(|question| question["id"].clone()).collect()
    };
    assert_eq!(of("differing"), ["q0", "q3", "q4", "q7", "q8"]);
    assert_eq!(of("only_right:0"), ["q3", "q7"]);
    assert_eq!(of("none_right"), ["q11"]);
    let found = app.get("/api/compare?run=a&run=b").json();
    assert_eq!(found["pairing"], json!("each"));
    assert_eq!(found["benchmarks"][0]["pairs"][0]["mcnemar"]["only_a"], json!(2));
    let tagged =
        app.send("PUT", "/api/runs/a/tags", &["Content-Type: application/json"], "{\"tags\":[\"x\"]}");
    assert_eq!(tagged.json(), json!({"tags": ["x"]}));
    let runs = app.get("/api/runs").json();
    let row = runs["runs"].as_array().unwrap().iter().find(|row| row["id"] == "a").unwrap();
    assert_eq!(row["tags"], json!(["x"]));
}

#[test]
fn any_number_of_models_is_compared() {
    let home = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..70).map(|number| format!("r{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        write_run(&home.path().join(name), name, number as u64);
    }
    let app = App::start(home.path(), None);
    let found = app.get(&format!("/api/compare?run={}", names.join("&run="))).json();
    assert_eq!((&found["pairing"], found["models"].as_array().unwrap().len()), (&json!("with_best"), 70));
    let pairs = found["benchmarks"][0]["pairs"].as_array().unwrap();
    assert!(pairs.len() == 69 && pairs.iter().all(|pair| pair["a"] == pairs[0]["a"]), "{pairs:?}");
    let few = app.get(&format!("/api/compare?run={}", names[..16].join("&run="))).json();
    assert_eq!(
        (&few["pairing"], few["benchmarks"][0]["pairs"].as_array().unwrap().len()),
        (&json!("each"), 120)
    );
}
