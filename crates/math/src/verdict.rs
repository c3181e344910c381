//! What a comparison says.

use std::fmt;

/// What a comparison says.
///
/// ```
/// use evalscope_math::{Reason, Side, Verdict, compare};
///
/// assert_eq!(compare("2", r"\sqrt{4}"), Verdict::Equal);
/// assert_eq!(compare("2", ""), Verdict::Unparsed(Reason::Empty(Side::Answer)));
/// assert_eq!(compare("2", "").to_string(), "unparsed: the answer is empty");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Both are the same value.
    Equal,
    /// They are not.
    Different,
    /// At least one could not be understood, and the texts differ.
    Unparsed(Reason),
}

impl Verdict {
    /// Returns whether both are the same value; what could not be understood is not.
    pub fn is_equal(self) -> bool {
        self == Verdict::Equal
    }

    /// The same of the pair turned round.
    pub(crate) fn turned(self) -> Verdict {
        let other = |side| if side == Side::Target { Side::Answer } else { Side::Target };
        match self {
            Verdict::Unparsed(Reason::Empty(side)) => Verdict::Unparsed(Reason::Empty(other(side))),
            Verdict::Unparsed(Reason::TooLong(side)) => Verdict::Unparsed(Reason::TooLong(other(side))),
            Verdict::Unparsed(Reason::Unreadable(side)) => Verdict::Unparsed(Reason::Unreadable(other(side))),
            same => same,
        }
    }

    /// Returns `equal`, `different` or `unparsed`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Equal => "equal",
            Verdict::Different => "different",
            Verdict::Unparsed(_) => "unparsed",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Verdict::Equal | Verdict::Different => out.write_str(self.name()),
            Verdict::Unparsed(reason) => write!(out, "{}: {reason}", self.name()),
        }
    }
}

/// Which of the two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The first: what the answer should be.
    Target,
    /// The second: the answer.
    Answer,
}

impl fmt::Display for Side {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(match self {
            Side::Target => "the target",
            Side::Answer => "the answer",
        })
    }
}

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing is left when dress and white space are gone.
    Empty(Side),
    /// The text is longer than any answer.
    TooLong(Side),
    /// The text is no number, formula, set or the like that is known.
    Unreadable(Side),
    /// The comparison was given up: it asked for more work than any answer needs.
    TooComplex,
    /// The comparison came to no end: a value is too large, too small or too little known to be computed, or there are too
    /// many parts.
    OutOfReach,
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Reason::Empty(side) => write!(out, "{side} is empty"),
            Reason::TooLong(side) => write!(out, "{side} is too long to be an answer"),
            Reason::Unreadable(side) => write!(out, "{side} is not mathematics that can be read"),
            Reason::TooComplex => out.write_str("the comparison would take too much work"),
            Reason::OutOfReach => out.write_str("a value or a number of parts is beyond what is computed"),
        }
    }
}
