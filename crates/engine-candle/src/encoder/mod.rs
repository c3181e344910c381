//! The encoder: texts in, one vector for each out. Models of the BERT family, in folders as sentence-transformers has them.

mod forward;
#[cfg(test)]
mod golden;
mod load;
mod model;
mod open;
mod pooling;
mod settings;

pub(crate) use open::{open, tokenizer};
