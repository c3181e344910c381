//! Both hubs against a server on loopback: addresses, paging, resume, checksums, caches, tokens, offline.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use evalscope_core::{Diagnose, Kind};
use evalscope_data::{Arriving, Dataset, Error, Hub, ReadOptions, RepoId, Store, Watch};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use support::{Place, Reply, Request, Server, dataset, repository, rows, sha256};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const SMALL: &[u8] = b"{\"a\":1}\n";

static LARGE: LazyLock<(Vec<u8>, String)> = LazyLock::new(|| {
    let content = (0..20_000).map(|n| format!("{{\"n\":{n}}}\n")).collect::<String>().into_bytes();
    let checksum = sha256(&content);
    (content, checksum)
});

fn large() -> &'static [u8] {
    &LARGE.0
}

fn large_sha256() -> &'static str {
    &LARGE.1
}

fn not_found() -> Reply {
    Reply::new(404, "{}")
}

fn json(value: &serde_json::Value) -> Reply {
    Reply::new(200, value.to_string())
}

/// A Hugging Face with a small git file and a large LFS file, listed on two pages.
fn huggingface(request: &Request) -> Reply {
    let large = large();
    let host = request.header("host").unwrap();
    match request.target.as_str() {
        "/api/datasets/org/name/revision/main" => json(&json!({"sha": COMMIT, "id": "org/name"})),
        target if target == format!("/api/datasets/org/name/tree/{COMMIT}?recursive=true") => json(&json!([
            {"type": "directory", "path": "data", "oid": "x", "size": 0},
            {"type": "file", "path": "data/large.jsonl", "size": large.len(), "oid": "aa11",
             "lfs": {"oid": large_sha256(), "size": large.len(), "pointerSize": 10}},
        ]))
        .with("Link", format!("<http://{host}/page2>; rel=\"next\"")),
        "/page2" => json(&json!([
            {"type": "file", "path": "data/small test.jsonl", "oid": "bb22", "size": SMALL.len()},
            {"type": "file", "path": "../evil", "oid": "cc33", "size": 1},
        ])),
        target if target == format!("/datasets/org/name/resolve/{COMMIT}/data/small%20test.jsonl") => {
            Reply::file(request, SMALL)
        }
        target if target == format!("/datasets/org/name/resolve/{COMMIT}/data/large.jsonl") => {
            Reply::file(request, large)
        }
        _ => not_found(),
    }
}

/// A ModelScope with 201 files on two pages and one that lies in a folder.
fn modelscope(request: &Request) -> Reply {
    let file = |path: String, content: &[u8]| json!({"Path": path, "Type": "blob", "Size": content.len(), "Sha256": sha256(content)});
    match request.target.as_str() {
        "/api/v1/datasets/org/name/repo/tree?Revision=master&Recursive=True&Root=&PageNumber=1&PageSize=200" =>
        {
            let files: Vec<_> = (0..200).map(|n| file(format!("f{n}.txt"), b"x")).collect();
            json(&json!({"Code": 200, "Success": true, "Data": {"Files": files}}))
        }
        "/api/v1/datasets/org/name/repo/tree?Revision=master&Recursive=True&Root=&PageNumber=2&PageSize=200" =>
        {
            let files = [
                json!({"Path": "data", "Type": "tree"}),
                json!({"Path": "data/large.jsonl", "Type": "blob", "Size": large().len(), "Sha256": large_sha256()}),
            ];
            json(&json!({"Code": 200, "Success": true, "Data": {"Files": files}}))
        }
        "/api/v1/datasets/org/name/repo?Revision=master&FilePath=data%2Flarge.jsonl" => {
            Reply::file(request, large())
        }
        "/api/v1/models/org/name/repo/files?Revision=v1&Recursive=True" => {
            let files = [file("m.gguf".into(), SMALL)];
            json(&json!({"Code": 200, "Success": true, "Data": {"Files": files}}))
        }
        "/api/v1/models/org/name/repo?Revision=v1&FilePath=m.gguf" => Reply::file(request, SMALL),
        _ => not_found(),
    }
}

fn read(dataset: &Dataset, file: &str) -> Result<usize, Error> {
    rows(dataset, file, &ReadOptions::default()).map(|rows| rows.len())
}

fn targets(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(|request| request.target).collect()
}

