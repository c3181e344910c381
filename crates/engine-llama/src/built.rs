//! What is in this build, and how its workers are called.

/// Whether this build has llama.cpp.
pub const BUILT: bool = cfg!(feature = "llama");

/// Whether it computes with graphics cards.
pub(crate) const USES_CARDS: bool =
    cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan", feature = "rocm"));

/// The first word behind the program's name with which a binary is asked to be a worker.
pub const WORKER_WORD: &str = "__llama-worker";
