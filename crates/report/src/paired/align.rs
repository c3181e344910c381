//! Tells rows apart that have the same id, so that a question has a key that holds in another run, wherever it stands there.

use std::collections::HashMap;

/// The rows of a subset so far, by id.
#[derive(Debug, Default)]
pub struct Rows(HashMap<String, Vec<u64>>);

impl Rows {
    /// Which of the rows with this id the one at `index` is, from 0, in their order. Its repeats are the same row.
    pub fn occurrence(&mut self, id: &str, index: u64) -> u32 {
        let rows = match self.0.get_mut(id) {
            Some(rows) => rows,
            None => self.0.entry(id.to_owned()).or_default(),
        };
        let known = rows.iter().position(|row| *row == index);
        let place = known.unwrap_or_else(|| {
            rows.push(index);
            rows.len() - 1
        });
        place as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_are_told_apart_by_their_order_and_repeats_are_not() {
        let mut rows = Rows::default();
        let found: Vec<u32> = [("x", 0), ("x", 0), ("y", 1), ("x", 2), ("x", 2), ("x", 0)]
            .map(|(id, index)| rows.occurrence(id, index))
            .to_vec();
        assert_eq!(found, [0, 0, 0, 1, 1, 0]);
    }
}
