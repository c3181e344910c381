//! A run, a load test or an arena as one file: the pages that the server serves, with their data inside, for people without a server.
//!
//! Of a run's samples it holds a choice, what failed and what is wrong first; of an arena's battles the first ones of the file. One that
//! no longer fits is passed over. Images are not in it.

use crate::app::App;
use crate::battles::Wanted;
use crate::error::Error;
use crate::failures::failures;
use crate::index::{Filter, RunIndex, VERDICTS};
use crate::outputs::FoundKind;
use crate::sample::{Texts, sample};
use crate::shown::{of_arena, of_facets, of_perf, of_run};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

const SCRIPT: &str = include_str!("../assets/app.js");
const STYLE: &str = include_str!("../assets/app.css");
/// Samples of each verdict at most, in the order of the verdicts: what went wrong is what people look for.
const MOST: [usize; VERDICTS.len()] = [60, 60, 120, 60, 100, 20];
/// Bytes of samples, or of battles, at most: a page with more is slow to open and too large to send around.
const MAX_BYTES: usize = 12 << 20;
/// Battles at most.
const BATTLES: usize = 300;

/// The page of what this id names.
pub fn page(app: &App, id: &str) -> Result<String, Error> {
    let found = app.outputs.find(id)?;
    let mut data = Data::of(id);
    match found.kind {
        FoundKind::Perf => data.perf(app)?,
        FoundKind::Arena => data.arena(app)?,
        FoundKind::Run | FoundKind::Foreign(_) => data.run(app)?,
    }
    Ok(html(&data))
}

/// The replies that the page needs, by path.
struct Data {
    id: String,
    /// The path of the run.
    path: String,
    start: String,
    replies: Map<String, Value>,
    samples: Value,
    battles: Value,
}

impl Data {
    fn of(id: &str) -> Data {
        let path = format!("runs/{}", encoded(id));
        let about = json!({"program": "evalscope-rs", "version": env!("CARGO_PKG_VERSION"), "outputs": "", "allow_run": false, "voting": null});
        let replies = Map::from_iter([("about".to_owned(), about), ("runs".to_owned(), json!({"runs": []}))]);
        let (samples, battles) = (Value::Null, Value::Null);
        Data { id: id.to_owned(), path, start: String::new(), replies, samples, battles }
    }

    fn put(&mut self, rest: &str, reply: Value) {
        self.replies.insert(format!("{}{rest}", self.path), reply);
    }

    fn perf(&mut self, app: &App) -> Result<(), Error> {
        let reply = of_perf(app, &self.id)?;
        self.start = format!("#/perf/{}", encoded(&self.id));
        self.replies.insert("runs".into(), json!({"runs": [reply["run"]]}));
        self.put("/perf", reply);
        Ok(())
    }

    fn arena(&mut self, app: &App) -> Result<(), Error> {
        let (file, reply) = of_arena(app, &self.id)?;
        self.start = format!("#/arena/{}", encoded(&self.id));
        self.put("/arena", reply);
        if let Some(file) = file {
            self.battles = app.battles.page(&file, &Wanted { limit: BATTLES, ..Wanted::default() })?;
            let mut room = Room(MAX_BYTES);
            if let Some(battles) = self.battles["battles"].as_array_mut() {
                battles.retain(|one| room.take(one));
            }
            self.battles["path"] = format!("{}/battles", self.path).into();
        }
        Ok(())
    }

    fn run(&mut self, app: &App) -> Result<(), Error> {
        let (folder, reply) = (app.run(&self.id)?, of_run(app, &self.id)?);
        let index = app.ready(&self.id, &folder)?;
        self.start = format!("#/run/{}", encoded(&self.id));
        self.put("", reply);
        let (groups, total) = failures(&index)?;
        self.put("/failures", json!({"total": total, "groups": groups}));
        self.put("/facets", of_facets(&index));
        let (mut room, mut numbers) = (Room(MAX_BYTES), Vec::new());
        for seq in chosen(&index)? {
            let one = sample(&app.outputs, folder.path(), &index, seq, Texts::Cut)?;
            if room.take(&one) {
                numbers.push(seq);
                self.put(&format!("/samples/{seq}"), one);
            }
        }
        numbers.sort_unstable();
        let path = format!("{}/samples", self.path);
        self.samples = json!({"path": path, "of": index.facts().len(), "numbers": numbers});
        Ok(())
    }
}

/// Bytes that are left for samples or battles.
struct Room(usize);

impl Room {
    /// Takes the room that this needs; whether there is so much.
    fn take(&mut self, one: &Value) -> bool {
        let left = self.0.checked_sub(one.to_string().len());
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

fn chosen(index: &RunIndex) -> Result<Vec<u32>, Error> {
    let mut chosen = Vec::new();
    for (code, most) in MOST.into_iter().enumerate() {
        let filter = Filter { verdicts: vec![code as u8], ..Filter::default() };
        chosen.extend(index.view(&filter)?.slice(0, most));
    }
    Ok(chosen)
}

fn html(data: &Data) -> String {
    let inside = json!({"start": data.start, "replies": data.replies, "samples": data.samples, "battles": data.battles});
    // In JSON this sign stands in texts only, where it can be written so; as itself it could end the element.
    let inside = inside.to_string().replace('<', "\\u003c");
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types svelte-trusted-html",
        hash(SCRIPT),
        hash(STYLE)
    );
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n<title>EvalScope</title>\n\
         <style>{STYLE}</style></head>\n<body><div id=\"app\"></div>\n<noscript>This page needs JavaScript.</noscript>\n\
         <script type=\"application/json\" id=\"evalscope-data\">{inside}</script>\n<script type=\"module\">{SCRIPT}</script>\n\
         </body></html>\n"
    )
}

/// What a policy calls a text that may run.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
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
    fn what_does_not_fit_is_passed_over() {
        let mut room = Room(10);
        let taken = ["aaaa", "aaaaaaaaaaaa", "aa", "a"].map(|text| room.take(&json!(text)));
        assert_eq!(taken, [true, false, true, false]);
    }

    #[test]
    fn no_text_ends_the_data_and_nothing_but_ours_runs() {
        let mut data = Data::of("a/b <é>");
        data.put("", json!({"text": "</script><script>alert(1)</script><!--"}));
        let page = html(&data);
        assert!(page.contains("runs/a%2Fb%20%3C%C3%A9%3E"));
        assert_eq!(page.matches("</script").count(), 2);
        assert!(page.contains("\\u003c/script>\\u003cscript>alert(1)"));
        let policy =
            page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(policy.contains("script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
