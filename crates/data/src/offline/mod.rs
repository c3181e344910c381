//! What a machine without a network needs: what was pulled and from where, whether it is whole, and bundles that carry
//! it from one machine to another.

mod bundle;
mod check;
mod manifest;
mod pulls;
mod unbundle;

pub use bundle::bundle;
pub use check::{damage, discard};
pub use manifest::{CacheFile, Manifest, Pull, PullKind};
pub use pulls::Pulls;
pub use unbundle::{Existing, Unbundled, unbundle};
