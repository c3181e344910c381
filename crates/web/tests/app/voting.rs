//! People vote on the pairs of an arena.

use crate::client::{App, Reply};
use crate::folder::write_arena;
use serde_json::{Value, json};
use std::path::Path;

const JSON: &str = "Content-Type: application/json";

fn vote(app: &App, voter: &str, pair: &Value, choice: &str) -> Reply {
    let ballot = json!({"voter": voter, "pair": pair["id"], "choice": choice});
    app.send("POST", "/api/runs/arena/votes", &[JSON], &ballot.to_string())
}

/// An arena in which the judge held the first model better on each of four questions.
fn arena(home: &Path) -> std::path::PathBuf {
    let folder = home.join("arena");
    write_arena(&folder);
    let line = |at: u32| {
        json!({"model_a": "secret-m", "model_b": "secret-n", "question_id": at, "win": "model_a", "question": format!("Q{at}"),
            "output_a": "good", "output_b": "poor", "review_text": "[[A]]"})
    };
    let lines: String = (0..4).map(|at| line(at).to_string() + "\n").collect();
    std::fs::write(folder.join("reviews.jsonl"), format!("{lines}no battle\n")).unwrap();
    folder
}

#[test]
fn votes_are_kept_and_compared_with_the_judge() {
    let home = tempfile::tempdir().unwrap();
    let folder = arena(home.path());
    let app = App::start(home.path(), None);
    let mut state = app.get("/api/runs/arena/votes?voter=ann").json();
    assert_eq!((state["total"].as_u64(), state["unread_lines"].as_u64()), (Some(4), Some(1)));
    assert_eq!(state["agreement"], json!({"own": null, "all": null}));
    assert!(!state.to_string().contains("secret") && !state.to_string().contains("[[A]]"), "{state}");
    for done in 1..=3 {
        let side = if state["pair"]["left"] == "good" { "left" } else { "right" };
        state = vote(&app, "ann", &state["pair"], side).json();
        assert_eq!(state["done"], done);
    }
    assert_eq!(state["agreement"]["own"]["agreement"], 1.0);
    let first = app.get("/api/runs/arena/votes?voter=bob").json();
    let bob = vote(&app, "bob", &first["pair"], "both_bad").json();
    assert_eq!(
        (bob["voters"].as_u64(), bob["votes"].as_u64(), bob["done"].as_u64()),
        (Some(2), Some(4), Some(1))
    );
    assert_eq!(
        (&bob["agreement"]["own"]["agreement"], &bob["agreement"]["all"]["pairs"]),
        (&json!(0.0), &json!(4))
    );
    // What a crash left of a last vote is taken away, and another server goes on with the rest.
    let votes = folder.join("votes.jsonl");
    let text = std::fs::read_to_string(&votes).unwrap();
    std::fs::write(&votes, format!("{text}{{\"pair\":\"")).unwrap();
    let again = App::start(home.path(), None);
    let state = again.get("/api/runs/arena/votes?voter=ann").json();
    assert_eq!(state["done"], 3);
    assert_eq!(vote(&again, "ann", &state["pair"], "tie").json()["pair"], Value::Null);
    // The first server sees what the second took.
    assert_eq!(app.get("/api/runs/arena/votes?voter=ann").json()["done"], 4);
    let battles = evalscope_web::votes_as_battles(&folder.join("reviews.jsonl")).unwrap();
    assert_eq!(battles.lines().filter(|line| line.contains("\"win\":\"model_a\"")).count(), 3, "{battles}");
}

#[test]
fn a_vote_that_makes_no_sense_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = arena(home.path());
    let app = App::start(home.path(), None);
    let pair = app.get("/api/runs/arena/votes?voter=ann").json()["pair"].clone();
    for voter in ["", " ", "a\nb", &"x".repeat(41)] {
        assert_eq!(vote(&app, voter, &pair, "left").status, 400, "{voter:?}");
    }
    assert_eq!(vote(&app, "ann", &json!({"id": "nothing"}), "left").status, 404);
    assert_eq!(vote(&app, "ann", &pair, "unknown").status, 422);
    let foreign = app.send("POST", "/api/runs/arena/votes", &[JSON, "Origin: http://evil.example"], "{}");
    assert_eq!(foreign.status, 403);
    // A form of another site cannot say that it is JSON.
    let ballot = json!({"voter": "ann", "pair": pair["id"], "choice": "left"}).to_string();
    assert_eq!(app.send("POST", "/api/runs/arena/votes", &["Content-Type: text/plain"], &ballot).status, 415);
    assert!(!folder.join("votes.jsonl").exists());
    let locked = App::start(home.path(), Some("s3cret"));
    assert_eq!(vote(&locked, "ann", &pair, "left").status, 401);
    let elsewhere = home.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, folder.join("votes.jsonl")).unwrap();
    assert_eq!(vote(&app, "ann", &pair, "left").status, 404);
    assert!(!elsewhere.exists());
}

#[test]
fn there_is_room_for_so_many_voters_and_votes() {
    let home = tempfile::tempdir().unwrap();
    let folder = arena(home.path());
    let app = App::start(home.path(), None);
    let pair = app.get("/api/runs/arena/votes?voter=ann").json()["pair"].clone();
    let line = |voter: u32| json!({"pair": pair["id"], "voter": format!("v{voter}"), "choice": "tie", "is_turned": false, "at": 0.0});
    let lines: String = (0..500).map(|voter| line(voter).to_string() + "\n").collect();
    let votes = folder.join("votes.jsonl");
    std::fs::write(&votes, lines).unwrap();
    assert_eq!(vote(&app, "ann", &pair, "left").status, 403);
    assert_eq!(vote(&app, "v7", &pair, "left").status, 200);
    std::fs::File::create(&votes).unwrap().set_len((16 << 20) + 1).unwrap();
    assert_eq!(app.get("/api/runs/arena/votes?voter=ann").status, 422);
}

#[test]
fn where_people_only_vote_nothing_tells_the_models() {
    let home = tempfile::tempdir().unwrap();
    let folder = arena(home.path());
    let app = App::voting(&folder.join("reviews.jsonl"));
    assert_eq!(app.get("/api/about").json()["voting"], "arena");
    assert_eq!(app.get("/api/runs/arena/votes?voter=ann").json()["total"], 4);
    assert_eq!(app.get("/").status, 200);
    for path in [
        "/api/runs",
        "/api/runs/arena/arena",
        "/api/runs/arena/battles",
        "/api/events",
        "/api/runs/other/votes?voter=ann",
    ] {
        assert_eq!(app.get(path).status, 404, "{path}");
    }
}
