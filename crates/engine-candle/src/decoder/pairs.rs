//! Brings the dimensions that are turned together side by side.

use crate::config::{DecoderConfig, Pairs};

/// The rows of heads, `columns` numbers each, with the two dimensions of each pair as neighbours.
pub(super) fn neighbours(config: &DecoderConfig, rows: Vec<f32>, columns: usize) -> Vec<f32> {
    if config.pairs == Pairs::Neighbours {
        return rows;
    }
    let half = config.rotated() / 2;
    let mut out = Vec::with_capacity(rows.len());
    for head in rows.chunks(config.head_width * columns) {
        let row = |index: usize| &head[index * columns..(index + 1) * columns];
        for pair in 0..half {
            out.extend_from_slice(row(pair));
            out.extend_from_slice(row(pair + half));
        }
        out.extend_from_slice(&head[2 * half * columns..]);
    }
    out
}
