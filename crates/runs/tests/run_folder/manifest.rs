//! The manifest and the options as they were given.

use crate::support::{create, plan};
use evalscope_core::Manifest;
use evalscope_core::manifest::{MANIFEST_VERSION, Platform, Program};
use evalscope_runs::{Error, RunFolder};
use serde_json::json;

fn manifest() -> Manifest {
    Manifest {
        version: MANIFEST_VERSION,
        program: Program { name: "p".into(), version: "1".into(), commit: Some("abc".into()) },
        platform: Platform { os: "linux".into(), architecture: "x86_64".into() },
        models: Vec::new(),
        benchmarks: Vec::new(),
    }
}

#[test]
fn a_manifest_is_read_back_and_a_run_may_have_none() {
    let place = tempfile::tempdir().unwrap();
    let folder = create(place.path());
    assert_eq!(folder.manifest().unwrap(), None);
    folder.write_manifest(&manifest()).unwrap();
    assert_eq!(RunFolder::open(place.path()).unwrap().manifest().unwrap(), Some(manifest()));
}

#[test]
fn a_manifest_of_another_version_or_form_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let folder = create(place.path());
    let path = place.path().join("manifest.json");
    std::fs::write(&path, "{\"version\": 99}").unwrap();
    assert!(matches!(folder.manifest().unwrap_err(), Error::Version { found: 99, .. }));
    std::fs::write(&path, "{}").unwrap();
    let error = folder.manifest().unwrap_err().to_string();
    assert!(error.contains("manifest.json") && error.contains("not a manifest"), "{error}");
}

#[test]
fn a_reader_does_not_write_a_manifest() {
    let place = tempfile::tempdir().unwrap();
    drop(create(place.path()));
    let reader = RunFolder::open(place.path()).unwrap();
    assert!(matches!(reader.write_manifest(&manifest()).unwrap_err(), Error::ReadOnly { .. }));
}

#[test]
fn options_are_read_back_as_given() {
    let place = tempfile::tempdir().unwrap();
    let given = json!({"datasets": ["quiz"], "limit": null});
    let folder = RunFolder::create(place.path(), &plan(), &given).unwrap();
    assert_eq!(folder.given().unwrap(), given);
}
