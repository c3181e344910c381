//! Reads GGUF files: metadata and tensors. The file is not trusted.
//!
//! Every length is compared with what is left of the file before anything is allocated for it, so a hostile file
//! cannot ask for more memory than a few times its own size.

mod cursor;
mod header;
mod tensor;
mod value;

/// What a file is told that is a pointer of Git LFS, which stands in a clone without git-lfs in place of each large file.
pub(crate) const LFS_POINTER: &str =
    "it is a pointer of Git LFS, not the file itself; run `git lfs pull` where it was cloned";
/// How such a pointer begins.
pub(crate) const LFS_START: &[u8] = b"version ";

pub(crate) use cursor::{Fault, nonsense};
pub(crate) use header::{Header, HeaderFault, read_header};
pub(crate) use tensor::{TensorInfo, read_tensor};
pub(crate) use value::Metadata;
