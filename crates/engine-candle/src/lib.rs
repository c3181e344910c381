//! The embedded engine: our own decoder in pure Rust behind the model trait.
//!
//! It reads a GGUF file or a folder of safetensors of one of many families, makes the weights 32-bit floats (or keeps them
//! in fewer bits, and says what that changes), takes tokenizer and chat template from there, and computes on the CPU.
//!
//! **What is guaranteed.** A log-probability, a greedy reply and a seeded reply are functions of the file, the
//! request and the options in [`Model::identity`]: the same bits alone and in a batch, cold and with a cached
//! prefix, on any number of threads, with any instruction set and on any machine with IEEE 754 arithmetic.
//! The private module `compute` says how. On x86-64 processors without FMA (before 2013) the same bits take very
//! long, because fused multiply-adds are done in software there.
//!
//! An encoder of the BERT family gives vectors of texts instead, by the same rules.
//!
//! **What else computes.** Scheduling, sampling, templates and scoring work over any [`Backend`]; [`host`] makes a
//! model of one.
//!
//! **What is not there.** Other architectures and formats, GPUs, images.

mod asked;
mod compute;
mod config;
mod decoder;
mod digest;
mod encoder;
mod error;
mod failures;
mod folder;
mod gguf;
mod host;
mod inspect;
mod limits;
mod loaded;
mod memory;
mod model;
mod named_tokens;
mod open;
mod options;
mod own_backend;
mod prefix_cache;
mod sampling;
mod schedule;
mod source;
mod template;
mod text_scores;
mod tokenizer;
mod waiting;
mod wishes;

pub use compute::MachineLimits;
pub use decoder::Logits;
pub use digest::sha256;
pub use error::Error;
pub use host::{Hosted, Template, host};
pub use inspect::{Inspection, Shape, inspect};
pub use open::{gguf_file, machine_limits, open};
pub use options::{Date, EngineOptions, GivenTemplate, Precision};
pub use schedule::{Backend, Computed, KeysValues, Outage, Part};
pub use template::render_chat;
pub use tokenizer::{OutsideVocabulary, TokenKind, Tokenizer};

#[cfg(doc)]
use evalscope_model_api::Model;
