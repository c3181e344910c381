//! What `evalscope arena run` wrote: `leaderboard.json` as it stands, and the battles of `reviews.jsonl`.

use crate::error::Error;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Bytes of a text in the reply at most: a page with more is unreadable. The file has all of it.
const MAX_TEXT: usize = 20_000;

/// Which battles are wanted, and which part of them.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Of this category.
    pub category: Option<String>,
    /// In which this model takes part.
    pub model: Option<String>,
    /// With this outcome: `model_a`, `model_b`, `tie` or `unknown`.
    pub winner: Option<String>,
    /// How many are passed over.
    pub at: usize,
    /// How many are returned.
    pub limit: usize,
}

/// The leaderboard in this file.
pub fn leaderboard(path: &Path) -> Result<Value, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::file("read", path))?;
    let broken = |error: serde_json::Error| Error::Broken { message: format!("{}: {error}", path.display()) };
    serde_json::from_str(&text).map_err(broken)
}

/// A page of the battles in this file, and what there is to choose from. Lines that are no battle are counted.
pub fn battles(file: &Path, wanted: &Wanted) -> Result<Value, Error> {
    let mut reader = BufReader::new(File::open(file).map_err(Error::file("read", file))?);
    let mut categories: BTreeMap<String, u64> = BTreeMap::new();
    let (mut all, mut found, mut unread) = (0_u64, 0_usize, 0_u64);
    let (mut page, mut line) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(Error::file("read", file))? == 0 {
            break;
        }
        // Bytes that are no UTF-8 spoil their own text only.
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        let Some(battle) = serde_json::from_str::<Value>(&text).ok().filter(is_battle) else {
            unread += 1;
            continue;
        };
        all += 1;
        *categories.entry(text_of(&battle, "category").to_owned()).or_default() += 1;
        if !fits(&battle, wanted) {
            continue;
        }
        if found >= wanted.at && page.len() < wanted.limit {
            page.push(shown(&battle));
        }
        found += 1;
    }
    let categories: Vec<Value> =
        categories.iter().map(|(name, count)| json!({"name": name, "count": count})).collect();
    Ok(json!({
        "of": all, "total": found, "at": wanted.at, "unread_lines": unread, "categories": categories, "battles": page,
    }))
}

fn is_battle(value: &Value) -> bool {
    value["model_a"].is_string() && value["model_b"].is_string()
}

fn text_of<'a>(battle: &'a Value, field: &str) -> &'a str {
    battle[field].as_str().unwrap_or_default()
}

/// Who won, by model: of two orders the one that won both, otherwise a tie; unknown when one could not be read.
fn winner(battle: &Value) -> &'static str {
    let known = |field: &str| match battle[field].as_str() {
        Some("model_a") => "model_a",
        Some("model_b") => "model_b",
        Some(word) if word.starts_with("tie") || word == "both_bad" => "tie",
        _ => "unknown",
    };
    match (battle["win"].is_string(), battle["win_2"].is_string()) {
        (true, _) => known("win"),
        (false, false) => known("win_1"),
        (false, true) => match (known("win_1"), known("win_2")) {
            ("unknown", _) | (_, "unknown") => "unknown",
            (one, other) if one == other => one,
            _ => "tie",
        },
    }
}

fn fits(battle: &Value, wanted: &Wanted) -> bool {
    let is = |wanted: &Option<String>, of: &str| wanted.as_ref().is_none_or(|wanted| wanted == of);
    let plays = wanted
        .model
        .as_ref()
        .is_none_or(|model| battle["model_a"] == **model || battle["model_b"] == **model);
    plays && is(&wanted.category, text_of(battle, "category")) && is(&wanted.winner, winner(battle))
}

fn shown(battle: &Value) -> Value {
    let text = |field: &str| cut(text_of(battle, field));
    let reviews = ["review_text", "review_text_1", "review_text_2"];
    let reviews: Vec<String> =
        reviews.iter().filter(|field| battle[**field].is_string()).map(|field| text(field)).collect();
    let rounds = ["win", "win_1", "win_2"].iter().filter_map(|field| battle[*field].as_str());
    json!({
        "category": text("category"), "question": text("question"), "judge": text("judge"), "winner": winner(battle),
        "model_a": text("model_a"), "model_b": text("model_b"), "output_a": text("output_a"), "output_b": text("output_b"),
        "rounds": rounds.map(cut).collect::<Vec<_>>(), "reviews": reviews,
    })
}

fn cut(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}\n[… {} more characters]", &text[..end], text[end..].chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_orders_that_differ_are_a_tie() {
        let of = |one: &str, other: &str| winner(&json!({"win_1": one, "win_2": other}));
        assert_eq!(of("model_a", "model_a"), "model_a");
        assert_eq!(of("model_a", "model_b"), "tie");
        assert_eq!(of("unknown", "model_b"), "unknown");
        assert_eq!(winner(&json!({"win": "tie (bothbad)"})), "tie");
    }

    #[test]
    fn lines_that_are_no_battle_are_counted_and_bad_bytes_spoil_only_themselves() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("reviews.jsonl");
        let mut bytes = b"{\"model_a\":\"a\",\"model_b\":\"b\",\"win\":\"model_b\",\"category\":\"x\",\"output_a\":\"\xff\"}\n".to_vec();
        bytes.extend_from_slice(b"no battle\n{\"model_a\":\"a\",\"model_b\":\"c\",\"win\":\"tie\",\"category\":\"y\"}\n{\"model_a");
        std::fs::write(&file, bytes).unwrap();
        let found = battles(&file, &Wanted { limit: 9, ..Wanted::default() }).unwrap();
        assert_eq!((found["of"].as_u64(), found["unread_lines"].as_u64()), (Some(2), Some(2)));
        assert_eq!(found["battles"][0]["output_a"], "\u{fffd}");
        let wanted =
            Wanted { model: Some("c".into()), winner: Some("tie".into()), limit: 9, ..Wanted::default() };
        assert_eq!(battles(&file, &wanted).unwrap()["total"], 1);
    }
}
