//! Keys and values of prefixes that were computed, by their tokens.
//!
//! What is found here is the same bits as what would be computed, so using it never changes a result.

use crate::decoder::{BLOCK_TOKENS, Block, KvTable};
use std::sync::Arc;

/// A tree of blocks. The tokens on the path to a block are the prefix that it belongs to.
pub(crate) struct PrefixCache {
    nodes: Vec<Option<Node>>,
    free: Vec<usize>,
    roots: Vec<usize>,
    /// Blocks at most.
    capacity: usize,
    clock: u64,
}

struct Node {
    /// Tokens of the block; fewer than a block's worth only in leaves.
    tokens: Vec<u32>,
    block: Arc<Block>,
    parent: Option<usize>,
    children: Vec<usize>,
    used: u64,
}

impl PrefixCache {
    /// A cache that keeps at most so many blocks; the ones used longest ago go first.
    pub(crate) fn new(capacity: usize) -> Self {
        PrefixCache { nodes: Vec::new(), free: Vec::new(), roots: Vec::new(), capacity, clock: 0 }
    }

    /// The longest known prefix of `tokens`, at most `limit` tokens of it.
    pub(crate) fn find(&mut self, tokens: &[u32], limit: usize) -> KvTable {
        self.clock += 1;
        let tokens = &tokens[..limit.min(tokens.len())];
        let mut blocks = Vec::new();
        let mut found = 0;
        let mut parent = None;
        while found < tokens.len() {
            let Some((child, common)) = self.closest_child(parent, &tokens[found..]) else { break };
            let clock = self.clock;
            let Some(node) = self.node_mut(child) else { break };
            node.used = clock;
            blocks.push(node.block.clone());
            found += common;
            if common < BLOCK_TOKENS {
                break;
            }
            parent = Some(child);
        }
        KvTable::from_blocks(blocks, found)
    }

    /// How many of `tokens` are known, at most `limit`; it does not count as use.
    pub(crate) fn peek(&self, tokens: &[u32], limit: usize) -> usize {
        let tokens = &tokens[..limit.min(tokens.len())];
        let (mut found, mut parent) = (0, None);
        while let Some((child, common)) = self.closest_child(parent, &tokens[found..]) {
            found += common;
            if common < BLOCK_TOKENS {
                break;
            }
            parent = Some(child);
        }
        found
    }

    /// Remembers the blocks of a sequence whose computed tokens are `tokens`.
    pub(crate) fn insert(&mut self, tokens: &[u32], kv: &KvTable) {
        self.clock += 1;
        let mut parent = None;
        for (chunk, block) in tokens[..kv.tokens().min(tokens.len())].chunks(BLOCK_TOKENS).zip(kv.blocks()) {
            match self.closest_child(parent, chunk) {
                Some((child, common)) if common == chunk.len() => self.touch(child),
                Some((child, common)) if self.is_extended_by(child, common) => {
                    self.replace(child, chunk, block)
                }
                _ => self.add(parent, chunk, block),
            }
            parent = self.closest_child(parent, chunk).map(|(child, _)| child);
        }
        while self.nodes.len() - self.free.len() > self.capacity {
            if !self.evict() {
                return;
            }
        }
    }

    fn children(&self, parent: Option<usize>) -> &[usize] {
        match parent.and_then(|index| self.node(index)) {
            Some(node) => &node.children,
            None => &self.roots,
        }
    }

    /// The child with the longest common beginning, if there is any.
    fn closest_child(&self, parent: Option<usize>, tokens: &[u32]) -> Option<(usize, usize)> {
        let common = |index: &usize| {
            let node = self.node(*index)?;
            Some(node.tokens.iter().zip(tokens).take_while(|(a, b)| a == b).count())
        };
        let candidates = self.children(parent).iter().filter_map(|index| Some((*index, common(index)?)));
        candidates.filter(|(_, common)| *common > 0).max_by_key(|(index, common)| (*common, *index))
    }

    /// Whether a node's tokens end where the common beginning ends.
    fn is_extended_by(&self, index: usize, common: usize) -> bool {
        self.node(index).is_some_and(|node| node.tokens.len() == common)
    }

    fn replace(&mut self, index: usize, tokens: &[u32], block: &Arc<Block>) {
        let clock = self.clock;
        if let Some(node) = self.node_mut(index) {
            node.tokens = tokens.to_vec();
            node.block = block.clone();
            node.used = clock;
        }
    }

