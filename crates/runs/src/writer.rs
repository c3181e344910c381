//! Writes the reviews of a subset: in the order of completion while it runs, in the order of samples at its end.

use crate::atomic;
use crate::entry::Review;
use crate::error::Error;
use crate::read::Lines;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes the reviews of one subset. Dropped without [`finish`](ReviewWriter::finish) it leaves a file beside
/// the finished one, which readers know.
#[derive(Debug)]
pub struct ReviewWriter {
    path: PathBuf,
    part: PathBuf,
    out: BufWriter<File>,
    /// Whether each review is in the file before the next one.
    is_prompt: bool,
}

impl ReviewWriter {
    /// Starts writing. Reviews that are in place stay until the end.
    pub(crate) fn create(path: &Path) -> Result<ReviewWriter, Error> {
        let part = part_of(path);
        let file = File::create(&part).map_err(Error::file("create", &part))?;
        Ok(ReviewWriter { path: path.to_owned(), part, out: BufWriter::new(file), is_prompt: true })
    }

    /// The same writer, whose reviews are in the file at its end at the latest: for what can be done again in no time.
    pub fn held_back(self) -> ReviewWriter {
        ReviewWriter { is_prompt: false, ..self }
    }

    /// Adds a review, in any order. It is in the file when this returns: it outlives a kill.
    pub fn append(&mut self, review: &Review) -> Result<(), Error> {
        self.append_line(review.to_line())
    }

    /// The same of what [`Review::to_line`] made.
    pub fn append_line(&mut self, line: Result<Vec<u8>, String>) -> Result<(), Error> {
        let line = line.map_err(std::io::Error::other).and_then(|line| self.out.write_all(&line));
        let written = line.and_then(|()| if self.is_prompt { self.out.flush() } else { Ok(()) });
        written.map_err(Error::file("write", &self.part))
    }

    /// Puts the reviews in order and in place. Samples that were not reviewed this time keep the review that
    /// they had.
    pub fn finish(mut self) -> Result<(), Error> {
        self.out.flush().map_err(Error::file("write", &self.part))?;
        let mut lines = Lines::open(&[self.path.clone(), self.part.clone()])?;
        atomic::replace(&self.path, |out| {
            while let Some(mut line) = lines.next_line()? {
                line.push(b'\n');
                out.write_all(&line).map_err(Error::file("write", &self.path))?;
            }
            Ok(())
        })?;
        std::fs::remove_file(&self.part).map_err(Error::file("remove", &self.part))
    }
}

/// Where reviews stand while a subset runs.
pub(crate) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}
