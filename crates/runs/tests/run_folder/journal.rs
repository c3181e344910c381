//! The journal and the reviews: torn and broken lines, full disks, order, many threads.

use crate::support::{BENCHMARK, MODEL, SUBSET, create, entry, failed, key, resume, review};
use evalscope_core::{Diagnose, Kind, Outcome};
use evalscope_runs::{CallKey, Error, Journal, Recorded, RunFolder};
use std::path::{Path, PathBuf};

const LINES: &str = "predictions/org_m/quiz_easy.jsonl";
const REVIEWS: &str = "reviews/org_m/quiz_easy.jsonl";

fn journal(folder: &RunFolder) -> Journal {
    folder.journal(MODEL, BENCHMARK, SUBSET).unwrap()
}

/// A run with these entries, closed.
fn run_with(path: &Path, entries: &[evalscope_runs::JournalEntry]) -> PathBuf {
    let folder = create(path);
    let journal = journal(&folder);
    entries.iter().for_each(|entry| journal.append(entry).unwrap());
    journal.sync().unwrap();
    path.join(LINES)
}

/// What is found of an entry that was written down.
fn brought(entry: evalscope_runs::JournalEntry) -> Option<Recorded> {
    Some(Recorded { digest: entry.digest, outcome: entry.outcome })
}

fn add(path: &Path, text: &str) {
    let mut old = std::fs::read_to_string(path).unwrap();
    old.push_str(text);
    std::fs::write(path, old).unwrap();
}

#[test]
fn what_was_appended_is_recorded_after_a_resume() {
    let place = tempfile::tempdir().unwrap();
    let folder = create(place.path());
    let first = journal(&folder);
    first.append(&entry(3, "three")).unwrap();
    first.append(&failed(1)).unwrap();
    assert_eq!(first.recorded(&key(3)).unwrap(), None, "only what was there before");
    drop((first, folder));
    let folder = resume(place.path());
    let second = journal(&folder);
    assert_eq!((second.len(), second.repaired_bytes()), (2, 0));
    assert_eq!(second.recorded(&key(3)).unwrap(), brought(entry(3, "three")));
    assert_eq!(second.recorded(&key(1)).unwrap(), brought(failed(1)));
    assert_eq!(second.recorded(&key(0)).unwrap(), None);
    second.append(&entry(1, "one")).unwrap();
    drop((second, folder));
    let folder = resume(place.path());
    let third = journal(&folder);
    assert_eq!(third.recorded(&key(1)).unwrap(), brought(entry(1, "one")), "the later entry wins");
    assert_eq!(third.len(), 2);
}

#[test]
fn lines_are_found_in_any_order_and_of_any_length() {
    let place = tempfile::tempdir().unwrap();
    let entries: Vec<_> = (0..300).map(|n| entry(n, &"é".repeat(n as usize * 397 % 150_000))).collect();
    run_with(place.path(), &entries);
    let folder = resume(place.path());
    let opened = journal(&folder);
    let forth_and_back = (0..300).chain((0..300).rev()).chain((0..300).map(|n| n * 89 % 300));
    for at in forth_and_back {
        assert_eq!(opened.recorded(&key(at)).unwrap(), brought(entries[at as usize].clone()), "{at}");
    }
}

#[test]
fn torn_last_line_is_dropped() {
    let place = tempfile::tempdir().unwrap();
    let path = run_with(place.path(), &[entry(0, "zero")]);
    let whole = std::fs::metadata(&path).unwrap().len();
    add(&path, "{\"index\": 3, \"mod");
    let folder = resume(place.path());
    let opened = journal(&folder);
    assert_eq!((opened.len(), opened.repaired_bytes()), (1, 17));
    assert_eq!(std::fs::metadata(&path).unwrap().len(), whole);
    opened.append(&entry(3, "three")).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
}

