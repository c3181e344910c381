//! Files of Python packages, with a script in pip's place.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![cfg(unix)]

mod support;

use evalscope_core::{Diagnose, Kind};
use evalscope_data::{Hub, PackageFile, StoreOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use support::{Place, sha256};

const CONTENT: &[u8] = b"the file";

fn wheel() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in [("pkg/file.txt", CONTENT), ("pkg/other.txt", b"other")] {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A pip that copies the wheel into the folder after `--dest` and writes down each run.
fn place_with_pip() -> Place {
    let place = Place::new();
    place.write("pkg-1.0-py3-none-any.whl", wheel());
    let script = "#!/bin/sh\nhere=$(dirname \"$0\")\necho \"$@\" >> \"$here/runs\"\n\
                  while [ \"$1\" != --dest ]; do shift; done\ncp \"$here\"/*.whl \"$2\"\n";
    executable(&place, script);
    place
}

fn executable(place: &Place, script: &str) {
    let text = place.write("pip.text", script);
    std::fs::set_permissions(&text, std::fs::Permissions::from_mode(0o755)).unwrap();
    // Another process writes it: what this one writes, a child of another thread may hold open, and then it cannot be run.
    assert!(Command::new("cp").arg(text).arg(place.path("pip")).status().unwrap().success());
}

fn runs(place: &Place) -> Vec<String> {
    let text = std::fs::read_to_string(place.path("runs")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn wanted(path: &str, sha256: Option<String>) -> PackageFile {
    PackageFile { requirement: "pkg==1.0".into(), path: path.into(), sha256 }
}

#[test]
fn a_file_is_fetched_once_and_checked() {
    let place = place_with_pip();
    let store = place.store(Hub::Local, "");
    let file = wanted("pkg/file.txt", Some(sha256(CONTENT)));
    let path = store.package_file(&file).unwrap();
    assert_eq!(path, place.path("cache/evalscope/packages/pkg-1.0/pkg/file.txt"));
    assert_eq!(std::fs::read(&path).unwrap(), CONTENT);
    let runs_so_far = runs(&place);
    assert_eq!(runs_so_far.len(), 1);
    assert!(runs_so_far[0].starts_with(
        "download --no-deps --only-binary :all: --disable-pip-version-check --no-input --quiet --dest "
    ));
    assert!(runs_so_far[0].ends_with(" pkg==1.0"));

    assert_eq!(store.package_file(&file).unwrap(), path);
    assert_eq!(place.offline(Hub::Local, "").package_file(&file).unwrap(), path);
    let given_out = store.given_out().unwrap();
    assert_eq!(given_out.len(), 1);
    assert_eq!(given_out[0].file.path, "packages/pkg-1.0/pkg/file.txt");
    assert!(given_out[0].is_as_published());
    // Its sibling comes out of the same wheel.
    let other = place.offline(Hub::Local, "").package_file(&wanted("pkg/other.txt", None)).unwrap();
    assert_eq!(std::fs::read(other).unwrap(), b"other");
    assert_eq!(runs(&place).len(), 1);
    let left: Vec<_> = std::fs::read_dir(place.path("cache/evalscope/packages")).unwrap().collect();
    assert_eq!(left.len(), 3, "the folder, the lock and the wheel: {left:?}");
}

#[test]
fn a_damaged_file_in_the_cache_is_replaced() {
    let place = place_with_pip();
    let file = wanted("pkg/file.txt", Some(sha256(CONTENT)));
    let path = place.store(Hub::Local, "").package_file(&file).unwrap();
    std::fs::write(&path, b"the fil3").unwrap();
    let error = place.offline(Hub::Local, "").package_file(&file).unwrap_err();
    assert!(error.to_string().contains("SHA-256"), "{error}");
    assert_eq!(place.store(Hub::Local, "").package_file(&file).unwrap(), path);
    assert_eq!(std::fs::read(&path).unwrap(), CONTENT);
}

#[test]
fn a_wrong_checksum_leaves_nothing() {
    let place = place_with_pip();
    let error =
        place.store(Hub::Local, "").package_file(&wanted("pkg/file.txt", Some("0".repeat(64)))).unwrap_err();
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.to_string().starts_with("pkg/file.txt of pkg==1.0 has the SHA-256 "), "{error}");
    assert!(!place.path("cache/evalscope/packages/pkg-1.0/pkg/file.txt").exists());
}

#[test]
fn what_cannot_be_had_is_said() {
    let place = place_with_pip();
    let error = place.offline(Hub::Local, "").package_file(&wanted("pkg/file.txt", None)).unwrap_err();
    assert_eq!(error.to_string(), "the Python package `pkg==1.0` is not in the cache, and we are offline");
    let store = place.store(Hub::Local, "");
    let error = store.package_file(&wanted("pkg/none.txt", None)).unwrap_err();
    assert_eq!(error.to_string(), "the package pkg==1.0 has no file `pkg/none.txt`");
    for path in ["../x", "/x", ""] {
        assert_eq!(store.package_file(&wanted(path, None)).unwrap_err().kind(), Kind::User);
    }
    for requirement in ["pkg", "--index-url==x", "../x==1", "pkg==1/../.."] {
        let file = PackageFile { requirement: requirement.into(), ..wanted("a", None) };
        assert_eq!(store.package_file(&file).unwrap_err().kind(), Kind::User, "{requirement}");
    }
}

#[test]
fn pips_own_reason_is_given() {
    let place = Place::new();
    executable(&place, "#!/bin/sh\necho 'ERROR: no match at https://u:p@h/simple' >&2\nexit 1\n");
    let store = place.store(Hub::Local, "");
    let error = store.package_file(&wanted("a", None)).unwrap_err();
    assert_eq!(error.kind(), Kind::Environment);
    assert_eq!(error.to_string(), "pip cannot fetch `pkg==1.0`: no match at https://•••@h/simple");

    let missing = StoreOptions { pip: place.path("nothing"), ..place.options(Hub::Local, "") };
    let error = evalscope_data::Store::new(missing).unwrap().package_file(&wanted("a", None)).unwrap_err();
    assert!(error.to_string().ends_with("nothing is not installed"), "{error}");
}

#[test]
fn several_threads_fetch_once() {
    let place = place_with_pip();
    let file = wanted("pkg/file.txt", Some(sha256(CONTENT)));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| place.store(Hub::Local, "").package_file(&file).unwrap());
        }
    });
    assert_eq!(runs(&place).len(), 1);
}
