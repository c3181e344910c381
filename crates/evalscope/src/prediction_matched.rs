//! How the rows of a file of predictions and the samples of a benchmark found each other.

use evalscope_core::Sample;
use serde::Serialize;

/// Rows and samples named in [`Matched`] at most.
pub(crate) const NAMED: usize = 5;

/// Characters of a key shown at most.
const SHOWN: usize = 60;

/// How rows and samples found each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Matched {
    /// Rows of the file that hold a prediction or should: each place counts once.
    pub rows: u64,
    /// Lines of our own predictions that are no replies: later calls of a sample, such as a judge's.
    pub later_calls: u64,
    /// Replies in them.
    pub replies: u64,
    /// Samples that have a prediction, repeats counted.
    pub matched: u64,
    /// Rows that belong to no sample, those without a prediction among them.
    pub unmatched_rows: u64,
    /// Rows without a prediction.
    pub empty_rows: u64,
    /// The first of them: row, from 1, and key.
    pub first_unmatched_rows: Vec<String>,
    /// Rows of samples and subsets that are not asked for.
    pub not_asked: u64,
    /// Replies to samples that have as many as are scored.
    pub further: u64,
    /// Rows in which they stand.
    pub further_rows: u64,
    /// The first of these rows, with its key.
    pub first_further: Vec<String>,
    /// Samples without a prediction, repeats counted.
    pub without_prediction: u64,
    /// The first of them: subset, index and id.
    pub first_without_prediction: Vec<String>,
    /// Rows whose `id` is not that of the sample at their place.
    pub other_ids: u64,
    /// The first of them: row and both ids.
    pub first_other_ids: Vec<String>,
}

impl Matched {
    /// Whether half of the rows fit no sample: then the file is hardly one of replies to this benchmark's data, and nothing
    /// says that the others fit the right ones.
    pub fn is_doubtful(&self) -> bool {
        let (unmatched, rows) = (self.unmatched_rows - self.empty_rows, self.rows - self.empty_rows);
        unmatched > 0 && unmatched * 2 >= rows
    }

    pub(crate) fn name_row(&mut self, number: u64, what: &str) {
        if self.first_unmatched_rows.len() < NAMED {
            self.first_unmatched_rows.push(row_and(number, what));
        }
    }

    pub(crate) fn name_other_id(&mut self, row: u64, id: &str, of_sample: &str) {
        self.other_ids += 1;
        if self.first_other_ids.len() < NAMED {
            let ids = format!("row {row} ({}, sample {})", shortened(id), shortened(of_sample));
            self.first_other_ids.push(ids);
        }
    }

    pub(crate) fn name_sample(&mut self, Sample { subset, index, id, .. }: &Sample) {
        self.without_prediction += 1;
        if self.first_without_prediction.len() < NAMED {
            self.first_without_prediction.push(format!("{subset} #{index} (id {id})"));
        }
    }
}

pub(crate) fn row_and(number: u64, what: &str) -> String {
    format!("row {number} ({})", shortened(what))
}

pub(crate) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}
