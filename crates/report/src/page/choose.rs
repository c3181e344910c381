//! Chooses the samples that a page with its data inside holds, and reads them.

use crate::error::Error;
use crate::page::row::Row;
use crate::page::sample::{MAX_CALLS, SampleOf, cut_sample, sample_reply};
use crate::page::seen::{Candidate, MAX_SAMPLES, Seen};
use crate::page::texts::Texts;
use crate::page::walk::Spot;
use evalscope_page::{PageFile, Room};
use evalscope_runs::{JournalEntry, Place, Review};
use serde_json::Value;
use std::collections::HashSet;
use std::path::PathBuf;

/// Puts samples into a page, as many as it can hold.
pub fn put_samples(page: &mut PageFile, seen: &mut Seen) -> Result<(), Error> {
    let (mut room, mut numbers, mut longest) = (Room::default(), Vec::new(), None);
    for candidate in chosen(seen) {
        let (row, reply) = read(seen, candidate)?;
        if room.take(&reply) {
            numbers.push(candidate.seq);
            longest = longest.max(Some(row.length));
            page.put(&format!("/samples/{}", candidate.seq), reply);
        }
    }
    numbers.sort_unstable();
    page.has_samples(&numbers, seen.facets.samples);
    seen.facets.longest = longest;
    Ok(())
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

fn read(seen: &Seen, of: &Candidate) -> Result<(Row, Value), Error> {
    let (part, files) = (&seen.facets.parts[usize::from(of.part)], &seen.files[usize::from(of.part)]);
    let line = |files: &[PathBuf], place: &Place| place.read(&files[place.file as usize]);
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
    let value = |line: &Vec<u8>| -> Value { serde_json::from_slice(line).unwrap_or_default() };
    let (mut review, mut calls): (_, Vec<Value>) =
        (review.as_ref().map(value), calls.iter().map(value).collect());
    cut_sample(&mut review, &mut calls);
    let reply = sample_reply(SampleOf {
        part: (&part.model, &part.benchmark, &part.subset),
        row: &row,
        review,
        calls,
        calls_left_out: of.calls.len() - kept.len(),
    });
    Ok((row, reply))
}
