//! The few kinds of error, and what each means to a caller.

/// Which kind of thing went wrong. One `match` in the command line turns it into an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request makes no sense: wrong flag, unknown name, invalid benchmark file. Exit code 2.
    User,
    /// Data is missing or malformed. Exit code 3.
    Data,
    /// A model endpoint or engine does not do what is needed. Exit code 4.
    Endpoint,
    /// The machine: disk, permissions, network. Exit code 5.
    Environment,
    /// Stopped by the user. Exit code 130.
    Interrupted,
    /// A bug of ours. Exit code 70.
    Internal,
}

impl Kind {
    /// The process exit code for this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::User => 2,
            Kind::Data => 3,
            Kind::Endpoint => 4,
            Kind::Environment => 5,
            Kind::Internal => 70,
            Kind::Interrupted => 130,
        }
    }
}

/// An error that knows its kind and what to do about it. Every crate's `Error` is one.
pub trait Diagnose: std::error::Error {
    /// Which kind.
    fn kind(&self) -> Kind;

    /// What the user can do, in one sentence, when we know.
    fn hint(&self) -> Option<String> {
        None
    }
}
