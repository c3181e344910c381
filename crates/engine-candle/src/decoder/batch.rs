//! What one pass computes, and where it lies in the batch.

use super::kv::KvTable;

/// New tokens of one sequence.
pub(crate) struct Segment<'a> {
    /// Keys and values of the tokens before; those of the new ones are added.
    pub(crate) kv: &'a mut KvTable,
    /// The new tokens, at least one. Each is below the size of the vocabulary.
    pub(crate) tokens: &'a [u32],
    /// Index of the first new token after which logits are wanted; all later ones are wanted too.
    pub(crate) logits_from: usize,
}

/// Where the rows of a segment lie in the batch.
pub(super) struct Place {
    pub(super) first_row: usize,
    pub(super) position: usize,
    pub(super) count: usize,
}
