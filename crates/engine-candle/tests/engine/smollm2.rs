//! The real model, where the environment says where it is.

use std::path::PathBuf;

/// The model file; tests end early without one.
pub fn path() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests find the model file through the environment")]
    let path = std::env::var_os("EVALSCOPE_TEST_MODEL");
    path.map(PathBuf::from)
}
