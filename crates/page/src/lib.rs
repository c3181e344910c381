//! The built pages of the web UI, and one file with these pages and their data inside.
//!
//! The server sends the pages; reports are the same pages with the replies inside that the server would give, so that there is one set
//! of charts. Nothing here reads a run: it is given JSON.

mod assets;
mod document;
mod file;
mod raw;
mod room;
mod row;

pub use assets::{Asset, asset};
pub use file::{PageFile, load_test_reply};
pub use raw::raw;
pub use room::Room;
pub use row::{RunRow, name_of};
