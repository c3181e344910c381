//! Python's slices.

/// From where to where, and how far at a time.
pub(super) struct Part {
    pub(super) start: Option<i128>,
    pub(super) end: Option<i128>,
    /// It is not zero.
    pub(super) step: i128,
}

impl Part {
    /// First place and the one that is no longer in it.
    pub(super) fn edges(&self, length: usize) -> (i128, i128) {
        let length = i128::try_from(length).unwrap_or(i128::MAX);
        let (lowest, highest) = if self.step > 0 { (0, length) } else { (-1, length - 1) };
        let edge = |edge: Option<i128>, usual| {
            let from_end = |edge: i128| if edge < 0 { edge.saturating_add(length) } else { edge };
            edge.map_or(usual, |edge| from_end(edge).clamp(lowest, highest))
        };
        match self.step > 0 {
            true => (edge(self.start, lowest), edge(self.end, highest)),
            false => (edge(self.start, highest), edge(self.end, lowest)),
        }
    }

    /// The places of a list of such a length.
    pub(super) fn of(&self, length: usize) -> impl Iterator<Item = usize> + use<> {
        let (start, end) = self.edges(length);
        let step = self.step;
        let is_within = move |at: &i128| if step > 0 { *at < end } else { *at > end };
        let places = std::iter::successors(Some(start), move |at| at.checked_add(step));
        places.take_while(is_within).filter_map(|at| usize::try_from(at).ok())
    }
}
