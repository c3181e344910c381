//! The rows of a split, of all subsets together, as places in one table.

use crate::samples::PlacedRow;
use std::collections::HashMap;

/// The rows of a split, file after file.
#[derive(Default)]
pub(crate) struct Whole {
    /// Rows before each file.
    starts: HashMap<String, usize>,
    total: usize,
}

/// Where a row stands: its file, and its number there, from 1.
pub(crate) struct Place {
    file: String,
    number: usize,
}

impl Whole {
    pub fn has(&self, file: &str) -> bool {
        self.starts.contains_key(file)
    }

    pub fn add(&mut self, file: String, rows: usize) {
        self.starts.insert(file, self.total);
        self.total += rows;
    }

    pub fn total(&self) -> usize {
        self.total
    }

    /// The position of a row in the table, from 0; `None` when its file is not part of it.
    pub fn position(&self, place: &Place) -> Option<usize> {
        Some(self.starts.get(&place.file)? + place.number - 1)
    }
}

impl Place {
    pub fn of(row: &PlacedRow) -> Place {
        Place { file: row.file.clone(), number: row.number }
    }
}
