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
mod invariance;
#[cfg(test)]
mod made_up;
mod open;
mod shards;
mod weights;
mod wished_sampling;

#[cfg(test)]
pub(crate) use made_up::{Format, Tensor, numbers, write_tensors};
pub(crate) use open::{ADAPTER, FolderFiles, load_folder};
pub(crate) use shards::Shards;
