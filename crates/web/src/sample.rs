//! One sample as it was written down: its review and its calls, from the run's own files.

use crate::error::Error;
use crate::image::{Picture, picture};
use crate::index::{RunIndex, Stored};
use crate::outputs::Outputs;
use evalscope_report::page::{MAX_CALLS, SampleOf, cut_sample};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Whether long texts are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// As they were written.
    Whole,
    /// As a page can show them.
    Cut,
}

/// The sample with this number.
pub fn sample(
    outputs: &Outputs,
    folder: &Path,
    index: &RunIndex,
    seq: u32,
    texts: Texts,
) -> Result<Value, Error> {
    let (review, calls) = index.places(seq)?;
    let row = index.rows(&[seq])?.pop().ok_or_else(|| Error::missing(format!("sample {seq}")))?;
    let part =
        index.parts().get(usize::from(row.part)).ok_or_else(|| Error::missing("such part of the run"))?;
    let read = |files: &[String], at: &Stored| stored(outputs, folder, files, at);
    let mut review = review.first().map(|at| read(&part.reviews, at)).transpose()?;
    let left_out = calls.len().saturating_sub(MAX_CALLS);
    let kept = kept(&calls);
    let mut calls: Vec<Value> = kept.iter().map(|at| read(&part.calls, at)).collect::<Result<_, _>>()?;
    if texts == Texts::Cut {
        cut_sample(&mut review, &mut calls);
    }
    let part = (part.model.as_str(), part.benchmark.as_str(), part.subset.as_str());
    Ok(json!(SampleOf::new(part, &row, review, calls, left_out)))
}

/// An image of one of the calls that [`sample`] shows, by its place among them.
pub fn sample_image(
    outputs: &Outputs,
    folder: &Path,
    index: &RunIndex,
    (seq, call, number): (u32, usize, usize),
) -> Result<Picture, Error> {
    let (_, calls) = index.places(seq)?;
    let row = index.rows(&[seq])?.pop().ok_or_else(|| Error::missing(format!("sample {seq}")))?;
    let part = index.parts().get(usize::from(row.part));
    let place = kept(&calls).get(call).zip(part);
    let (at, part) = place.ok_or_else(|| Error::missing(format!("call {call} of sample {seq}")))?;
    picture(outputs, folder, &stored(outputs, folder, &part.calls, at)?, number)
}

/// Of many calls the last ones.
fn kept(calls: &[Stored]) -> &[Stored] {
    &calls[calls.len().saturating_sub(MAX_CALLS)..]
}

fn stored(outputs: &Outputs, folder: &Path, files: &[String], at: &Stored) -> Result<Value, Error> {
    let file = files.get(at.file as usize).map(|file| folder.join(file)).unwrap_or_default();
    // A folder may have been made of links since the index was made.
    let path = outputs.inside(&file).ok_or_else(|| Error::missing("such file in the folder"))?;
    read_line(&path, at)
}

fn read_line(path: &Path, at: &Stored) -> Result<Value, Error> {
    let failed = || Error::file("read", path);
    let mut file = File::open(path).map_err(failed())?;
    file.seek(SeekFrom::Start(at.start)).map_err(failed())?;
    let mut bytes = Vec::new();
    file.take(u64::from(at.len)).read_to_end(&mut bytes).map_err(failed())?;
    // The run may have been gone on with since: the next look makes the index anew.
    serde_json::from_slice(&bytes).map_err(|error| Error::Broken {
        message: format!("{}: {error}; look again in a moment", path.display()),
    })
}
