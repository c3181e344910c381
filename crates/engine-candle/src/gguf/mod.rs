//! Reads GGUF files: metadata and tensors. The file is not trusted.
//!
//! Every length is compared with what is left of the file before anything is allocated for it, so a hostile file
//! cannot ask for more memory than a few times its own size.

mod cursor;
mod header;
mod tensor;
mod value;

pub(crate) use cursor::{Fault, nonsense};
pub(crate) use header::{Header, HeaderFault, read_header};
pub(crate) use tensor::{TensorInfo, read_tensor};
pub(crate) use value::Metadata;
