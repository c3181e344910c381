//! What the modes that compare mathematics disagree about.

/// How texts are read and values compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) reading: Reading,
    pub(crate) form: Form,
    pub(crate) units: Units,
    pub(crate) imaginary: Imaginary,
    pub(crate) small: Small,
}

/// How plain text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As people mean it.
    Meant,
    /// As Math-Verify 0.9.0 does, with its misreadings.
    MathVerify,
}

/// Whether `x > 3` may be written for `(3, ∞)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Both ways.
    Any,
    /// Only where the target is the relation.
    OfTarget,
}

/// What becomes of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Units {
    /// Two units must be of one kind, and are converted.
    Compared,
    /// They do not count.
    Ignored,
}

/// What `i` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Imaginary {
    /// The root of −1.
    Unit,
    /// A name like any other, so that products with it are not multiplied out.
    Name,
}

/// How decimals are compared that are nothing in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Small {
    /// By millionths of the larger one.
    BySize,
    /// As nothing, so that all of them are the same.
    AsNothing,
}

impl Rules {
    /// Mathematics.
    pub(crate) const DEFAULT: Rules = Rules {
        reading: Reading::Meant,
        form: Form::Any,
        units: Units::Compared,
        imaginary: Imaginary::Unit,
        small: Small::BySize,
    };

    /// What EvalScope 1.14.1 accepts, where it understands a text; where it misreads one, what is meant.
    pub(crate) const EVALSCOPE: Rules = Rules {
        reading: Reading::Meant,
        form: Form::OfTarget,
        units: Units::Ignored,
        imaginary: Imaginary::Name,
        small: Small::AsNothing,
    };

    /// What Math-Verify 0.9.0 accepts.
    pub(crate) const MATH_VERIFY: Rules = Rules {
        reading: Reading::MathVerify,
        form: Form::OfTarget,
        units: Units::Ignored,
        imaginary: Imaginary::Name,
        small: Small::AsNothing,
    };
}
