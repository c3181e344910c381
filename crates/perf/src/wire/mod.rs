//! HTTP/1.1 to one server, with the time at which each byte came.
//!
//! Our own thin client on `httparse`, because the numbers need what clients with a pool hide: the kernel's stamp of each
//! read, which read brought which event, how long a connection took, and how exactly it ended.

mod answer;
mod body;
mod connect;
mod events;
mod exchange;
mod fetch;
mod head;
mod http2;
mod lines;
mod names;
mod passes;
mod reader;
mod request;
mod socket;
mod target;

pub use answer::Answer;
pub use connect::{Connecting, Connection, Connector, Http};
pub use events::Events;
pub use exchange::{BUFFER, Terms, exchange};
pub use fetch::{Asking, fetch};
pub use passes::Passes;
#[cfg(test)]
pub use reader::Reader;
pub use request::{Headers, Request};
pub use socket::Arrival;
pub use target::Target;
