//! The edit distance within a beam around the diagonal, row by row, so that answers with an equal beginning share rows.

/// Cells on either side of the diagonal, as in Tercom.
const BEAM: usize = 25;
/// The distance of a cell outside of the beam.
const FAR: usize = usize::MAX / 2;

/// How a cell was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Both words are equal.
    Keep,
    /// The answer's word becomes the target's.
    Replace,
    /// A word of the target is put in.
    Insert,
    /// A word of the answer is taken out.
    Delete,
}

/// The cells of a row that lie within the beam.
#[derive(Debug, Clone)]
pub struct Row {
    from: usize,
    cells: Vec<(usize, Edit)>,
}

impl Row {
    fn cell(&self, column: usize) -> (usize, Edit) {
        let place = column.checked_sub(self.from);
        place.and_then(|place| self.cells.get(place)).copied().unwrap_or((FAR, Edit::Delete))
    }
}

/// The matrix of one target, for answers of one length.
pub struct Distance<'a> {
    target: &'a [usize],
    length: usize,
    ratio: f64,
    beam: usize,
}

impl<'a> Distance<'a> {
    pub fn new(target: &'a [usize], length: usize) -> Distance<'a> {
        let ratio = if length == 0 { 1.0 } else { target.len() as f64 / length as f64 };
        // Where lengths differ so much that neighbouring rows would not overlap, the beam is wider.
        let is_steep = (BEAM as f64) < ratio / 2.0;
        let beam = if is_steep { (ratio / 2.0 + BEAM as f64).ceil() as usize } else { BEAM };
        Distance { target, length, ratio, beam }
    }

    /// All rows of an answer: the one before its first word, and one for each word.
    pub fn rows(&self, answer: &[usize]) -> Vec<Row> {
        let cells = (0..=self.target.len()).map(|cost| (cost, Edit::Insert)).collect();
        let mut rows = vec![Row { from: 0, cells }];
        for place in 1..=self.length {
            rows.push(self.row(answer, place, &rows[place - 1]));
        }
        rows
    }

    /// The distance of an answer whose first rows are these.
    pub fn after(&self, rows: &[Row], answer: &[usize]) -> usize {
        let mut last: Option<Row> = None;
        for place in rows.len()..=self.length {
            let above = last.as_ref().unwrap_or(&rows[rows.len() - 1]);
            last = Some(self.row(answer, place, above));
        }
        last.as_ref().or(rows.last()).map_or(0, |row| row.cell(self.target.len()).0)
    }

    fn row(&self, answer: &[usize], place: usize, above: &Row) -> Row {
        let diagonal = (place as f64 * self.ratio).floor() as usize;
        let all = self.target.len() + 1;
        let to = if place == self.length { all } else { all.min(diagonal + self.beam) };
        let from = diagonal.saturating_sub(self.beam).min(to);
        let mut row = Row { from, cells: Vec::with_capacity(to - from) };
        for column in from..to {
            let deleted = (above.cell(column).0 + 1, Edit::Delete);
            let Some(left) = column.checked_sub(1) else {
                row.cells.push(deleted);
                continue;
            };
            let is_equal = answer[place - 1] == self.target[left];
            let (cost, edit) = if is_equal { (0, Edit::Keep) } else { (1, Edit::Replace) };
            let inserted = (row.cell(left).0 + 1, Edit::Insert);
            // Of equally dear ways the first is taken, as there.
            let mut best = (FAR, Edit::Delete);
            for way in [(above.cell(left).0 + cost, edit), deleted, inserted] {
                if best.0 > way.0 {
                    best = way;
                }
            }
            row.cells.push(best);
        }
        row
    }

    /// How the answer with these rows becomes the target, from the first word on.
    pub fn edits(&self, rows: &[Row]) -> Vec<Edit> {
        let (mut place, mut column) = (self.length, self.target.len());
        let mut edits = Vec::new();
        while place > 0 || column > 0 {
            // At the edges there is only one way, whatever a cell beyond the beam says.
            let edit = match (place, column) {
                (0, _) => Edit::Insert,
                (_, 0) => Edit::Delete,
                _ => rows[place].cell(column).1,
            };
            edits.push(edit);
            place -= usize::from(edit != Edit::Insert);
            column -= usize::from(edit != Edit::Delete);
        }
        edits.reverse();
        edits
    }
}
