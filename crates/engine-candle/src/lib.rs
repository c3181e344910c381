//! The embedded engine: our own decoder in pure Rust behind the model trait.