#[test]
fn huggingface_is_listed_fetched_and_never_asked_twice() {
    let server = Server::start(huggingface);
    let place = Place::new();
    let set = place.store(Hub::HuggingFace, &server.address).open(&dataset(None)).unwrap();
    assert_eq!(set.matching("**"), ["data/large.jsonl", "data/small test.jsonl"]);
    assert_eq!(set.origin(), "huggingface:org/name@main");
    assert_eq!(targets(&server).len(), 3, "revision and two pages, no file");
    assert_eq!(read(&set, "data/small test.jsonl").unwrap(), 1);
    assert_eq!(read(&set, "data/large.jsonl").unwrap(), 20_000);
    assert_eq!(targets(&server).len(), 2);

    // The hub's own layout.
    let root = place.path("cache/huggingface/datasets--org--name");
    assert_eq!(std::fs::read_to_string(root.join("refs/main")).unwrap(), COMMIT);
    assert_eq!(std::fs::read(root.join("blobs/bb22")).unwrap(), SMALL);
    assert_eq!(std::fs::read(root.join("blobs").join(large_sha256())).unwrap(), large());
    let link = root.join("snapshots").join(COMMIT).join("data/small test.jsonl");
    assert_eq!(std::fs::read_link(link).unwrap(), std::path::Path::new("../../../blobs/bb22"));

    for store in [place.store(Hub::HuggingFace, &server.address), place.offline(Hub::HuggingFace, "http://x")]
    {
        let set = store.open(&dataset(None)).unwrap();
        assert_eq!(set.matching("data/large*"), ["data/large.jsonl"]);
        assert_eq!(read(&set, "data/large.jsonl").unwrap(), 20_000);
    }
    assert_eq!(targets(&server), [""; 0]);
}

#[test]
fn a_watch_is_told_how_far_a_file_is() {
    let (place, server) = (Place::new(), Server::start(huggingface));
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&told);
    let mut options = place.options(Hub::HuggingFace, &server.address);
    options.watch = Watch::new(move |Arriving { what, have, size }| {
        seen.lock().unwrap().push((what.to_owned(), have, size));
    });
    let dataset = Store::new(options).unwrap().open(&dataset(None)).unwrap();
    read(&dataset, "data/large.jsonl").unwrap();
    let told = told.lock().unwrap();
    let (what, size) = ("`data/large.jsonl` of org/name".to_owned(), large().len() as u64);
    assert_eq!(told.first(), Some(&(what.clone(), 0, Some(size))));
    assert_eq!(told.last(), Some(&(what, size, Some(size))));
    assert!(told.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{told:?}");
}

#[test]
fn another_programs_cache_is_enough() {
    let server = Server::start(huggingface);
    for revision in [None, Some(COMMIT)] {
        let place = Place::new();
        let root = "cache/huggingface/datasets--org--name";
        place.write(&format!("{root}/refs/main"), COMMIT);
        place.write(&format!("{root}/snapshots/{COMMIT}/a/test-00000-of-00001.jsonl"), SMALL);
        let set = place.store(Hub::HuggingFace, &server.address).open(&dataset(revision)).unwrap();
        assert_eq!(set.matching("a/test-*.jsonl"), ["a/test-00000-of-00001.jsonl"]);
        assert_eq!(read(&set, "a/test-00000-of-00001.jsonl").unwrap(), 1);
        assert_eq!(targets(&server), [""; 0]);
        // What it lacks is asked for.
        assert_eq!(set.matching("data/large.jsonl"), ["data/large.jsonl"]);
        assert_eq!(targets(&server).len(), 2, "two pages");
    }
}

#[test]
fn a_missing_shard_is_an_error_offline() {
    let place = Place::new();
    let root = "cache/huggingface/datasets--org--name";
    place.write(&format!("{root}/snapshots/{COMMIT}/test-00000-of-00002.jsonl"), SMALL);
    let set = place.offline(Hub::HuggingFace, "http://127.0.0.1:9").open(&dataset(Some(COMMIT))).unwrap();
    assert_eq!(set.matching("test-*.jsonl"), ["test-00000-of-00002.jsonl", "test-00001-of-00002.jsonl"]);
    let error = read(&set, "test-00001-of-00002.jsonl").unwrap_err();
    assert!(matches!(error, Error::Offline { .. }), "{error}");
}

