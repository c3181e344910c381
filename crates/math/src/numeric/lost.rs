//! Why a formula has no value.

/// A value, or why there is none.
pub(crate) type Valued<T> = Result<T, Lost>;

/// Why a formula has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    /// It has none: a name of which nothing is known, a division by zero, a function outside of where it is defined.
    NoValue,
    /// It is larger than the numbers that are computed with, and positive.
    Huge,
    /// It is nearer to zero than the numbers that are computed with.
    Tiny,
    /// It is beyond what is computed: too large and negative or not real, too large an angle, or too much work.
    Unknown,
}

impl Lost {
    /// Of a value that another one is made of, where nothing follows from its size.
    pub(crate) fn on_the_way(self) -> Lost {
        if self == Lost::NoValue { self } else { Lost::Unknown }
    }
}
