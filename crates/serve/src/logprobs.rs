//! Log-probabilities in the two forms of OpenAI's API.

use crate::characters::Characters;
use evalscope_model_api::ScoredToken;
use serde_json::{Map, Value, json};

/// Those of a chat: a list of tokens with what is likely beside each.
pub(crate) fn of_chat(tokens: &[ScoredToken]) -> Value {
    let content: Vec<Value> = tokens
        .iter()
        .map(|token| {
            let mut entry = entry((token.id, &token.bytes), token.logprob);
            let beside = token.likely.iter();
            entry["top_logprobs"] =
                beside.map(|likely| self::entry((likely.id, &likely.bytes), Some(likely.logprob))).collect();
            entry
        })
        .collect();
    json!({"content": content, "refusal": null})
}

fn entry((id, bytes): (u32, &[u8]), logprob: Option<f64>) -> Value {
    let token = match bytes {
        [] => name(id, bytes),
        bytes => String::from_utf8_lossy(bytes).into_owned(),
    };
    json!({"token": token, "logprob": logprob, "bytes": bytes})
}

/// Those of a completion: four lists with an entry for each token, so that a map's keys can be held against the tokens.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfText {
    tokens: Vec<String>,
    logprobs: Vec<Option<f64>>,
    top: Vec<Option<Map<String, Value>>>,
    offsets: Vec<usize>,
    /// Those of the text so far.
    characters: Characters,
}

impl OfText {
    /// Those of a text that goes on after these characters.
    pub(crate) fn after(characters: Characters) -> Self {
        OfText { characters, ..OfText::default() }
    }

    /// Those of a prompt that was sent as this text. What tokens have beyond it stands before it, as the model's first token
    /// and a space of the tokenizer do, and has no place of its own in it.
    pub(crate) fn of_prompt(text: &str, tokens: &[ScoredToken], count: usize) -> Self {
        let mut list = OfText::default();
        for token in tokens {
            list.add(token, count);
        }
        let sent = Characters::of(text);
        let before = list.characters.count_at_end().saturating_sub(sent.count());
        for offset in &mut list.offsets {
            *offset = offset.saturating_sub(before).min(sent.count());
        }
        OfText { characters: sent, ..list }
    }

    /// Adds a token, with so many of the likely ones beside it.
    pub(crate) fn add(&mut self, token: &ScoredToken, count: usize) {
        self.offsets.push(self.characters.count());
        self.characters.add(&token.bytes);
        let name = name(token.id, &token.bytes);
        let mut top = Map::new();
        for likely in token.likely.iter().take(count) {
            // Of tokens that are written alike the likeliest comes first.
            top.entry(self::name(likely.id, &likely.bytes)).or_insert(json!(likely.logprob));
        }
        if let Some(logprob) = token.logprob {
            top.entry(name.clone()).or_insert(json!(logprob));
        }
        self.tokens.push(name);
        self.logprobs.push(token.logprob);
        self.top.push(token.logprob.map(|_| top));
    }

    /// The characters of the text so far, and of what it goes on after.
    pub(crate) fn characters(&self) -> &Characters {
        &self.characters
    }

    /// The lists.
    pub(crate) fn into_value(self) -> Value {
        json!({
            "tokens": self.tokens, "token_logprobs": self.logprobs, "top_logprobs": self.top,
            "text_offset": self.offsets,
        })
    }
}

