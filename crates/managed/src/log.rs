//! The log of a server: a file of its own, of which the end is shown when the server fails.

use evalscope_core::Secret;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Lines of the end that are shown.
const SHOWN: usize = 20;
/// Bytes of the end that they are looked for in.
const END: u64 = 16 << 10;
/// A line is cut after so many characters: some servers log whole requests.
const LONGEST: usize = 400;
/// Logs that are kept; older ones are deleted when a server is started.
const KEPT: usize = 20;
/// What stands in place of a secret.
const MASK: &str = "•••";
/// Shorter texts are no secrets.
const SHORTEST_SECRET: usize = 4;

/// Makes room in the folder of logs, and names a new one.
pub fn prepare(folder: &Path, server: &str, port: u16) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let mut logs: Vec<(std::time::SystemTime, PathBuf)> = std::fs::read_dir(folder)?
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .filter(|(_, path)| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    logs.sort();
    for (_, path) in logs.iter().rev().skip(KEPT - 1) {
        // Somebody else may have deleted it.
        let _ = std::fs::remove_file(path);
    }
    Ok(folder.join(format!("{server}-{}-{port}.log", std::process::id())))
}

/// The last lines, fit for a terminal, without these secrets.
pub fn tail(log: &Path, secrets: &[Secret]) -> Vec<String> {
    let mut bytes = Vec::new();
    // What cannot be read has no lines.
    let _ = read_end(log, &mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.split(['\n', '\r']).filter(|line| !line.trim().is_empty()).collect();
    let shown = &lines[lines.len().saturating_sub(SHOWN)..];
    // Half a secret would not be found any more.
    shown.iter().map(|line| cut(masked(&plain(line), secrets))).collect()
}

/// How many lines have all these words.
pub fn lines_with(log: &Path, words: &[&str]) -> usize {
    // What cannot be read has no lines.
    let Ok(file) = File::open(log) else { return 0 };
    let lines = BufReader::new(file).split(b'\n').map_while(Result::ok);
    let has_all = |line: &Vec<u8>| {
        let line = String::from_utf8_lossy(line);
        words.iter().all(|word| line.contains(word))
    };
    lines.filter(has_all).count()
}

fn read_end(log: &Path, into: &mut Vec<u8>) -> std::io::Result<()> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    file.take(END).read_to_end(into)?;
    Ok(())
}

/// The line without colours and other control characters.
fn plain(line: &str) -> String {
    let mut plain = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            // A colour or a movement ends with its first letter.
            '\u{1b}' => drop(characters.by_ref().find(char::is_ascii_alphabetic)),
            '\t' => plain.push(' '),
            other if other.is_control() => {}
            other => plain.push(other),
        }
    }
    plain
}

fn cut(line: String) -> String {
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn masked(line: &str, secrets: &[Secret]) -> String {
    let secrets = secrets.iter().map(Secret::expose).filter(|secret| secret.len() >= SHORTEST_SECRET);
    secrets.fold(line.to_owned(), |line, secret| line.replace(secret, MASK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_plain_and_without_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let log = prepare(&folder.path().join("new"), "vllm", 7).unwrap();
        let mut text: String = (0..3000).map(|n| format!("line {n}\n")).collect();
        text.push_str("\u{1b}[31mERROR\u{1b}[0m token=hf_secret\tgone\n\n");
        std::fs::write(&log, text).unwrap();
        let lines = tail(&log, &[Secret::new("hf_secret"), Secret::new("a")]);
        assert_eq!(lines.len(), SHOWN);
        assert_eq!(lines.last().unwrap(), "ERROR token=••• gone");
        assert_eq!(lines[SHOWN - 2], "line 2999");
        assert!(tail(Path::new("/no/such/log"), &[]).is_empty());
        // A secret on which a long line is cut is masked as a whole.
        std::fs::write(&log, format!("{}hf_secret", "x".repeat(LONGEST - 4))).unwrap();
        let lines = tail(&log, &[Secret::new("hf_secret")]);
        assert_eq!(lines, [format!("{}•••", "x".repeat(LONGEST - 4))]);
    }

    #[test]
    fn lines_are_counted_that_have_all_words() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("ollama.log");
        let cut = "level=WARN msg=\"truncating input prompt\" limit=2050 prompt=8707 keep=4 new=2050";
        std::fs::write(&log, format!("{cut}\nPOST \"/v1/chat/completions\"\nlimit=1\n\u{fffd}{cut}\n"))
            .unwrap();
        assert_eq!(lines_with(&log, &["truncating", "prompt", "limit="]), 2);
        assert_eq!(lines_with(Path::new("/no/such/log"), &[]), 0);
    }

    #[test]
    fn old_logs_go() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..30 {
            std::fs::write(folder.path().join(format!("vllm-{number}.log")), "").unwrap();
        }
        prepare(folder.path(), "vllm", 7).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), KEPT - 1);
    }
}
