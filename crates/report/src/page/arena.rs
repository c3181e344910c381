//! What the page of an arena shows: `leaderboard.json` as it stands, and its battles.

use crate::error::Error;
use crate::page::battles::{Battles, Wanted};
use evalscope_page::{PageFile, Room, RunRow, raw};
use serde_json::{Value, json};
use std::path::Path;

/// Battles in a page with its data inside at most.
const BATTLES: usize = 300;

/// The leaderboard in this file.
pub fn leaderboard(path: &Path) -> Result<Value, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::file("read", path))?;
    serde_json::from_str(&text).map_err(Error::broken(path))
}

/// What the page of an arena shows.
pub fn arena_reply(row: &RunRow, board: &Value) -> Value {
    json!({"run": row, "arena": board})
}

/// The arena as one file: its page, and the first battles of the file of reviews. One that no longer fits is passed over.
pub fn arena_page(row: &RunRow, board: &Value, reviews: Option<&Path>) -> Result<PageFile, Error> {
    let mut page = PageFile::arena(&row.id, &arena_reply(row, board));
    if let Some(file) = reviews {
        let wanted = Wanted { limit: BATTLES, ..Wanted::default() };
        let mut found = Battles::default().page(file, &wanted)?;
        let mut room = Room::default();
        if let Some(battles) = found["battles"].as_array_mut() {
            battles.retain(|one| room.take(raw(one).get()));
        }
        page.has_battles(found);
    }
    Ok(page)
}
