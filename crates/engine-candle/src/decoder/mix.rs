//! Shares the attention of all rows of a pass out to the threads, and puts the results together.

use super::attention::{Task, attend, tokens_per_task};
use super::batch::{Place, Segment};
use super::kv::KvShape;
use crate::compute::InstructionSet;
use crate::config::DecoderConfig;
use rayon::prelude::*;

/// What attention needs to know of the model.
pub(super) struct Heads<'a> {
    pub(super) set: InstructionSet,
    pub(super) shape: &'a KvShape,
    pub(super) config: &'a DecoderConfig,
}

impl Heads<'_> {
    /// Query heads for one key head.
    fn group(&self) -> usize {
        self.config.heads / self.config.kv_heads
    }

    fn group_width(&self) -> usize {
        self.group() * self.config.head_width
    }

    fn row_width(&self) -> usize {
        self.config.query_width() + 2 * self.config.kv_width()
    }
}

/// Neighbouring tokens of a segment and one key head.
struct Piece<'a> {
    segment: &'a Segment<'a>,
    /// Row of the first token in the batch.
    first_row: usize,
    /// Position of the first token in its sequence.
    position: usize,
    count: usize,
    kv_head: usize,
}

/// Mixes the values of one layer for all rows. A row holds queries, keys and values; what comes out is as wide as
/// the queries.
pub(super) fn mix(
    heads: &Heads<'_>,
    layer: usize,
    (segments, places): (&[Segment<'_>], &[Place]),
    rows: &[f32],
) -> Vec<f32> {
    let pieces = pieces(heads, segments, places);
    let mixed: Vec<Vec<f32>> = pieces.par_iter().map(|piece| mix_piece(heads, layer, piece, rows)).collect();
    let (width, group_width) = (heads.config.query_width(), heads.group_width());
    let total: usize = places.iter().map(|place| place.count).sum();
    let mut out = vec![0f32; total * width];
    for (piece, values) in pieces.iter().zip(&mixed) {
        for (index, values) in values.chunks_exact(group_width).enumerate() {
            let start = (piece.first_row + index) * width + piece.kv_head * group_width;
            out[start..start + group_width].copy_from_slice(values);
        }
    }
    out
}

fn pieces<'a>(heads: &Heads<'_>, segments: &'a [Segment<'a>], places: &[Place]) -> Vec<Piece<'a>> {
    let most = tokens_per_task(heads.set, heads.group());
    let mut pieces = Vec::new();
    for (segment, place) in segments.iter().zip(places) {
        for offset in (0..place.count).step_by(most) {
            pieces.extend((0..heads.config.kv_heads).map(|kv_head| Piece {
                segment,
                first_row: place.first_row + offset,
                position: place.position + offset,
                count: most.min(place.count - offset),
                kv_head,
            }));
        }
    }
    pieces
}

fn mix_piece(heads: &Heads<'_>, layer: usize, piece: &Piece<'_>, rows: &[f32]) -> Vec<f32> {
    let group_width = heads.group_width();
    let mut queries = Vec::with_capacity(piece.count * group_width);
    for row in piece.first_row..piece.first_row + piece.count {
        let start = row * heads.row_width() + piece.kv_head * group_width;
        queries.extend_from_slice(&rows[start..start + group_width]);
    }
    let task = Task {
        shape: heads.shape,
        blocks: piece.segment.kv.blocks(),
        layer,
        kv_head: piece.kv_head,
        position: piece.position,
        group: heads.group(),
        queries: &queries,
        head_width: heads.config.head_width,
        tile_rows: heads.set.tile_rows(),
        window: heads.config.layers[layer].window,
        cap: heads.config.score_cap,
    };
    let mut out = vec![0f32; queries.len()];
    attend(heads.set, &task, &mut out);
    out
}
