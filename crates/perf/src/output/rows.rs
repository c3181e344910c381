//! `requests.jsonl`: one line per request, written as they end.

use crate::error::Error;
use crate::measure::Row;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Bytes that are written at a time.
const PIECE: usize = 256 * 1024;
/// Room for the row that makes a piece large enough: without it, that row would double the piece's memory.
const ROW: usize = 8 * 1024;
/// Pieces that may wait for the disk: what comes in a second of the fastest load, in 4 MB.
const PIECES: usize = 16;

/// Writes rows, in a thread of its own: a disk may take its time, and whoever makes rows must not wait for it.
pub struct RowFile {
    path: PathBuf,
    waiting: Vec<u8>,
    thread: Option<Handed>,
}

/// The thread that writes, and the way to it.
struct Handed {
    pieces: SyncSender<Vec<u8>>,
    written: JoinHandle<io::Result<()>>,
}

impl RowFile {
    /// Makes the file and its folder.
    pub fn create(path: &Path) -> Result<RowFile, Error> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
        let file = File::create_new(path).map_err(Error::file("create", path))?;
        RowFile::over(file, path)
    }

    /// Writes to what stands at `path`.
    fn over(out: impl Write + Send + 'static, path: &Path) -> Result<RowFile, Error> {
        let (pieces, taken) = sync_channel(PIECES);
        let written = std::thread::Builder::new()
            .name("perf-rows".into())
            .spawn(move || write(out, taken))
            .map_err(|error| Error::Thread { reason: error.to_string() })?;
        let thread = Some(Handed { pieces, written });
        Ok(RowFile { path: path.to_owned(), waiting: Vec::with_capacity(PIECE + ROW), thread })
    }

    /// Adds a row. What could not be written of rows before is an error now.
    pub fn add(&mut self, row: &Row) -> Result<(), Error> {
        serde_json::to_writer(&mut self.waiting, row).map_err(Error::file("write", &self.path))?;
        self.waiting.push(b'\n');
        if self.waiting.len() < PIECE { Ok(()) } else { self.hand_over() }
    }

    /// Writes what is waiting.
    pub fn finish(mut self) -> Result<(), Error> {
        self.hand_over()?;
        self.end().map_err(Error::file("write", &self.path))
    }

    /// Where too many pieces wait for the disk, this one waits too.
    fn hand_over(&mut self) -> Result<(), Error> {
        let piece = std::mem::replace(&mut self.waiting, Vec::with_capacity(PIECE + ROW));
        let Some(thread) = &self.thread else { return Ok(()) };
        if thread.pieces.send(piece).is_ok() {
            return Ok(());
        }
        // It ends before its time only where it cannot write.
        self.end().map_err(Error::file("write", &self.path))
    }

    fn end(&mut self) -> io::Result<()> {
        let Some(Handed { pieces, written }) = self.thread.take() else { return Ok(()) };
        drop(pieces);
        written.join().unwrap_or_else(|_| Err(io::Error::other("the thread that writes panicked")))
    }
}

/// What is known of a stage that ends with an error is in its rows.
impl Drop for RowFile {
    fn drop(&mut self) {
        // That error is said, and no other.
        let _ = self.hand_over();
        let _ = self.end();
    }
}

fn write(mut out: impl Write, pieces: Receiver<Vec<u8>>) -> io::Result<()> {
    pieces.into_iter().try_for_each(|piece| out.write_all(&piece))?;
    out.flush()
}

/// The rows of a file.
pub fn read(path: &Path) -> Result<impl Iterator<Item = Result<Row, Error>>, Error> {
    let file = File::open(path).map_err(Error::file("read", path))?;
    let path = path.to_owned();
    let rows = BufReader::new(file).lines().map(move |line| {
        let line = line.map_err(Error::file("read", &path))?;
        serde_json::from_str(&line).map_err(Error::file("read", &path))
    });
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a/requests.jsonl");
        let row = Row { number: 3, ttft_ms: Some(51.203), chunk_gaps_us: vec![10, 20], ..Row::default() };
        let mut file = RowFile::create(&path).unwrap();
        file.add(&row).unwrap();
        file.add(&Row::default()).unwrap();
        file.finish().unwrap();
        let rows: Vec<Row> = read(&path).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows, [row, Row::default()]);
        assert!(RowFile::create(&path).is_err());
    }

    /// A disk that takes nothing until it is told to, and then so many bytes.
    struct Disk(Receiver<()>, usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Whoever holds it lets it go in the end.
            let _ = self.0.recv();
            self.1 = self.1.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn row() -> Row {
        Row { message: Some("x".repeat(1000)), ..Row::default() }
    }

    #[test]
    fn rows_of_a_stage_that_ended_with_an_error_are_kept() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("requests.jsonl");
        let mut file = RowFile::create(&path).unwrap();
        file.add(&Row::default()).unwrap();
        drop(file);
        assert_eq!(read(&path).unwrap().count(), 1);
    }

    #[test]
    fn nobody_waits_for_a_slow_disk() {
        let (goes_on, held) = sync_channel(0);
        let mut file = RowFile::over(Disk(held, usize::MAX), Path::new("rows")).unwrap();
        // More than one piece, of which the disk has taken none.
        (0..1000).for_each(|_| file.add(&row()).unwrap());
        drop(goes_on);
        file.finish().unwrap();
    }

    #[test]
    fn what_could_not_be_written_is_said() {
        let full = || RowFile::over(Disk(sync_channel(0).1, 1000), Path::new("some/rows")).unwrap();
        let mut file = full();
        file.add(&row()).unwrap();
        let error = file.finish().unwrap_err().to_string();
        assert!(error.contains("some/rows"), "{error}");
        // Long before the end.
        let mut file = full();
        assert!((0..100_000).any(|_| file.add(&row()).is_err()));
    }
}
