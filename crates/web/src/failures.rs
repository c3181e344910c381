//! What went wrong in a run, grouped: the first thing to read.

use crate::error::Error;
use crate::index::{RunIndex, VERDICTS};
use serde::Serialize;

/// Failed samples whose messages are read at most; the rest is counted.
const MAX_READ: usize = 2_000;
/// Groups at most.
const MAX_GROUPS: usize = 50;

/// Failures with one kind and message.
#[derive(Debug, Serialize)]
pub struct FailureGroup {
    /// The kind of error.
    pub kind: String,
    /// The message's first line.
    pub message: String,
    /// How many samples, of those that were read.
    pub count: usize,
    /// One of them.
    pub example: u32,
}

/// The groups, the largest first, and how many samples failed.
pub fn failures(index: &RunIndex) -> Result<(Vec<FailureGroup>, usize), Error> {
    let failed = VERDICTS.iter().position(|word| *word == "failed").unwrap_or_default() as u8;
    let all = index.facts().iter().enumerate().filter(|(_, fact)| fact.verdict == failed);
    let numbers: Vec<u32> = all.map(|(seq, _)| seq as u32).collect();
    let mut groups: Vec<FailureGroup> = Vec::new();
    for row in index.rows(&numbers[..numbers.len().min(MAX_READ)])? {
        let code = index.facts().get(row.seq as usize).map_or(0, |fact| usize::from(fact.error));
        let kind = index.errors().get(code.wrapping_sub(1)).cloned().unwrap_or_default();
        let message = row.error.unwrap_or_default();
        let known = groups.iter().position(|group| group.kind == kind && group.message == message);
        match known {
            Some(at) => groups[at].count += 1,
            None if groups.len() < MAX_GROUPS => {
                groups.push(FailureGroup { kind, message, count: 1, example: row.seq });
            }
            None => {}
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    Ok((groups, numbers.len()))
}
