//! Chooses the samples that a page with its data inside holds, and reads them.

use crate::error::Error;
use crate::page::facets::Facets;
use crate::page::failures::Failures;
use crate::page::row::Row;
use crate::page::sample::{MAX_CALLS, MAX_TEXT, SampleOf, cut_sample};
use crate::page::seen::{Candidate, MAX_SAMPLES, Seen, look};
use crate::page::texts::Texts;
use crate::page::walk::Spot;
use evalscope_page::{PageFile, Room, raw};
use evalscope_runs::{JournalEntry, OpenFiles, Place, Review, RunFolder};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::PathBuf;

/// The samples that a page holds, and what a walk through the run saw.
pub struct Chosen {
    /// By their numbers in the run.
    samples: Vec<(u32, Box<RawValue>)>,
    facets: Facets,
    failures: Failures,
}

/// Chooses as many samples of a run as a page can hold.
pub fn choose(folder: &RunFolder) -> Result<Chosen, Error> {
    let mut seen = look(folder)?;
    let (mut room, mut samples, mut longest) = (Room::default(), Vec::new(), None);
    let mut open = OpenFiles::default();
    for candidate in chosen(&seen) {
        let (row, reply) = read(&seen, candidate, &mut open)?;
        if room.take(reply.get()) {
            longest = longest.max(Some(row.length));
            samples.push((candidate.seq, reply));
        }
    }
    seen.facets.longest = longest;
    Ok(Chosen { samples, facets: seen.facets, failures: seen.failures })
}

impl Chosen {
    /// Puts all of it into a page.
    pub fn put(self, page: &mut PageFile) {
        let mut numbers: Vec<u32> = self.samples.iter().map(|(seq, _)| *seq).collect();
        numbers.sort_unstable();
        page.has_samples(&numbers, self.facets.samples);
        for (seq, reply) in self.samples {
            page.put_raw(&format!("/samples/{seq}"), reply);
        }
        page.put("/failures", &json!(self.failures));
        page.put("/facets", &json!(self.facets));
    }
}

/// The examples of what went wrong; then in turn one of each verdict, so that there is something of each however little fits.
fn chosen(seen: &Seen) -> Vec<&Candidate> {
    let examples: HashSet<u32> = seen.examples.iter().map(|one| one.seq).collect();
    let mut chosen: Vec<&Candidate> = seen.examples.iter().collect();
    let most = seen.candidates.iter().map(Vec::len).max().unwrap_or(0);
    let turns = (0..most).flat_map(|turn| seen.candidates.iter().filter_map(move |of| of.get(turn)));
    chosen.extend(turns.filter(|one| !examples.contains(&one.seq)));
    chosen.truncate(MAX_SAMPLES);
    chosen
}

fn read(seen: &Seen, of: &Candidate, open: &mut OpenFiles) -> Result<(Row, Box<RawValue>), Error> {
    let (part, files) = (&seen.facets.parts[usize::from(of.part)], &seen.files[usize::from(of.part)]);
    let mut line = |files: &[PathBuf], place: &Place| place.read(&files[place.file as usize], open);
    let review = of.review.map(|place| line(&files.reviews, &place)).transpose()?;
    let kept = &of.calls[of.calls.len().saturating_sub(MAX_CALLS)..];
    let calls: Vec<Vec<u8>> = kept.iter().map(|place| line(&files.calls, place)).collect::<Result<_, _>>()?;
    // Both were read as such before, or stand in a list that shows what can be read of them.
    let reviewed = review.as_ref().and_then(|line| Review::from_line(line).ok());
    let last = calls.last().and_then(|line| JournalEntry::from_line(line).ok());
    let texts = Texts::of(reviewed.as_ref(), last.as_ref());
    let (index, repeat) = of.key;
    let spot = Spot { index, repeat, review: None, calls: 0..0 };
    let row = Row::of((of.seq, of.part), &spot, reviewed.as_ref(), &texts, files.verdicts);
    let part = (part.model.as_str(), part.benchmark.as_str(), part.subset.as_str());
    let left_out = of.calls.len() - kept.len();
    let reply = if review.iter().chain(&calls).any(|line| line.len() > MAX_TEXT) {
        let value = |line: &Vec<u8>| -> Value { serde_json::from_slice(line).unwrap_or_default() };
        let mut review = review.as_ref().map(value);
        let mut calls: Vec<Value> = calls.iter().map(value).collect();
        cut_sample(&mut review, &mut calls);
        raw(&SampleOf::new(part, &row, review, calls, left_out))
    } else {
        // No text in them is too long: they stay as they are.
        let (review, calls) = (review.as_deref().map(as_is), calls.iter().map(|line| as_is(line)).collect());
        raw(&SampleOf::new(part, &row, review, calls, left_out))
    };
    Ok((row, reply))
}

fn as_is(line: &[u8]) -> &RawValue {
    serde_json::from_slice(line).unwrap_or(RawValue::NULL)
}
