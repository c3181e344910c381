//! A run, a load test or an arena as one file: the pages with the replies inside that a server would give.

use crate::document::document;
use crate::raw::raw;
use crate::row::RunRow;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One file with the pages and their data.
#[derive(Debug, Serialize)]
pub struct PageFile {
    /// The path of the run in the API.
    #[serde(skip)]
    path: String,
    /// Where the page begins.
    start: String,
    /// The replies that the page needs, by path.
    replies: BTreeMap<String, Box<RawValue>>,
    samples: Value,
    battles: Value,
}

impl PageFile {
    /// A file that begins at the page of this kind (`run`, `perf` or `arena`), for what has this id.
    fn of(kind: &str, id: &str) -> PageFile {
        let id = encoded(id);
        let about = json!({
            "program": "evalscope-rs", "version": env!("CARGO_PKG_VERSION"),
            "outputs": "", "allow_run": false, "voting": null,
        });
        let replies = [("about", about), ("runs", json!({"runs": []}))];
        PageFile {
            path: format!("runs/{id}"),
            start: format!("#/{kind}/{id}"),
            replies: replies.map(|(path, reply)| (path.to_owned(), raw(&reply))).into(),
            samples: Value::Null,
            battles: Value::Null,
        }
    }

    /// A run with what its page shows.
    pub fn run(id: &str, reply: &Value) -> PageFile {
        let mut page = PageFile::of("run", id);
        page.put("", reply);
        page
    }

    /// A load test with this `summary.json`.
    pub fn load_test(row: &RunRow, summary: &Value) -> PageFile {
        let mut page = PageFile::of("perf", &row.id);
        page.replies.insert("runs".into(), raw(&json!({"runs": [row]})));
        page.put("/perf", &load_test_reply(row, summary));
        page
    }

    /// An arena with what its page shows.
    pub fn arena(id: &str, reply: &Value) -> PageFile {
        let mut page = PageFile::of("arena", id);
        page.put("/arena", reply);
        page
    }

    /// Puts in the reply to a path below that of the run.
    pub fn put(&mut self, rest: &str, reply: &Value) {
        self.put_raw(rest, raw(reply));
    }

    /// The same of JSON as text.
    pub fn put_raw(&mut self, rest: &str, reply: Box<RawValue>) {
        self.replies.insert(format!("{}{rest}", self.path), reply);
    }

    /// Says which samples are inside, by number, and how many there are in all.
    pub fn has_samples(&mut self, numbers: &[u32], of: usize) {
        self.samples = json!({"path": format!("{}/samples", self.path), "of": of, "numbers": numbers});
    }

    /// Puts in a page of battles.
    pub fn has_battles(&mut self, mut battles: Value) {
        battles["path"] = format!("{}/battles", self.path).into();
        self.battles = battles;
    }

    /// The file; `text` says in short what it shows, for readers whose programs run no script.
    pub fn html(&self, text: &str) -> String {
        document(&raw(self), text)
    }
}

/// What the page of a load test shows.
pub fn load_test_reply(row: &RunRow, summary: &Value) -> Value {
    json!({"run": row, "summary": summary})
}

/// An id as a part of an address, as browsers' `encodeURIComponent` writes it.
fn encoded(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    id.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_part_of_an_address_whatever_it_holds() {
        let page = PageFile::run("a/b <é>", &json!({})).html("");
        assert!(page.contains("\"runs/a%2Fb%20%3C%C3%A9%3E\"") && page.contains("\"#/run/a%2Fb%20"));
    }
}