#[test]
fn modelscope_is_listed_fetched_and_never_asked_twice() {
    let server = Server::start(modelscope);
    let place = Place::new();
    let set = place.store(Hub::ModelScope, &server.address).open(&dataset(None)).unwrap();
    assert_eq!(set.matching("*.txt").len(), 200);
    assert_eq!(set.matching("data/*"), ["data/large.jsonl"]);
    assert_eq!(set.origin(), "modelscope:org/name@master");
    assert_eq!(read(&set, "data/large.jsonl").unwrap(), 20_000);
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|request| request.header("cookie") == Some("m_session_id=ms-secret")));
    let snapshot = place.path("cache/modelscope/datasets/org--name/snapshots/master");
    assert_eq!(std::fs::read(snapshot.join("data/large.jsonl")).unwrap(), large());
    for store in [place.store(Hub::ModelScope, &server.address), place.offline(Hub::ModelScope, "http://x")] {
        assert_eq!(read(&store.open(&dataset(None)).unwrap(), "data/large.jsonl").unwrap(), 20_000);
    }
    assert_eq!(targets(&server), [""; 0]);
}

#[test]
fn older_modelscope_caches_are_read() {
    for root in ["cache/modelscope/datasets", "cache/modelscope/hub/datasets"] {
        let place = Place::new();
        place.write(&format!("{root}/org/na___me/test.jsonl"), SMALL);
        let mut id = dataset(None);
        id.modelscope = Some(RepoId { id: "org/na.me".into(), revision: None });
        let set = place.offline(Hub::ModelScope, "http://127.0.0.1:9").open(&id).unwrap();
        assert_eq!(set.matching("*"), ["test.jsonl"]);
        assert_eq!(read(&set, "test.jsonl").unwrap(), 1);
    }
}

#[test]
fn models_are_listed_and_fetched() {
    let server = Server::start(modelscope);
    let place = Place::new();
    let model = place.store(Hub::ModelScope, &server.address).open_model(&repository(Some("v1"))).unwrap();
    assert_eq!(model.files(), ["m.gguf"]);
    let path = model.path("m.gguf").unwrap();
    assert_eq!(path, place.path("cache/modelscope/models/org--name/snapshots/v1/m.gguf"));
    assert_eq!(std::fs::read(path).unwrap(), SMALL);
    let error = place.store(Hub::Local, &server.address).open_model(&repository(None)).unwrap_err();
    assert_eq!(error.kind(), Kind::User);
}

/// A server whose answer to a download depends on how many there were before.
fn flaky(answer: impl Fn(usize, &Request) -> Reply + Send + 'static) -> Server {
    let downloads = AtomicUsize::new(0);
    Server::start(move |request| match request.target.contains("FilePath=") {
        true => answer(downloads.fetch_add(1, Ordering::SeqCst), request),
        false => modelscope(request),
    })
}

fn fetch(server: &Server, place: &Place) -> Result<usize, Error> {
    let set = place.store(Hub::ModelScope, &server.address).open(&dataset(None))?;
    read(&set, "data/large.jsonl")
}

fn starts(server: &Server) -> Vec<Option<usize>> {
    let downloads = server.asked().into_iter().filter(|request| request.target.contains("FilePath="));
    downloads.map(|request| request.start()).collect()
}

#[test]
fn a_cut_connection_is_resumed() {
    let server = flaky(|number, request| {
        let reply = Reply::file(request, large());
        if number < 2 { Reply { cut: Some(100_000), ..reply } } else { reply }
    });
    let place = Place::new();
    assert_eq!(fetch(&server, &place).unwrap(), 20_000);
    assert_eq!(starts(&server), [None, Some(100_000), Some(200_000)]);
}

#[test]
fn a_partial_file_of_an_earlier_run_is_continued() {
    let server = flaky(|_, request| Reply::file(request, large()));
    let place = Place::new();
    let partial = "cache/modelscope/datasets/org--name/snapshots/master/data/large.jsonl.incomplete";
    place.write(partial, &large()[..1000]);
    assert_eq!(fetch(&server, &place).unwrap(), 20_000);
    assert_eq!(starts(&server), [Some(1000)]);
    assert!(!place.path(partial).exists());
}

