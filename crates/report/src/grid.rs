//! Columns of text for a terminal.

use crate::columns::{columns, cut, wrap};

/// Space between columns.
const GAP: usize = 2;

/// One column: heading and a cell for each row.
pub struct Column {
    pub heading: &'static str,
    pub is_number: bool,
    pub cells: Vec<String>,
}

impl Column {
    /// Columns of a terminal that it needs.
    pub fn width(&self) -> usize {
        self.cells.iter().map(|cell| columns(cell)).chain([columns(self.heading)]).max().unwrap_or(0)
    }

    fn pad(&self, text: &str, width: usize) -> String {
        let space = " ".repeat(width.saturating_sub(columns(text)));
        if self.is_number { format!("{space}{text}") } else { format!("{text}{space}") }
    }
}

/// Width of a table whose first column has `first_width`.
pub fn total(columns: &[Column], first_width: usize) -> usize {
    first_width + columns[1..].iter().map(|column| GAP + column.width()).sum::<usize>()
}

/// Writes the columns, the first one cut so that all fit into `width`. `alone` is the text of a row that has no cells,
/// which goes on in further lines instead: half a sentence would mislead.
pub fn lay_out(shown: &[Column], width: usize, alone: impl Fn(usize) -> Option<String>) -> String {
    let others = total(shown, 0);
    let first_width = shown[0].width().min(width.saturating_sub(others)).max(1);
    let widths: Vec<usize> = shown
        .iter()
        .enumerate()
        .map(|(place, column)| if place == 0 { first_width } else { column.width() })
        .collect();
    let line = |text: &dyn Fn(&Column) -> String| {
        let cells = shown.iter().zip(&widths).map(|(column, width)| {
            let text = text(column);
            column.pad(&cut(&text, *width), *width)
        });
        format!("{}\n", cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end())
    };
    let mut out = line(&|column| column.heading.to_owned());
    for place in 0..shown[0].cells.len() {
        out.push_str(&match alone(place) {
            Some(text) => format!("{}\n", wrap(&text, width)),
            None => line(&|column| column.cells[place].clone()),
        });
    }
    out
}
