//! The file with a run or an arena inside holds what the API answers.

use crate::client::App;
use crate::folder::{SAMPLES, write_arena, write_run};
use serde_json::Value;

fn inside(app: &App, id: &str) -> Value {
    let page = app.get(&format!("/api/runs/{id}/page.html"));
    assert_eq!(page.status, 200, "{}", page.body);
    let data = page.body.split_once("id=\"evalscope-data\">").unwrap().1;
    serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn the_replies_in_the_file_are_those_of_the_server() {
    let home = tempfile::tempdir().unwrap();
    write_run(&home.path().join("a"), "m", 0);
    let app = App::start(home.path(), None);
    let data = inside(&app, "a");
    assert_eq!(data["samples"]["numbers"].as_array().unwrap().len() as u64, SAMPLES);
    let replies = data["replies"].as_object().unwrap();
    let of_run: Vec<&String> = replies.keys().filter(|path| path.starts_with("runs/")).collect();
    assert_eq!(of_run.len() as u64, SAMPLES + 3, "{of_run:?}");
    for path in of_run {
        assert_eq!(replies[path], app.get(&format!("/api/{path}")).json(), "{path}");
    }
}

#[test]
fn an_arena_and_its_battles_are_in_the_file() {
    let home = tempfile::tempdir().unwrap();
    write_arena(&home.path().join("arena"));
    let app = App::start(home.path(), None);
    let data = inside(&app, "arena");
    assert_eq!(data["replies"]["runs/arena/arena"], app.get("/api/runs/arena/arena").json());
    let battles = app.get("/api/runs/arena/battles?limit=200").json();
    assert!(!battles["battles"].as_array().unwrap().is_empty());
    for field in ["of", "categories", "battles"] {
        assert_eq!(data["battles"][field], battles[field], "{field}");
    }
}
