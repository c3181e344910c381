//! Bundles: what comes out is what went in, and what is hostile or torn brings nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use evalscope_core::{Diagnose, Kind};
use evalscope_data::{
    CacheFile, CacheName, CacheRoots, Error, Existing, Manifest, Pull, PullKind, Pulls, bundle, damage,
    discard, unbundle,
};
use std::path::Path;
use support::{Place, sha256};
use tar::{EntryType, Header};

const FILE: &str = "datasets/org--name/snapshots/master/a/test.jsonl";

fn roots(place: &Place) -> CacheRoots {
    let root = |name: &str| place.path(&format!("cache/{name}"));
    CacheRoots {
        evalscope: root("evalscope"),
        modelscope: root("modelscope"),
        huggingface: root("huggingface"),
    }
}

fn pull(files: Vec<CacheFile>) -> Pull {
    Pull {
        name: "quiz@one".into(),
        kind: PullKind::Benchmark,
        hub: Some("modelscope".into()),
        arguments: None,
        benchmark_paths: vec!["my/quiz.yaml".into()],
        origin: "modelscope:org/name@master".into(),
        files,
    }
}

fn file(cache: CacheName, path: &str, content: &[u8]) -> CacheFile {
    CacheFile { cache, path: path.into(), bytes: content.len() as u64, sha256: sha256(content) }
}

/// A machine with two files in its caches, and the pull that names them.
fn filled() -> (Place, Pull) {
    let place = Place::new();
    let listing = "listings/modelscope/datasets--org--name/master.json";
    place.write(&format!("cache/modelscope/{FILE}"), "{}\n");
    place.write(&format!("cache/evalscope/{listing}"), "[]");
    let files = vec![file(CacheName::Modelscope, FILE, b"{}\n"), file(CacheName::Evalscope, listing, b"[]")];
    (place, pull(files))
}

/// A bundle as an enemy writes it: a manifest with `files`, then `members`.
fn forged(files: &[CacheFile], members: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let manifest = serde_json::to_vec(&Manifest::new(vec![pull(files.to_vec())])).unwrap();
    let mut builder = tar::Builder::new(Vec::new());
    let first = ("manifest.json", EntryType::Regular, &manifest[..]);
    for (name, kind, content) in [first].iter().chain(members) {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        if kind.is_symlink() {
            header.set_link_name("/etc").unwrap();
        }
        // The checked setter refuses names that lead outside.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    zstd::encode_all(&builder.into_inner().unwrap()[..], 3).unwrap()
}

/// Unbundles on a clean machine; whatever is refused must leave nothing behind.
fn receive(bundle: &[u8]) -> Result<usize, Error> {
    let place = Place::new();
    let path = place.write("b.tar.zst", bundle);
    let unbundled = unbundle(&roots(&place), &path, Existing::Keep);
    if unbundled.is_err() {
        let left = files_below(&place.path("cache"));
        assert_eq!(left, ["unbundle.lock"]);
    }
    unbundled.map(|unbundled| unbundled.placed)
}

fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found
}

#[track_caller]
fn refused(bundle: &[u8], part: &str) {
    let error = receive(bundle).unwrap_err();
    assert!(matches!(error, Error::Bundle { .. }), "{error}");
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.to_string().contains(part), "`{part}` is not in: {error}");
}

#[test]
fn what_goes_in_comes_out() {
    let (place, pull) = filled();
    let out = place.path("out/b.tar.zst");
    let bytes = bundle(&roots(&place), vec![pull.clone()], &out).unwrap();
    let content = std::fs::read(&out).unwrap();
    assert_eq!(bytes, content.len() as u64);

    let clean = Place::new();
    let path = clean.write("b.tar.zst", &content);
    let unbundled = unbundle(&roots(&clean), &path, Existing::Keep).unwrap();
    assert_eq!((unbundled.placed, unbundled.there), (2, 0));
    assert_eq!(std::fs::read(clean.path(&format!("cache/modelscope/{FILE}"))).unwrap(), b"{}\n");
    let pulls = Pulls::new(&roots(&clean)).load().unwrap();
    assert_eq!(pulls[0].name, "quiz@one");
    assert_eq!(pulls[0].benchmark_paths.len(), 0, "paths of one machine mean nothing on another");
    // On to the next machine: the same bytes.
    let again = clean.path("again.tar.zst");
    bundle(&roots(&clean), pulls, &again).unwrap();
    assert_eq!(std::fs::read(again).unwrap(), content);
}

#[test]
fn order_does_not_change_a_bundle() {
    let (place, pull) = filled();
    let mut other = Pull { name: "arc@one".into(), ..pull.clone() };
    other.files.reverse();
    let (one, two) = (place.path("1.tar.zst"), place.path("2.tar.zst"));
    bundle(&roots(&place), vec![pull.clone(), other.clone()], &one).unwrap();
    bundle(&roots(&place), vec![other.clone(), pull, other], &two).unwrap();
    assert_eq!(std::fs::read(one).unwrap(), std::fs::read(two).unwrap());
}