/// The token's text. Bytes that are no whole characters are spelled, and a token without any is named by its number, as vLLM
/// writes it; or several tokens would have one name.
fn name(id: u32, bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok("") => format!("token_id:{id}"),
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().fold("bytes:".to_owned(), |name, byte| format!("{name}\\x{byte:02x}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_model_api::Likely;

    fn token(bytes: &[u8], logprob: Option<f64>, likely: &[Likely]) -> ScoredToken {
        ScoredToken { id: 7, bytes: bytes.to_vec(), logprob, likely: likely.to_vec() }
    }

    /// Tokens numbered from 290.
    fn beside(likely: &[(&[u8], f64)]) -> Vec<Likely> {
        let numbered = (290..).zip(likely);
        numbered
            .map(|(id, (bytes, logprob))| Likely { id, bytes: bytes.to_vec(), logprob: *logprob })
            .collect()
    }

    #[test]
    fn tokens_without_text_are_named_by_their_numbers() {
        let filled = token(b"", Some(-0.5), &beside(&[(b"", -1.0), (b"", -2.0), (b"a", -3.0)]));
        let mut texts = OfText::after(Characters::of("ab"));
        texts.add(&filled, 3);
        let expected = json!({
            "tokens": ["token_id:7"], "token_logprobs": [-0.5], "text_offset": [2],
            "top_logprobs": [{"token_id:290": -1.0, "token_id:291": -2.0, "a": -3.0, "token_id:7": -0.5}],
        });
        assert_eq!(texts.into_value(), expected);
        let chat = &of_chat(&[filled])["content"][0];
        assert_eq!((&chat["token"], &chat["bytes"]), (&json!("token_id:7"), &json!([])));
        assert_eq!(chat["top_logprobs"][1]["token"], "token_id:291");
    }

    #[test]
    fn pieces_of_a_character_keep_names_of_their_own() {
        let mut texts = OfText::after(Characters::of("ab"));
        let likely = beside(&[(&[0xf0, 0x9f], -0.5), (&[0xf0], -1.0), (b"a", -2.0), (b"a", -3.0)]);
        texts.add(&token("é".as_bytes(), None, &[]), 4);
        texts.add(&token(&[0xf0, 0x9f], Some(-0.5), &likely), 4);
        texts.add(&token(&[0x98, 0x80], Some(-0.1), &[]), 4);
        texts.add(&token(b"b", Some(-0.2), &likely), 1);
        assert_eq!(texts.characters().count(), 5);
        let expected = json!({
            "tokens": ["é", "bytes:\\xf0\\x9f", "bytes:\\x98\\x80", "b"],
            "token_logprobs": [null, -0.5, -0.1, -0.2],
            "top_logprobs": [
                null, {"bytes:\\xf0\\x9f": -0.5, "bytes:\\xf0": -1.0, "a": -2.0}, {"bytes:\\x98\\x80": -0.1},
                {"bytes:\\xf0\\x9f": -0.5, "b": -0.2},
            ],
            "text_offset": [2, 3, 3, 4],
        });
        assert_eq!(texts.into_value(), expected);
    }

    #[test]
    fn what_stands_before_a_prompt_has_no_place_in_it() {
        let offsets = |text: &str, tokens: &[&str]| {
            let tokens: Vec<ScoredToken> =
                tokens.iter().map(|text| token(text.as_bytes(), None, &[])).collect();
            let mut list = OfText::of_prompt(text, &tokens, 0);
            list.add(&token(b" on", None, &[]), 0);
            list.into_value()["text_offset"].clone()
        };
        assert_eq!(offsets("the cat", &["<s>", " the", " cat"]), json!([0, 0, 3, 7]));
        assert_eq!(offsets("the cat", &["the", " cat"]), json!([0, 3, 7]));
        // A tokenizer that shortens what it reads.
        assert_eq!(offsets("ﬁne", &["f", "ine"]), json!([0, 0, 3]));
        assert_eq!(offsets("", &["<s>"]), json!([0, 0]));
    }

    #[test]
    fn a_chats_tokens_have_their_bytes() {
        let token = token(&[0xf0], Some(-1.0), &beside(&[(b"a", -0.5)]));
        let expected = json!({"content": [{
            "token": "\u{fffd}", "logprob": -1.0, "bytes": [240],
            "top_logprobs": [{"token": "a", "logprob": -0.5, "bytes": [97]}],
        }], "refusal": null});
        assert_eq!(of_chat(&[token]), expected);
    }
}
