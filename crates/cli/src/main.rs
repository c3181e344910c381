//! The evalscope command.

fn main() {}
