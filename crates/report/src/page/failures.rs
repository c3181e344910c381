//! What went wrong in a run, grouped: the first thing to read.

use serde::Serialize;

/// Groups at most.
const MAX_GROUPS: usize = 50;

/// What went wrong.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Failures {
    /// How many samples failed.
    pub total: usize,
    /// The groups, the largest first.
    pub groups: Vec<FailureGroup>,
}

/// Failures with one kind and message.
#[derive(Debug, Clone, Serialize)]
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

impl Failures {
    /// Failed samples whose messages are fetched from an index at most; the rest is counted.
    pub const MAX_READ: usize = 2_000;

    /// Adds a failed sample, and says whether it is the example of a new group; what is in a group already, or beyond the last, is
    /// counted only.
    pub fn add(&mut self, kind: &str, message: &str, seq: u32) -> bool {
        self.total += 1;
        let known = self.groups.iter().position(|group| group.kind == kind && group.message == message);
        match known {
            Some(at) => {
                self.groups[at].count += 1;
                false
            }
            None if self.groups.len() < MAX_GROUPS => {
                let (kind, message) = (kind.to_owned(), message.to_owned());
                self.groups.push(FailureGroup { kind, message, count: 1, example: seq });
                true
            }
            None => false,
        }
    }

    /// The same with the largest group first.
    pub fn sorted(mut self) -> Failures {
        self.groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        self
    }
}
