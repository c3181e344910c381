//! How our own binary is asked to be something else.

/// The first word behind the program's name with which a binary is asked to be the keeper of a server.
pub const KEEPER_WORD: &str = "__server-keeper";
