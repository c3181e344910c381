//! Where prompts come from: a corpus that is built in, files, random tokens, traces. All of it happens before the load.

mod corpus;
mod dress;
mod file;
mod images;
mod prefix;
mod random_tokens;
mod source;
mod tokenizer;
mod trace;
mod words;

pub use file::Column;
pub use images::{ImageSource, Images, Pixel};
pub use prefix::Prefix;
pub use source::{Asked, Dataset, Material, read};
pub use tokenizer::Tokenizer;