#[test]
fn every_cut_of_the_last_line_leaves_the_first() {
    let place = tempfile::tempdir().unwrap();
    let path = run_with(place.path(), &[entry(0, "zero"), entry(1, "eins — 一")]);
    let bytes = std::fs::read(&path).unwrap();
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let folder = resume(place.path());
    for cut in first..=bytes.len() {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let opened = journal(&folder);
        // Only the line break is missing: the line itself is whole and is kept.
        let kept = if cut >= bytes.len() - 1 { 2 } else { 1 };
        assert_eq!(opened.len(), kept, "cut at {cut}");
        assert_eq!(opened.recorded(&key(0)).unwrap(), brought(entry(0, "zero")));
        opened.append(&entry(2, "two")).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), kept + 1, "cut at {cut}");
    }
}

#[test]
fn a_broken_line_elsewhere_is_an_error_with_file_and_line() {
    let place = tempfile::tempdir().unwrap();
    let path = run_with(place.path(), &[entry(0, "zero")]);
    add(&path, "{\"index\": 3, oops\n");
    let folder = resume(place.path());
    let error = folder.journal(MODEL, BENCHMARK, SUBSET).unwrap_err();
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.to_string().contains("quiz_easy.jsonl:2: "), "{error}");
    assert!(error.to_string().ends_with("at column 14"), "{error}");
}

#[test]
fn a_line_that_is_no_entry_is_an_error_with_file_and_line() {
    let place = tempfile::tempdir().unwrap();
    let path = run_with(place.path(), &[entry(0, "zero")]);
    add(
        &path,
        "{\"index\": 1, \"id\": \"x\", \"model\": \"m\", \"digest\": \"d\", \"at\": 0, \"messages\": []}\n",
    );
    let folder = resume(place.path());
    let error = journal(&folder).recorded(&key(1)).unwrap_err();
    assert!(error.to_string().contains("quiz_easy.jsonl:2: expected one of `model_output`"), "{error}");
}

#[test]
fn many_threads_append_whole_lines() {
    let place = tempfile::tempdir().unwrap();
    let folder = create(place.path());
    let opened = journal(&folder);
    let reply = "x".repeat(5_000);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (opened, reply) = (&opened, &reply);
            scope.spawn(move || {
                for n in 0..25 {
                    let index = thread * 25 + n;
                    opened.append(&entry(index, &format!("{index}{reply}"))).unwrap();
                }
            });
        }
    });
    let read: Vec<_> =
        folder.read_journal(MODEL, BENCHMARK, SUBSET).unwrap().map(|entry| entry.unwrap()).collect();
    assert_eq!(read.len(), 200);
    for (index, read) in read.iter().enumerate() {
        assert_eq!(read, &entry(index as u64, &format!("{index}{reply}")));
    }
}

#[test]
fn the_reader_gives_the_calls_of_a_sample() {
    let place = tempfile::tempdir().unwrap();
    let at = |index, repeat, call| {
        let key = CallKey { index, repeat, call };
        evalscope_runs::JournalEntry { key, ..entry(index, &format!("{index}.{repeat}.{call}")) }
    };
    run_with(place.path(), &[at(1, 1, 0), at(1, 0, 1), at(2, 0, 0), at(1, 0, 0)]);
    let folder = RunFolder::open(place.path()).unwrap();
    let mut reader = folder.read_journal(MODEL, BENCHMARK, SUBSET).unwrap();
    assert_eq!(reader.calls(1, 0).unwrap(), [at(1, 0, 0), at(1, 0, 1)]);
    assert_eq!(reader.calls(0, 0).unwrap(), []);
    assert_eq!(reader.calls(2, 1).unwrap(), []);
    let order: Vec<_> = reader.map(|entry| entry.unwrap().key).collect();
    assert!(order.is_sorted() && order.len() == 4);
}

