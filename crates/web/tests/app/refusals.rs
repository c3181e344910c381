//! Who is not answered, and what is not reached.

use crate::client::App;
use crate::folder::{write_arena, write_run};

#[test]
fn without_the_token_nothing_is_answered() {
    let home = tempfile::tempdir().unwrap();
    write_run(&home.path().join("a"), "m", 0);
    let app = App::start(home.path(), Some("s3cret"));
    for path in ["/", "/app.js", "/api/runs", "/api/runs/a", "/api/runs/a/samples", "/api/events"] {
        assert_eq!(app.get(path).status, 401, "{path}");
        let wrong = app.send("GET", path, &["Authorization: Bearer s3cre"], "");
        assert_eq!(wrong.status, 401, "{path}");
    }
    let right = app.send("GET", "/api/runs", &["Authorization: Bearer s3cret"], "");
    assert_eq!(right.status, 200, "{}", right.body);
    let first = app.get("/?token=s3cret");
    assert_eq!(first.status, 303);
    assert!(
        first.head.contains("set-cookie: evalscope_token=s3cret; httponly; samesite=strict"),
        "{}",
        first.head
    );
    assert_eq!(app.send("GET", "/", &["Cookie: evalscope_token=s3cret"], "").status, 200);
}

#[test]
fn other_names_and_other_sites_are_not_answered() {
    let home = tempfile::tempdir().unwrap();
    let app = App::start(home.path(), None);
    assert_eq!(app.send("GET", "/api/runs", &["Host: evil.example"], "").status, 421);
    assert_eq!(app.send("GET", "/api/runs", &["Origin: http://evil.example"], "").status, 403);
    let json = "Content-Type: application/json";
    let posted = app.send("POST", "/api/runs", &["Origin: http://evil.example", json], "{}");
    assert_eq!(posted.status, 403);
    let wish = "{\"model\":\"m\",\"datasets\":[\"x\"]}";
    let started = app.send("POST", "/api/runs", &[json], wish);
    assert!(started.status == 403 && started.body.contains("--allow-run"), "{}", started.body);
}

#[test]
fn no_path_leaves_the_folder() {
    let home = tempfile::tempdir().unwrap();
    write_run(&home.path().join("secret"), "m", 0);
    let outputs = home.path().join("outputs");
    write_run(&outputs.join("a"), "m", 0);
    let app = App::start(&outputs, None);
    assert_eq!(app.get("/api/runs/a").status, 200);
    let ids =
        ["..%2Fsecret", "a%2F..%2F..%2Fsecret", "%2Fetc", ".evalscope-app", "a%00", "..", "%2e%2e%2fsecret"];
    for id in ids {
        for rest in ["", "/samples", "/perf", "/samples.parquet"] {
            let reply = app.get(&format!("/api/runs/{id}{rest}"));
            assert!((400..500).contains(&reply.status), "{id}{rest}: {} {}", reply.status, reply.body);
        }
    }
    for path in ["/../Cargo.toml", "/..%2f..%2fetc/passwd", "/assets/app.js"] {
        assert_eq!(app.get(path).status, 404, "{path}");
    }
}

#[test]
fn a_link_in_a_run_leads_nowhere_else() {
    let home = tempfile::tempdir().unwrap();
    let outputs = home.path().join("outputs");
    write_run(&outputs.join("a"), "m", 0);
    let app = App::start(&outputs, None);
    assert_eq!(app.get("/api/runs/a/samples").status, 200);
    let file = outputs.join("a/predictions/m/sums_main.jsonl");
    let moved = home.path().join("moved.jsonl");
    std::fs::rename(&file, &moved).unwrap();
    std::os::unix::fs::symlink(&moved, &file).unwrap();
    let reply = app.get("/api/runs/a/samples/0");
    assert!(reply.status >= 400, "{}", reply.body);
}

#[test]
fn every_reply_has_the_policy() {
    let home = tempfile::tempdir().unwrap();
    let app = App::start(home.path(), None);
    for path in ["/", "/app.js", "/api/runs", "/nothing"] {
        let head = app.get(path).head;
        assert!(head.contains("script-src 'self'") && !head.contains("unsafe"), "{path}: {head}");
        assert!(head.contains("nosniff") && head.contains("frame-ancestors 'none'"), "{path}: {head}");
    }
}

#[test]
fn a_link_in_an_arena_leads_nowhere_else() {
    let home = tempfile::tempdir().unwrap();
    let outputs = home.path().join("outputs");
    write_arena(&outputs.join("a"));
    let app = App::start(&outputs, None);
    for (name, path) in [("leaderboard.json", "arena"), ("reviews.jsonl", "battles")] {
        assert_eq!(app.get(&format!("/api/runs/a/{path}")).status, 200);
        let (file, moved) = (outputs.join("a").join(name), home.path().join(name));
        std::fs::rename(&file, &moved).unwrap();
        std::os::unix::fs::symlink(&moved, &file).unwrap();
        assert_eq!(app.get(&format!("/api/runs/a/{path}")).status, 404);
    }
}