#[test]
fn a_partial_file_of_another_version_is_fetched_anew() {
    let server = flaky(|_, request| Reply::file(request, large()));
    let place = Place::new();
    place.write("cache/modelscope/datasets/org--name/snapshots/master/data/large.jsonl.incomplete", "other");
    assert_eq!(fetch(&server, &place).unwrap(), 20_000);
    assert_eq!(starts(&server), [Some(5), None]);
}

#[test]
fn a_server_without_ranges_sends_it_all_again() {
    let server = flaky(|number, _| {
        let reply = Reply::new(200, large());
        if number == 0 { Reply { cut: Some(1000), ..reply } } else { reply }
    });
    assert_eq!(fetch(&server, &Place::new()).unwrap(), 20_000);
    assert_eq!(starts(&server), [None, Some(1000)]);
}

#[test]
fn a_busy_server_is_asked_again() {
    let server = flaky(|number, request| match number {
        0 => Reply::new(503, "").with("Retry-After", "0"),
        1 => Reply::new(429, "").with("Retry-After", "0"),
        _ => Reply::file(request, large()),
    });
    assert_eq!(fetch(&server, &Place::new()).unwrap(), 20_000);
}

#[test]
fn a_server_that_stays_broken_is_given_up() {
    let server = flaky(|_, _| Reply::new(500, "").with("Retry-After", "0"));
    let error = fetch(&server, &Place::new()).unwrap_err();
    assert_eq!(error.kind(), Kind::Environment);
    assert_eq!(error.to_string(), "ModelScope: `data/large.jsonl` of org/name cannot be fetched: HTTP 500");
    assert_eq!(starts(&server).len(), 5);
}

#[test]
fn wrong_content_is_refused_and_leaves_nothing() {
    let server = flaky(|_, _| {
        let mut content = large().to_vec();
        content[7] ^= 1;
        Reply::new(200, content)
    });
    let place = Place::new();
    let error = fetch(&server, &place).unwrap_err();
    assert!(matches!(error, Error::Checksum { .. }), "{error}");
    assert!(error.to_string().starts_with("`data/large.jsonl` of org/name has the SHA-256 "));
    let folder = place.path("cache/modelscope/datasets/org--name/snapshots/master/data");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
}

#[test]
fn more_bytes_than_listed_are_refused() {
    let server = flaky(|_, _| Reply::new(200, [large(), large()].concat()));
    let error = fetch(&server, &Place::new()).unwrap_err();
    assert!(matches!(error, Error::Size { .. }), "{error}");
}

#[test]
fn a_branch_that_moved_is_listed_again() {
    let lists = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        if request.target.contains("FilePath=") {
            return Reply::file(request, SMALL);
        }
        let content: &[u8] = if lists.fetch_add(1, Ordering::SeqCst) == 0 { b"{}\n" } else { SMALL };
        let file = json!({"Path": "a.jsonl", "Size": content.len(), "Sha256": sha256(content)});
        json(&json!({"Code": 200, "Data": {"Files": [file]}}))
    });
    let place = Place::new();
    let set = place.store(Hub::ModelScope, &server.address).open(&dataset(None)).unwrap();
    assert_eq!(server.asked().len(), 1);
    assert_eq!(read(&set, "a.jsonl").unwrap(), 1);
    assert_eq!(targets(&server).len(), 3, "the file, the list, the file");
    assert_eq!(read(&set, "a.jsonl").unwrap(), 1);
    assert_eq!(targets(&server), [""; 0]);
}

#[test]
fn the_token_stays_on_its_host() {
    let storage = Server::start(|request| Reply::file(request, large()));
    let address = storage.address.clone();
    let server = Server::start(move |request| match request.target.as_str() {
        "/moved" => Reply::new(302, "").with("Location", format!("{address}/blob?signature=s")),
        target if target.contains("/resolve/") => Reply::new(307, "").with("Location", "/moved"),
        _ => huggingface(request),
    });
    let place = Place::new();
    let set = place.store(Hub::HuggingFace, &server.address).open(&dataset(None)).unwrap();
    assert_eq!(read(&set, "data/large.jsonl").unwrap(), 20_000);
    let asked = server.asked();
    assert_eq!(asked.last().unwrap().target, "/moved");
    assert!(asked.iter().all(|request| request.header("authorization") == Some("Bearer hf-secret")));
    let asked = storage.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].header("authorization"), asked[0].header("cookie")), (None, None));
}