#[test]
fn a_file_that_changed_is_not_bundled() {
    let (place, pull) = filled();
    place.write(&format!("cache/modelscope/{FILE}"), "{ \n");
    let error = bundle(&roots(&place), vec![pull.clone()], &place.path("b.tar.zst")).unwrap_err();
    assert!(matches!(error, Error::Checksum { .. }), "{error}");
    place.write(&format!("cache/modelscope/{FILE}"), "{}");
    let error = bundle(&roots(&place), vec![pull], &place.path("b.tar.zst")).unwrap_err();
    assert!(matches!(error, Error::Size { .. }), "{error}");
    assert!(!place.path("b.tar.zst").exists());
}

#[test]
fn a_whole_bundle_is_taken() {
    let wanted = file(CacheName::Modelscope, "a", b"x");
    assert_eq!(receive(&forged(&[wanted], &[("modelscope/a", EntryType::Regular, b"x")])).unwrap(), 1);
}

#[test]
fn paths_that_lead_out_are_refused() {
    for path in ["../evil", "/tmp/evil", "a/../../../evil"] {
        let member = format!("modelscope/{path}");
        let members = [(member.as_str(), EntryType::Regular, &b"x"[..])];
        refused(&forged(&[file(CacheName::Modelscope, path, b"x")], &members), "not a file of a cache");
        refused(&forged(&[], &members), "not in its manifest");
    }
}

#[test]
fn links_are_refused() {
    let wanted = [file(CacheName::Modelscope, "a", b"")];
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Directory, EntryType::Fifo] {
        refused(&forged(&wanted, &[("modelscope/a", kind, b"")]), "is a link or no file");
    }
}

#[test]
fn what_is_not_as_the_manifest_says_is_refused() {
    let wanted = [file(CacheName::Modelscope, "a", b"x")];
    let member = |content: &'static [u8]| ("modelscope/a", EntryType::Regular, content);
    refused(&forged(&wanted, &[member(b"y")]), "has the SHA-256");
    refused(&forged(&wanted, &[member(b"xx")]), "has 2 bytes, not 1");
    refused(&forged(&wanted, &[]), "is missing in it");
    refused(&forged(&wanted, &[member(b"x"), member(b"x")]), "is in it twice");
    let other = ("modelscope/b", EntryType::Regular, &b"x"[..]);
    refused(&forged(&wanted, &[member(b"x"), other]), "not in its manifest");
}

#[test]
fn what_is_no_bundle_is_refused() {
    refused(b"", "");
    refused(b"not compressed at all", "");
    refused(&zstd::encode_all(&b"no archive"[..], 3).unwrap(), "");
    let whole =
        forged(&[file(CacheName::Modelscope, "a", b"x")], &[("modelscope/a", EntryType::Regular, b"x")]);
    for end in [whole.len() / 4, whole.len() / 2, whole.len() - 1] {
        refused(&whole[..end], "");
    }
    let bomb = vec![0_u8; 200 << 20];
    refused(&zstd::encode_all(&bomb[..], 3).unwrap(), "");
}

#[test]
fn damage_is_named_and_thrown_away() {
    let (place, pull) = filled();
    let (roots, wanted) = (roots(&place), &pull.files[0]);
    assert_eq!(damage(&roots, wanted).unwrap(), None);
    place.write(&format!("cache/modelscope/{FILE}"), "[]\n");
    assert!(damage(&roots, wanted).unwrap().unwrap().starts_with("has the SHA-256 "));
    place.write(&format!("cache/modelscope/{FILE}"), "");
    assert_eq!(damage(&roots, wanted).unwrap().unwrap(), "has 0 bytes, not 3");
    discard(&roots, wanted).unwrap();
    discard(&roots, wanted).unwrap();
    assert_eq!(damage(&roots, wanted).unwrap().unwrap(), "is missing");
}

#[cfg(unix)]
#[test]
fn a_linked_file_is_thrown_away_with_its_content_but_not_out_of_the_cache() {
    let place = Place::new();
    let inside = place.write("cache/huggingface/blobs/b", "x");
    let outside = place.write("mine", "x");
    let wanted = file(CacheName::Huggingface, "link", b"y");
    for (target, is_kept) in [(&inside, false), (&outside, true)] {
        std::os::unix::fs::symlink(target, place.path("cache/huggingface/link")).unwrap();
        discard(&roots(&place), &wanted).unwrap();
        assert!(std::fs::symlink_metadata(place.path("cache/huggingface/link")).is_err());
        assert_eq!(target.exists(), is_kept);
    }
}