#[test]
#[cfg(unix)]
fn a_full_disk_names_the_file_and_leaves_whole_lines() {
    // The test runs itself again in a process whose files may not grow beyond 16 blocks of 512 bytes.
    let marker = Path::new("child-of-the-full-disk-test");
    if marker.exists() {
        let folder = create(Path::new("run"));
        let opened = journal(&folder);
        let error = (0..).find_map(|n| opened.append(&entry(n, "some reply")).err()).unwrap();
        assert_eq!(error.kind(), Kind::Environment);
        assert!(matches!(error, Error::File { action: "write", .. }));
        assert!(error.to_string().contains(LINES), "{error}");
        assert!(opened.append(&entry(999, "x")).is_err(), "still full");
        let again = journal(&folder);
        let last = again.recorded(&key(again.len() as u64 - 1)).unwrap().unwrap();
        assert!(last.outcome.as_ref().ok().and_then(Outcome::as_generation).is_some());
        return;
    }
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join(marker), "").unwrap();
    let output = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "journal::a_full_disk_names_the_file_and_leaves_whole_lines", "--nocapture"])
        .current_dir(place.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(place.path().join("run").join(LINES)).unwrap();
    assert!(text.len() > 7_000 && text.ends_with('\n'), "{} bytes", text.len());
    assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
}

#[test]
fn reviews_are_in_order_whatever_order_they_came_in() {
    let texts: Vec<String> = [[0, 1, 2, 3], [3, 1, 2, 0], [2, 3, 0, 1]]
        .iter()
        .map(|order| {
            let place = tempfile::tempdir().unwrap();
            let folder = create(place.path());
            let mut writer = folder.reviews(MODEL, BENCHMARK, SUBSET).unwrap();
            order.iter().for_each(|index| writer.append(&review(*index, 0.5)).unwrap());
            writer.finish().unwrap();
            let files = std::fs::read_dir(place.path().join("reviews/org_m")).unwrap().count();
            assert_eq!(files, 1, "no temporary file is left");
            std::fs::read_to_string(place.path().join(REVIEWS)).unwrap()
        })
        .collect();
    assert_eq!(texts[0], texts[1]);
    assert_eq!(texts[0], texts[2]);
    assert!(texts[0].starts_with("{\"index\":0,"), "{}", texts[0]);
}

#[test]
fn a_run_that_stops_early_keeps_the_reviews_of_before() {
    let place = tempfile::tempdir().unwrap();
    let folder = create(place.path());
    let mut writer = folder.reviews(MODEL, BENCHMARK, SUBSET).unwrap();
    [review(0, 0.0), review(5, 0.0)].iter().for_each(|review| writer.append(review).unwrap());
    writer.finish().unwrap();
    let mut writer = folder.reviews(MODEL, BENCHMARK, SUBSET).unwrap();
    [review(5, 1.0), review(2, 1.0)].iter().for_each(|review| writer.append(review).unwrap());
    writer.finish().unwrap();
    let read: Vec<_> =
        folder.read_reviews(MODEL, BENCHMARK, SUBSET).unwrap().map(|review| review.unwrap()).collect();
    assert_eq!(read, [review(0, 0.0), review(2, 1.0), review(5, 1.0)]);
}

#[test]
fn reviews_of_a_killed_run_are_read() {
    let place = tempfile::tempdir().unwrap();
    let folder = create(place.path());
    let mut writer = folder.reviews(MODEL, BENCHMARK, SUBSET).unwrap();
    [review(2, 1.0), review(1, 1.0)].iter().for_each(|review| writer.append(review).unwrap());
    drop(writer);
    add(&place.path().join(format!("{REVIEWS}.part")), "{\"index\": 0, \"rep");
    drop(folder);
    let folder = RunFolder::open(place.path()).unwrap();
    let read: Vec<_> =
        folder.read_reviews(MODEL, BENCHMARK, SUBSET).unwrap().map(|review| review.unwrap()).collect();
    assert_eq!(read, [review(1, 1.0), review(2, 1.0)]);
    let mut reader = folder.read_reviews(MODEL, BENCHMARK, SUBSET).unwrap();
    assert_eq!(reader.find(2, 0).unwrap(), Some(review(2, 1.0)));
    assert_eq!(reader.find(0, 0).unwrap(), None);
    assert!(folder.read_journal(MODEL, BENCHMARK, SUBSET).unwrap().is_empty());
}

#[test]
fn a_reply_stands_in_its_line_once() {
    let place = tempfile::tempdir().unwrap();
    let path = run_with(place.path(), &[entry(0, "a-very-special-reply")]);
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text.matches("a-very-special-reply").count(), 1, "{text}");
    assert!(
        text.contains("\"model_output\":{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":"),
        "{text}"
    );
}
