//! Keys and values of a sequence, in blocks that sequences share.

use crate::compute::tile::PANEL;
use crate::config::DecoderConfig;
use std::sync::Arc;

/// Tokens of a block. The width of a panel, so that a block of keys is one.
pub(crate) const BLOCK_TOKENS: usize = PANEL;

/// How keys and values lie in a block: for each layer and head first the keys, as a panel of 32 tokens for each
/// dimension, then the values, as panels of 32 dimensions for each token.
#[derive(Debug, Clone, Copy)]
pub(super) struct KvShape {
    layers: usize,
    heads: usize,
    head_width: usize,
}

impl KvShape {
    pub(super) fn new(config: &DecoderConfig) -> Self {
        KvShape { layers: config.layers.len(), heads: config.kv_heads, head_width: config.head_width }
    }

    fn keys_length(&self) -> usize {
        self.head_width * PANEL
    }

    fn values_length(&self) -> usize {
        self.head_width.next_multiple_of(PANEL) * PANEL
    }

    fn head_length(&self) -> usize {
        self.keys_length() + self.values_length()
    }

    fn block_length(&self) -> usize {
        self.layers * self.heads * self.head_length()
    }

    /// Bytes of a block.
    pub(super) fn block_bytes(&self) -> usize {
        self.block_length() * size_of::<f32>()
    }
}

/// Keys and values of up to 32 tokens, in all layers.
#[derive(Clone)]
pub(crate) struct Block {
    data: Vec<f32>,
}

impl Block {
    /// The panel of keys and the panels of values of one head.
    pub(super) fn head(&self, shape: &KvShape, layer: usize, head: usize) -> (&[f32], &[f32]) {
        let start = (layer * shape.heads + head) * shape.head_length();
        self.data[start..start + shape.head_length()].split_at(shape.keys_length())
    }

    fn write(&mut self, shape: &KvShape, layer: usize, slot: usize, keys: &[f32], values: &[f32]) {
        let heads = keys.chunks_exact(shape.head_width).zip(values.chunks_exact(shape.head_width));
        for (head, (keys, values)) in heads.enumerate() {
            let start = (layer * shape.heads + head) * shape.head_length();
            let (panel, panels) =
                self.data[start..start + shape.head_length()].split_at_mut(shape.keys_length());
            for (tokens, key) in panel.chunks_exact_mut(PANEL).zip(keys) {
                tokens[slot] = *key;
            }
            for (panel, values) in panels.chunks_exact_mut(PANEL * PANEL).zip(values.chunks(PANEL)) {
                panel[slot * PANEL..][..values.len()].copy_from_slice(values);
            }
        }
    }
}

/// The blocks of one sequence. A clone shares them; what is written later is copied first.
#[derive(Clone, Default)]
pub(crate) struct KvTable {
    blocks: Vec<Arc<Block>>,
    tokens: usize,
}

impl KvTable {
    /// A table of blocks that are there already, of which the first `tokens` tokens count.
    pub(crate) fn from_blocks(blocks: Vec<Arc<Block>>, tokens: usize) -> Self {
        debug_assert!(tokens <= blocks.len() * BLOCK_TOKENS);
        KvTable { blocks, tokens }
    }

    /// Tokens whose keys and values are there.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    /// The blocks; the last one may be filled in part.
    pub(crate) fn blocks(&self) -> &[Arc<Block>] {
        &self.blocks
    }

    /// Makes room for `count` more tokens, which then are to be written in every layer.
    pub(super) fn extend(&mut self, shape: &KvShape, count: usize) {
        self.tokens += count;
        while self.blocks.len() * BLOCK_TOKENS < self.tokens {
            self.blocks.push(Arc::new(Block { data: vec![0.0; shape.block_length()] }));
        }
    }

    /// Forgets all but the first `count` tokens. What they leave in the last block is never looked at.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.tokens = self.tokens.min(count);
        self.blocks.truncate(self.tokens.div_ceil(BLOCK_TOKENS));
    }

    pub(super) fn write(
        &mut self,
        shape: &KvShape,
        layer: usize,
        position: usize,
        (keys, values): (&[f32], &[f32]),
    ) {
        let block = Arc::make_mut(&mut self.blocks[position / BLOCK_TOKENS]);
        block.write(shape, layer, position % BLOCK_TOKENS, keys, values);
    }
}

#[cfg(test)]
impl KvTable {
    /// A table of empty blocks.
    pub(crate) fn empty_blocks(tokens: usize) -> Self {
        let block = || Arc::new(Block { data: Vec::new() });
        KvTable { blocks: (0..tokens.div_ceil(BLOCK_TOKENS)).map(|_| block()).collect(), tokens }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_keeps_what_it_had() {
        let shape = KvShape { layers: 1, heads: 1, head_width: 2 };
        let mut table = KvTable::default();
        table.extend(&shape, 1);
        table.write(&shape, 0, 0, (&[1.0, 2.0], &[3.0, 4.0]));
        let mut fork = table.clone();
        fork.extend(&shape, 1);
        fork.write(&shape, 0, 1, (&[5.0, 6.0], &[7.0, 8.0]));
        let (keys, values) = table.blocks()[0].head(&shape, 0, 0);
        assert_eq!((keys[0], keys[1], keys[PANEL], values[PANEL]), (1.0, 0.0, 2.0, 0.0));
        let (keys, values) = fork.blocks()[0].head(&shape, 0, 0);
        assert_eq!((keys[0], keys[1], keys[PANEL + 1], values[PANEL]), (1.0, 5.0, 6.0, 7.0));
    }
}
