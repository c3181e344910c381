//! Model folders as hubs have them: safetensors, `config.json`, a tokenizer. Nothing in them is executed.

#[cfg(test)]
mod from_gguf;
#[cfg(test)]
mod gguf_families;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod made_up;
mod open;
mod shards;
mod weights;

pub(crate) use open::{FolderFiles, load_folder};