    fn touch(&mut self, index: usize) {
        let clock = self.clock;
        if let Some(node) = self.node_mut(index) {
            node.used = clock;
        }
    }

    fn add(&mut self, parent: Option<usize>, tokens: &[u32], block: &Arc<Block>) {
        let node = Node {
            tokens: tokens.to_vec(),
            block: block.clone(),
            parent,
            children: Vec::new(),
            used: self.clock,
        };
        let index = self.free.pop().unwrap_or_else(|| {
            self.nodes.push(None);
            self.nodes.len() - 1
        });
        self.nodes[index] = Some(node);
        match parent.and_then(|parent| self.node_mut(parent)) {
            Some(parent) => parent.children.push(index),
            None => self.roots.push(index),
        }
    }

    /// Drops the leaf that was used longest ago; `false` when there is none that this insertion did not touch.
    fn evict(&mut self) -> bool {
        let leaves = self.nodes.iter().enumerate().filter_map(|(index, node)| Some((index, node.as_ref()?)));
        let oldest = leaves.filter(|(_, node)| node.children.is_empty()).min_by_key(|(_, node)| node.used);
        let Some(index) = oldest.map(|(index, _)| index) else { return false };
        let Some(node) = self.nodes[index].take() else { return false };
        self.free.push(index);
        match node.parent.and_then(|parent| self.node_mut(parent)) {
            Some(parent) => parent.children.retain(|child| *child != index),
            None => self.roots.retain(|child| *child != index),
        }
        true
    }

    fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)?.as_ref()
    }

    fn node_mut(&mut self, index: usize) -> Option<&mut Node> {
        self.nodes.get_mut(index)?.as_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(start: u32, count: u32) -> Vec<u32> {
        (start..start + count).collect()
    }

    fn known(cache: &mut PrefixCache, tokens: &[u32]) -> usize {
        cache.find(tokens, usize::MAX).tokens()
    }

    #[test]
    fn the_longest_common_beginning_is_found_to_the_token() {
        let mut cache = PrefixCache::new(100);
        let first = tokens(0, 100);
        cache.insert(&first, &KvTable::empty_blocks(100));
        assert_eq!(known(&mut cache, &first), 100);
        assert_eq!(cache.find(&first, 99).tokens(), 99);
        let other = [tokens(0, 70), tokens(500, 30)].concat();
        assert_eq!(known(&mut cache, &other), 70);
        cache.insert(&other, &KvTable::empty_blocks(100));
        assert_eq!(known(&mut cache, &other), 100);
        assert_eq!(known(&mut cache, &first), 100);
        assert_eq!(known(&mut cache, &tokens(7, 50)), 0);
    }

    #[test]
    fn a_longer_sequence_replaces_the_unfilled_end_of_a_shorter_one() {
        let mut cache = PrefixCache::new(100);
        cache.insert(&tokens(0, 40), &KvTable::empty_blocks(40));
        cache.insert(&tokens(0, 90), &KvTable::empty_blocks(90));
        assert_eq!(known(&mut cache, &tokens(0, 90)), 90);
        assert_eq!(cache.nodes.len() - cache.free.len(), 3);
        cache.insert(&tokens(0, 50), &KvTable::empty_blocks(50));
        assert_eq!(cache.nodes.len() - cache.free.len(), 3);
    }

    #[test]
    fn what_was_used_longest_ago_goes_first_and_leaves_before_stems() {
        let mut cache = PrefixCache::new(4);
        cache.insert(&tokens(0, 64), &KvTable::empty_blocks(64));
        cache.insert(&tokens(1000, 64), &KvTable::empty_blocks(64));
        assert_eq!(known(&mut cache, &tokens(0, 64)), 64);
        // A look is no use.
        assert_eq!(cache.peek(&tokens(1000, 64), 50), 50);
        cache.insert(&tokens(2000, 32), &KvTable::empty_blocks(32));
        assert_eq!(known(&mut cache, &tokens(0, 64)), 64);
        assert_eq!(known(&mut cache, &tokens(1000, 64)), 32);
        assert_eq!(known(&mut cache, &tokens(2000, 32)), 32);
        let mut none = PrefixCache::new(0);
        none.insert(&tokens(0, 64), &KvTable::empty_blocks(64));
        assert_eq!(known(&mut none, &tokens(0, 64)), 0);
    }
}