#[test]
fn refusals_have_hints_and_no_secrets() {
    for (status, kind) in [(401, Kind::Environment), (403, Kind::Environment), (404, Kind::Data)] {
        let server = Server::start(move |_| Reply::new(status, "hf-secret"));
        let place = Place::new();
        for (hub, variable) in [(Hub::HuggingFace, "HF_TOKEN"), (Hub::ModelScope, "MODELSCOPE_API_TOKEN")] {
            let error = place.store(hub, &server.address).open(&dataset(None)).unwrap_err();
            assert_eq!(error.kind(), kind);
            let shown = format!("{error} {error:?} {}", error.hint().unwrap());
            assert!(shown.contains("org/name") && shown.contains(&status.to_string()), "{shown}");
            assert!(!shown.contains("secret"), "{shown}");
            assert_eq!(shown.contains(variable), status != 404, "{shown}");
        }
        assert_eq!(server.asked().len(), 2, "no retries");
    }
}

#[test]
fn offline_asks_nothing_and_says_what_is_missing() {
    let server = Server::start(huggingface);
    let place = Place::new();
    for hub in [Hub::HuggingFace, Hub::ModelScope] {
        let error = place.offline(hub, &server.address).open(&dataset(None)).unwrap_err();
        assert_eq!(error.kind(), Kind::Data);
        assert!(error.to_string().contains("org/name"), "{error}");
        assert!(error.hint().unwrap().contains("--offline"));
    }
    place.store(Hub::HuggingFace, &server.address).open(&dataset(None)).unwrap();
    server.asked();
    let set = place.offline(Hub::HuggingFace, &server.address).open(&dataset(None)).unwrap();
    let error = read(&set, "data/large.jsonl").unwrap_err();
    assert!(matches!(error, Error::Offline { .. }), "{error}");
    assert!(error.to_string().contains("data/large.jsonl"), "{error}");
    assert_eq!(targets(&server), [""; 0]);
}

#[test]
fn names_that_are_none_are_refused_before_any_request() {
    let server = Server::start(huggingface);
    let place = Place::new();
    let store = place.store(Hub::HuggingFace, &server.address);
    for (id, revision) in [("../x", None), ("org/name", Some("../../x")), ("a/b/c", None)] {
        let id = RepoId { id: id.into(), revision: revision.map(str::to_owned) };
        assert_eq!(store.open_model(&id).unwrap_err().kind(), Kind::User);
    }
    let mut nowhere = dataset(None);
    nowhere.huggingface = None;
    let error = store.open(&nowhere).unwrap_err();
    assert!(error.hint().unwrap().contains("--dataset-hub modelscope"));
    let error = place.store(Hub::HuggingFace, "user:secret@host").open(&dataset(None)).unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
    assert_eq!(targets(&server), [""; 0]);
}

#[test]
fn several_threads_download_once() {
    let server = Server::start(modelscope);
    let place = Place::new();
    place.store(Hub::ModelScope, &server.address).open(&dataset(None)).unwrap();
    server.asked();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(fetch(&server, &place).unwrap(), 20_000));
        }
    });
    assert_eq!(targets(&server).len(), 1);
}

#[test]
fn a_store_tells_all_that_another_machine_needs() {
    let server = Server::start(huggingface);
    let place = Place::new();
    let store = place.store(Hub::HuggingFace, &server.address);
    let set = store.open(&dataset(None)).unwrap();
    set.fetch("data/large.jsonl").unwrap();
    let given_out = store.given_out().unwrap();
    let paths: Vec<&str> = given_out.iter().map(|given| given.file.path.as_str()).collect();
    let listing = format!("listings/huggingface/datasets--org--name/{COMMIT}.json");
    let snapshot = format!("datasets--org--name/snapshots/{COMMIT}/data/large.jsonl");
    assert_eq!(paths, [listing.as_str(), "datasets--org--name/refs/main", snapshot.as_str()]);
    assert_eq!(given_out[2].published.as_deref(), Some(large_sha256()));
    assert!(given_out.iter().all(evalscope_data::GivenOut::is_as_published));
    assert_eq!(given_out[2].file.bytes, large().len() as u64);

    std::fs::write(place.path("cache/huggingface").join(&snapshot), "other").unwrap();
    assert!(!store.given_out().unwrap()[2].is_as_published());
}
