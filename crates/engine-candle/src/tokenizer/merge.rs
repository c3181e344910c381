//! Joins neighbouring symbols, the best pair first, until no pair can be joined.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

const NONE: usize = usize::MAX;

struct Node<S> {
    symbol: S,
    before: usize,
    after: usize,
}

struct Joiner<S, P: Ord, F> {
    nodes: Vec<Node<S>>,
    /// Priority, left node, and what both symbols were when the pair was found.
    heap: BinaryHeap<Reverse<(P, usize, S, S)>>,
    join: F,
}

/// Joins symbols. `join` gives the priority of a pair (the smallest comes first, the leftmost among equals) and
/// what it becomes. Symbols must differ from what they become.
pub(super) fn merge<S, P, F>(symbols: impl Iterator<Item = S>, join: F) -> Vec<S>
where
    S: Copy + Ord,
    P: Ord,
    F: Fn(S, S) -> Option<(P, S)>,
{
    let mut nodes: Vec<Node<S>> = symbols
        .enumerate()
        .map(|(index, symbol)| Node { symbol, before: index.wrapping_sub(1), after: index + 1 })
        .collect();
    if let Some(last) = nodes.last_mut() {
        last.after = NONE;
    }
    let mut joiner = Joiner { nodes, heap: BinaryHeap::new(), join };
    for left in 0..joiner.nodes.len() {
        joiner.offer(left);
    }
    joiner.run();
    joiner.collect()
}

impl<S: Copy + Ord, P: Ord, F: Fn(S, S) -> Option<(P, S)>> Joiner<S, P, F> {
    fn offer(&mut self, left: usize) {
        let Some(node) = self.nodes.get(left) else { return };
        let Some(right) = self.nodes.get(node.after) else { return };
        if let Some((priority, _)) = (self.join)(node.symbol, right.symbol) {
            self.heap.push(Reverse((priority, left, node.symbol, right.symbol)));
        }
    }

    fn run(&mut self) {
        while let Some(Reverse((_, left, left_symbol, right_symbol))) = self.heap.pop() {
            let right = self.nodes[left].after;
            let is_current = self.nodes[left].symbol == left_symbol
                && self.nodes.get(right).is_some_and(|node| node.symbol == right_symbol);
            if !is_current {
                continue;
            }
            let Some((_, joined)) = (self.join)(left_symbol, right_symbol) else { continue };
            let after = self.nodes[right].after;
            self.nodes[left].symbol = joined;
            self.nodes[left].after = after;
            // A dead node has no neighbour, so that no stale pair matches it.
            self.nodes[right].after = NONE;
            if let Some(node) = self.nodes.get_mut(after) {
                node.before = left;
            }
            self.offer(self.nodes[left].before);
            self.offer(left);
        }
    }

    fn collect(self) -> Vec<S> {
        let mut symbols = Vec::new();
        let mut index = 0;
        while let Some(node) = self.nodes.get(index) {
            symbols.push(node.symbol);
            index = node.after;
        }
        symbols
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_pair_comes_first_and_the_leftmost_among_equals() {
        // Symbols are numbers; equal neighbours become their sum, small ones first.
        let join = |a: u32, b: u32| (a == b).then_some((a, a + b));
        assert_eq!(merge([1, 1, 1, 2].into_iter(), join), [2, 1, 2]);
        assert_eq!(merge([1, 1, 1, 1, 4].into_iter(), join), [8]);
        assert_eq!(merge(std::iter::empty(), join), Vec::<u32>::new());
        assert_eq!(merge(std::iter::once(7), join), [7]);
    }
}
