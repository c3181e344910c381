//! Rows from every format, lossless, and errors that name file and line.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use evalscope_core::{Diagnose, Kind, Row, Value};
use evalscope_data::{Header, ReadOptions};
use proptest::prelude::*;
use std::io::Write;
use support::Place;

fn plain() -> ReadOptions {
    ReadOptions::default()
}

fn field(name: &str) -> ReadOptions {
    ReadOptions { field: Some(name.into()), ..plain() }
}

/// The rows of a file with this name and content.
fn read(name: &str, content: &[u8], options: &ReadOptions) -> Result<Vec<String>, String> {
    let place = Place::new();
    place.write(name, content);
    place.rows(name, options).map_err(|error| {
        assert_eq!(error.kind(), Kind::Data, "{error}");
        assert!(!error.to_string().contains('\n'));
        error.to_string()
    })
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn json_lines_are_lossless() {
    let lines = [
        r#"{"n":12345678901234567890123,"f":0.10000000000000000001,"u":18446744073709551615}"#,
        r#"{"a":[1,null,{"b":true}],"t":"日本 😀 \u0000 \"x\" \n"}"#,
    ];
    let text = format!("\u{feff}{}\r\n\n  \n{}", lines[0], lines[1]);
    assert_eq!(read("a.jsonl", text.as_bytes(), &plain()).unwrap(), lines);
    assert_eq!(read("a.ndjson.gz", &gzip(text.as_bytes()), &plain()).unwrap(), lines);
    let zstd = zstd::encode_all(text.as_bytes(), 3).unwrap();
    assert_eq!(read("a.jsonl.zst", &zstd, &plain()).unwrap(), lines);
    assert_eq!(read("a.jsonl", b"", &plain()).unwrap(), [""; 0]);
}

#[test]
fn gzip_of_several_members_and_zstd_of_several_frames_are_read_whole() {
    let lines = [r#"{"a":1}"#, r#"{"a":2}"#];
    let parts = lines.map(|line| format!("{line}\n"));
    let gz = parts.clone().map(|part| gzip(part.as_bytes())).concat();
    assert_eq!(read("a.jsonl.gz", &gz, &plain()).unwrap(), lines);
    let zst = parts.map(|part| zstd::encode_all(part.as_bytes(), 3).unwrap()).concat();
    assert_eq!(read("a.jsonl.zst", &zst, &plain()).unwrap(), lines);
}

#[test]
fn json_errors_have_file_line_and_column() {
    let wrong = |name: &str, text: &str| read(name, text.as_bytes(), &plain()).unwrap_err();
    assert_eq!(
        wrong("a.jsonl", "{\"a\":1}\n\n{\"a\" 1}\n"),
        "a.jsonl:3: not valid JSON: expected `:` at column 6"
    );
    assert_eq!(wrong("a.jsonl", "{\"a\":1}\n[1]\n"), "a.jsonl:2: expected an object, found a list");
    assert_eq!(
        wrong("a.json", "[{\"a\": 1},\n  {\"a\" 2}]"),
        "a.json:2: not valid JSON: expected `:` at column 8"
    );
    assert_eq!(wrong("a.json", "[1]"), "a.json: row 1 must be an object, not a number");
    assert_eq!(wrong("a.json", "\"x\""), "a.json: expected a list of rows, found text");
    assert_eq!(
        wrong("a.json", "{\"a\":1}\n{\"a\" 2}\n"),
        "a.json:2: not valid JSON: expected `:` at column 6"
    );
}

#[test]
fn invalid_utf8_has_file_and_line() {
    for name in ["a.jsonl", "a.json"] {
        let error = read(name, b"{\"a\":1}\n{\"a\":\"\xff\"}\n", &plain()).unwrap_err();
        assert_eq!(error, format!("{name}:2: not valid UTF-8"));
    }
    assert_eq!(read("a.csv", b"a\nx\n\xc4\xe3\n", &plain()).unwrap_err(), "a.csv:3: not valid UTF-8");
}

#[test]
fn json_documents_are_lists_members_or_lines() {
    let rows = [r#"{"a":1}"#, r#"{"a":2}"#];
    assert_eq!(read("a.json", b"[ {\"a\":1},\n{\"a\":2} ]", &plain()).unwrap(), rows);
    assert_eq!(read("a.json", b"{\"a\":1}\n\n{\"a\":2}\n", &plain()).unwrap(), rows);
    assert_eq!(read("a.json", b"\xef\xbb\xbf{\"a\":1}", &plain()).unwrap(), rows[..1]);
    let nested = br#"{"canary":"x","examples":[{"a":1},{"a":2}]}"#;
    assert_eq!(read("a.json", nested, &field("examples")).unwrap(), rows);
    assert_eq!(
        read("a.json", nested, &field("rows")).unwrap_err(),
        "a.json: no member `rows`; it has: canary, examples"
    );
    assert_eq!(
        read("a.json", nested, &field("canary")).unwrap_err(),
        "a.json: `canary` must be a list of rows, not text"
    );
}

#[test]
fn csv_keeps_every_cell_as_text() {
    let text = "\u{feff}id,text,empty\r\n007,\"a \"\"b\"\", c\nd\",\r\n1e5,日本,\"\"\r\n";
    let rows =
        [r#"{"id":"007","text":"a \"b\", c\nd","empty":""}"#, r#"{"id":"1e5","text":"日本","empty":""}"#];
    assert_eq!(read("a.csv", text.as_bytes(), &plain()).unwrap(), rows);
    assert_eq!(read("a.csv.gz", &gzip(text.as_bytes()), &plain()).unwrap(), rows);
    assert_eq!(read("a.tsv", b"a\tb\n1,2\t\"3\t4\"\n", &plain()).unwrap(), [r#"{"a":"1,2","b":"3\t4"}"#]);
    assert_eq!(read("a.csv", b"", &plain()).unwrap(), [""; 0]);
    assert_eq!(read("a.csv", b"a,b\n", &plain()).unwrap(), [""; 0]);
}

#[test]
fn csv_without_a_header_gets_its_columns() {
    let options = ReadOptions { header: Header::Columns(vec!["q".into(), "a".into()]), ..plain() };
    assert_eq!(
        read("a.csv", b"x,1\ny,2\n", &options).unwrap(),
        [r#"{"q":"x","a":"1"}"#, r#"{"q":"y","a":"2"}"#]
    );
}

#[test]
fn csv_errors_have_the_line_of_the_row() {
    let wrong = |text: &str| read("a.csv", text.as_bytes(), &plain()).unwrap_err();
    assert_eq!(wrong("a,b\n\"1\n2\",3\n4\n"), "a.csv:4: 1 cells, but 2 columns");
    assert_eq!(wrong("a,a\n1,2\n"), "a.csv:1: two columns are named `a`");
}

/// The files are written by pyarrow 26.0.1, and the rows are those of its `to_pylist`.
#[test]
fn parquet_is_lossless() {
    let expected = include_str!("fixtures/parquet.jsonl");
    let wanted: Vec<&str> = expected.lines().collect();
    for codec in ["snappy", "zstd", "gzip", "brotli", "lz4"] {
        let path = format!("{}/tests/fixtures/{codec}.parquet", env!("CARGO_MANIFEST_DIR"));
        let content = std::fs::read(path).unwrap();
        assert_eq!(read("a.parquet", &content, &plain()).unwrap(), wanted, "{codec}");
        assert_eq!(read("a.parquet.gz", &gzip(&content), &plain()).unwrap(), wanted, "{codec}");
    }
}

#[test]
fn parquet_times_keep_their_nanoseconds() {
    let path = format!("{}/tests/fixtures/nanoseconds.parquet", env!("CARGO_MANIFEST_DIR"));
    let rows = read("a.parquet", &std::fs::read(path).unwrap(), &plain()).unwrap();
    assert_eq!(rows, [r#"{"ns":"2023-11-14T22:13:20.123456789"}"#]);
}

#[test]
fn damaged_parquet_is_an_error() {
    let content =
        std::fs::read(format!("{}/tests/fixtures/snappy.parquet", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for end in [0, 4, 100, content.len() / 2, content.len() - 1] {
        assert!(read("a.parquet", &content[..end], &plain()).is_err(), "{end}");
    }
    for at in (4..content.len()).step_by(97) {
        let mut damaged = content.clone();
        damaged[at] ^= 0x55;
        // Whatever comes out, it comes out: pages of these files have no checksums.
        let _ = read("a.parquet", &damaged, &plain());
    }
}

#[test]
fn unknown_formats_are_named() {
    assert_eq!(read("a.py", b"", &plain()).unwrap_err(), "a.py: not a format that rows are read from");
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("finite", |float| float.is_finite()).prop_map(Value::Float),
        ".*".prop_map(Value::String),
        "[1-9][0-9]{25,40}".prop_map(|digits| Value::from_number_text(&digits)),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::vec((".{0,5}", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(prop::collection::vec((".{0,8}", any_value()), 0..5), 1..6)
        .prop_map(|rows| rows.into_iter().map(|fields| fields.into_iter().collect()).collect())
}

fn to_lines(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn json_lines_come_back(rows in any_rows()) {
        let lines = to_lines(&rows);
        prop_assert_eq!(read("a.jsonl", lines.join("\n").as_bytes(), &plain()).unwrap(), lines);
    }

    #[test]
    fn csv_comes_back(rows in prop::collection::vec(prop::collection::vec("[^\\x00]*", 3), 0..6)) {
        let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        writer.write_record(["a", "b", "c"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let wanted: Vec<Row> = rows
            .iter()
            .map(|row| ["a", "b", "c"].into_iter().map(String::from).zip(row.iter().cloned().map(Value::String)).collect())
            .collect();
        prop_assert_eq!(read("a.csv", &writer.into_inner().unwrap(), &plain()).unwrap(), to_lines(&wanted));
    }

    #[test]
    fn cut_compressed_files_are_errors(rows in any_rows(), at in any::<prop::sample::Index>()) {
        let text = to_lines(&rows).join("\n");
        for (name, whole) in [("a.jsonl.gz", gzip(text.as_bytes())), ("a.jsonl.zst", zstd::encode_all(text.as_bytes(), 3).unwrap())] {
            let end = at.index(whole.len());
            let read = read(name, &whole[..end], &plain());
            // A zstd file without a byte is a file without a frame.
            prop_assert!(read.is_err() || (end == 0 && read.unwrap().is_empty()), "{} at {}", name, end);
        }
    }

    #[test]
    fn any_bytes_are_rows_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for name in ["a.jsonl", "a.json", "a.csv", "a.tsv", "a.parquet", "a.csv.gz", "a.csv.zst"] {
            let _ = read(name, &bytes, &plain());
        }
    }
}
