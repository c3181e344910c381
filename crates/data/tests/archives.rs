//! Local data sets: folders, single files and archives, and what is refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use evalscope_core::{Diagnose, Kind};
use evalscope_data::{Dataset, DatasetId, Error, Hub, ReadOptions, Store, StoreOptions};
use std::io::Write;
use std::path::Path;
use support::{Place, dataset, rows};

const MEMBERS: [(&str, &str); 3] = [
    ("data/dev/a_dev.csv", "q,a\nx,1\n"),
    ("data/test/a_test.csv", "q,a\ny,2\n"),
    ("data/test/b_test.jsonl", "{\"q\":\"z\"}\n"),
];

fn zip_of(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar_of(members: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        // The checked setter refuses names that lead outside.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn all_archives() -> [(&'static str, Vec<u8>); 4] {
    let tar = tar_of(&MEMBERS);
    [
        ("x.zip", zip_of(&MEMBERS)),
        ("x.tar", tar.clone()),
        ("x.tar.gz", gzip(&tar)),
        ("x.tar.zst", zstd::encode_all(&tar[..], 3).unwrap()),
    ]
}

fn open(path: &Path) -> Result<Dataset, Error> {
    let store = Place::new().store(Hub::ModelScope, "http://127.0.0.1:9");
    store.open(&DatasetId { local_path: Some(path.to_owned()), ..dataset(None) })
}

fn read(dataset: &Dataset, file: &str) -> Result<Vec<String>, Error> {
    rows(dataset, file, &ReadOptions::default())
}

#[test]
fn archives_in_a_folder_are_looked_into() {
    for (name, content) in all_archives() {
        let place = Place::new();
        place.write(name, content);
        let dataset = open(&place.path("")).unwrap();
        let wanted = [format!("{name}!data/test/a_test.csv")];
        assert_eq!(dataset.matching(&format!("{name}!**/test/*.csv")), wanted);
        assert_eq!(dataset.matching("*!data/test/a_test.csv"), wanted);
        assert_eq!(dataset.matching("**/test/*.csv"), wanted, "{name}: no file matches, so members do");
        assert_eq!(dataset.matching("other.zip!**"), [""; 0]);
        assert_eq!(read(&dataset, &wanted[0]).unwrap(), [r#"{"q":"y","a":"2"}"#]);
        let missing = read(&dataset, &format!("{name}!none.csv")).unwrap_err();
        assert_eq!(missing.to_string(), format!("{name} has no file `none.csv`"));
    }
}

#[test]
fn an_archive_as_local_path_is_a_folder() {
    for (name, content) in all_archives() {
        let place = Place::new();
        let dataset = open(&place.write(name, content)).unwrap();
        assert_eq!(dataset.matching("**/test/*"), ["data/test/a_test.csv", "data/test/b_test.jsonl"]);
        assert_eq!(dataset.matching(&format!("{name}!**/dev/*")), ["data/dev/a_dev.csv"]);
        assert_eq!(read(&dataset, "data/test/b_test.jsonl").unwrap(), [r#"{"q":"z"}"#]);
        assert_eq!(dataset.text("data/dev/a_dev.csv").unwrap(), "q,a\nx,1\n");
        assert!(dataset.origin().ends_with(name));
    }
}

#[test]
fn compressed_and_columnar_members_are_read() {
    let place = Place::new();
    let parquet =
        std::fs::read(format!("{}/tests/fixtures/zstd.parquet", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in [("a.parquet", parquet), ("b.jsonl.gz", gzip(b"{\"q\":1}\n"))] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append_data(&mut header, name, &content[..]).unwrap();
    }
    let dataset = open(&place.write("x.tgz", gzip(&builder.into_inner().unwrap()))).unwrap();
    assert_eq!(read(&dataset, "a.parquet").unwrap().len(), 2);
    assert_eq!(dataset.matching("b.jsonl"), ["b.jsonl.gz"]);
    assert_eq!(read(&dataset, "b.jsonl.gz").unwrap(), [r#"{"q":1}"#]);
}

#[test]
fn names_that_lead_out_of_an_archive_are_refused() {
    for name in ["../evil.csv", "/etc/evil.csv", "data/../../evil.csv"] {
        let place = Place::new();
        let members = [(name, "a\n1\n")];
        for (archive, content) in [("x.zip", zip_of(&members)), ("x.tar", tar_of(&members))] {
            let error = open(&place.write(archive, content)).unwrap_err();
            assert_eq!(error.kind(), Kind::Data);
            assert_eq!(error.to_string(), format!("{archive}: the member `{name}` leads out of the archive"));
        }
    }
}

#[test]
fn links_in_archives_are_ignored() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "a.csv", "/etc/passwd").unwrap();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.add_symlink("a.csv", "/etc/passwd", zip::write::SimpleFileOptions::default()).unwrap();
    let zip = writer.finish().unwrap().into_inner();
    let place = Place::new();
    for (name, content) in [("x.tar", builder.into_inner().unwrap()), ("x.zip", zip)] {
        let dataset = open(&place.write(name, content)).unwrap();
        assert_eq!(dataset.matching("**"), [""; 0], "{name}");
        assert!(read(&dataset, "a.csv").is_err());
    }
}

#[test]
fn damaged_archives_say_so_when_they_are_read() {
    for (name, content) in all_archives() {
        for end in [1, content.len() / 3, content.len() / 2] {
            let place = Place::new();
            place.write(name, &content[..end]);
            let dataset = open(&place.path("")).unwrap();
            let found = dataset.matching(&format!("{name}!data/test/a_test.csv"));
            assert_eq!(found, [format!("{name}!data/test/a_test.csv")], "cut at {end}");
            let error = read(&dataset, &found[0]).unwrap_err();
            assert_eq!(error.kind(), Kind::Data, "{error}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}

#[test]
fn a_wrong_zip_checksum_is_found_before_the_first_row() {
    let place = Place::new();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    writer.start_file("a.jsonl", stored).unwrap();
    writer.write_all(b"{\"answer\":\"A\"}\n").unwrap();
    let mut content = writer.finish().unwrap().into_inner();
    let at = content.windows(3).position(|part| part == b"\"A\"").unwrap();
    content[at + 1] = b'B';
    let dataset = open(&place.write("x.zip", content)).unwrap();
    assert!(dataset.rows("a.jsonl", &ReadOptions::default()).is_err());
}

#[test]
fn a_single_file_matches_every_pattern_of_its_format() {
    let place = Place::new();
    let dataset = open(&place.write("mine.jsonl.gz", gzip(b"{\"a\":1}\n"))).unwrap();
    assert_eq!(dataset.matching("**/test/quiz_test.jsonl"), ["mine.jsonl.gz"]);
    assert_eq!(dataset.matching("*.csv"), [""; 0]);
    assert_eq!(read(&dataset, "mine.jsonl.gz").unwrap(), [r#"{"a":1}"#]);
}

#[test]
fn only_listed_files_are_read() {
    let place = Place::new();
    place.write("secret.jsonl", "{}\n");
    place.write("set/a.jsonl", "{}\n");
    let dataset = open(&place.path("set")).unwrap();
    let error = read(&dataset, "../secret.jsonl").unwrap_err();
    assert!(error.to_string().ends_with("has no file `../secret.jsonl`"), "{error}");
}

#[test]
fn local_data_is_looked_for_where_the_user_says() {
    let place = Place::new();
    place.write("data/quiz/a.jsonl", "{}\n");
    place.write("data/other/b.jsonl", "{}\n");
    let store = place.store(Hub::Local, "");
    assert_eq!(store.open(&dataset(None)).unwrap().matching("*"), ["a.jsonl"]);
    let with_path = |path: &str| DatasetId { local_path: Some(path.into()), ..dataset(None) };
    assert_eq!(store.open(&with_path("other")).unwrap().matching("*"), ["b.jsonl"]);

    let error = store.open(&with_path("nowhere")).unwrap_err();
    assert_eq!(error.kind(), Kind::User);
    assert!(error.to_string().contains("nowhere"), "{error}");
    let error = store.open(&DatasetId { name: "none".into(), ..dataset(None) }).unwrap_err();
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.to_string().contains("data/none"), "{error}");
    let without = StoreOptions { dataset_dir: None, ..place.options(Hub::Local, "") };
    let error = Store::new(without).unwrap().open(&dataset(None)).unwrap_err();
    assert!(error.hint().unwrap().contains("--dataset-dir"));
}
