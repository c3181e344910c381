//! Why bytes are no response.

use serde_json::Value;

/// Why bytes are no response.
#[derive(Debug)]
pub enum Unusable {
    /// What is wrong with them.
    Malformed(String),
    /// They hold an error of the server.
    Reported(Value),
}
