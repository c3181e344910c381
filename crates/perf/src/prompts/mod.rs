//! Where prompts come from: a corpus that is built in, files, or random tokens. All of it happens before the load.

mod corpus;
mod file;
mod random_tokens;
mod source;
mod tokenizer;

pub use file::Column;
pub use source::{Asked, Dataset, read};
pub use tokenizer::Tokenizer;
