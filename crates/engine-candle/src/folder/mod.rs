//! Model folders as hubs have them: safetensors, `config.json`, a tokenizer. Nothing in them is executed.

#[cfg(test)]
mod from_gguf;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;
pub(crate) mod layouts;
#[cfg(test)]
mod made_up;
mod open;
mod shards;
mod weights;

pub(crate) use layouts::Layout;
pub(crate) use open::{FolderFiles, load_folder};

/// What of a tensor a weight is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// All of it.
    Whole,
    /// All of it, each row divided by its length.
    UnitRows,
    /// The first rows, of queries.
    Query,
    /// The rows after those, of keys.
    Key,
    /// The last rows, of values.
    Value,
    /// For each key head the rows of its queries.
    GroupedQuery,
    /// For each key head the rows of its key.
    GroupedKey,
    /// For each key head the rows of its value.
    GroupedValue,
    /// The first half of the rows.
    FirstHalf,
    /// The second half of the rows.
    SecondHalf,
}
