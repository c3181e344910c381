//! Reads the log-probabilities of a prompt out of a completion that echoes it.
//!
//! Which tokens belong to a continuation? lm-eval encodes the prefix alone and counts. Here the tokenizer is on the
//! server, so the tokens that came back are laid along the prompt; a token across the border belongs to the
//! continuation. The offsets that servers send are not used: a start token shifts them (vLLM), parts of characters
//! shift them, and some servers send none (SGLang). Where tokens cannot be laid along the prompt, because parts of
//! characters come back as replacement signs and are not spelled, the tokens of an echo of the prefix alone are
//! counted, as lm-eval would.

use crate::choices;
use crate::json;
use crate::unusable::Unusable;
use evalscope_core::{ContinuationScore, ContinuationTokens};
use serde_json::Value;
use std::ops::Range;

/// Tokens at the start of a prompt that a server may put there itself (`<s>`, `[gMASK]<sop>`).
const MAX_START_TOKENS: usize = 3;
/// How far sums of the same few tokens in two prompts may lie apart. Quantised servers with batching differ by up
/// to 0.3 a token; a server that invents its numbers differs by more.
const MAX_DIFFERENCE: f64 = 2.0;

/// A prompt's tokens with their log-probabilities, and those of the token generated after it.
#[derive(Debug)]
pub struct Echo {
    tokens: Vec<String>,
    numbers: Vec<Option<f64>>,
    best: Vec<Option<f64>>,
    generated: usize,
}

impl Echo {
    /// Reads a response of the completions endpoint.
    pub fn read(body: &[u8]) -> Result<Echo, Unusable> {
        let mut fields = json::parse(body)?;
        let missing = || Unusable::Malformed("the answer has no log-probabilities".into());
        let choice = json::take_list(&mut fields, "choices").and_then(|choices| choices.into_iter().next());
        let mut lists = json::take_fields(&mut choice.map(json::fields).unwrap_or_default(), "logprobs");
        // llama-server ignores `echo`, and gives its own text's numbers in the form of conversations.
        if lists.contains_key("content") {
            return Err(Unusable::Malformed("`echo` is ignored: the prompt does not come back".into()));
        }
        let mut list = |name| json::take_list(&mut lists, name).unwrap_or_default();
        let numbers: Vec<Option<f64>> = list("token_logprobs").iter().map(Value::as_f64).collect();
        let tokens = list("tokens").into_iter().map(|token| match token {
            Value::String(text) => text,
            other => other.to_string(),
        });
        let tokens: Vec<String> = tokens.collect();
        if tokens.is_empty() || tokens.len() != numbers.len() {
            return Err(missing());
        }
        let mut best: Vec<Option<f64>> = list("top_logprobs").iter().map(highest).collect();
        best.resize(tokens.len(), None);
        let (counts, _) = choices::counts(json::take_fields(&mut fields, "usage"));
        let generated = match (counts.input, counts.output) {
            (None, None) => 1,
            (_, output) => output.unwrap_or(0).min(1) as usize,
        };
        Ok(Echo { tokens, numbers, best, generated })
    }

    /// Tokens of the prompt when the tokens cannot be laid along it.
    pub fn count(&self) -> usize {
        self.tokens.len() - self.generated
    }

    /// The tokens of `prompt` behind its first `border` bytes, when the tokens can be laid along it.
    pub fn tokens_behind(&self, prompt: &str, border: usize) -> Option<Range<usize>> {
        let ends = self.ends(prompt)?;
        let first = ends.iter().position(|end| *end > border).unwrap_or(ends.len());
        Some(first..ends.len())
    }

    /// The byte at which each of the prompt's tokens ends.
    fn ends(&self, prompt: &str) -> Option<Vec<usize>> {
        let mut ends = Vec::with_capacity(self.tokens.len());
        let mut at = 0;
        for token in &self.tokens {
            if at == prompt.len() {
                break;
            }
            let spelled = spelled(token);
            let bytes = spelled.as_deref().unwrap_or(token.as_bytes());
            if prompt.as_bytes()[at..].starts_with(bytes) {
                at += bytes.len();
            } else if at > 0 || ends.len() >= MAX_START_TOKENS {
                return None;
            }
            ends.push(at);
        }
        (at == prompt.len()).then_some(ends)
    }

    /// The score of the continuation that consists of these tokens.
    pub fn score(
        &self,
        range: Range<usize>,
        tokens: ContinuationTokens,
    ) -> Result<ContinuationScore, String> {
        let range = match tokens {
            ContinuationTokens::InContext => range,
            ContinuationTokens::LastAlone => range.end.saturating_sub(1).max(range.start)..range.end,
        };
        let numbers = self.numbers.get(range.clone()).ok_or("the echo does not cover the prompt")?;
        if numbers.is_empty() {
            return Err("no token is left for the continuation".into());
        }
        let per_token: Vec<f64> = numbers.iter().copied().collect::<Option<_>>().ok_or(
            "a token of the continuation has no log-probability; the first token of a text has none unless \
             the server puts a start token before it",
        )?;
        let is_greedy =
            range.zip(&per_token).all(|(at, number)| self.best[at].is_some_and(|best| *number >= best));
        Ok(ContinuationScore {
            sum: per_token.iter().sum(),
            is_greedy,
            tokens: per_token.len() as u32,
            bytes: 0,
            per_token,
        })
    }
}

/// Whether these echoes of `whole` and of its beginning `part` are what a language model would say: every token
/// has a number, no number is impossible, and the beginning is as likely in the one as in the other, so that the
/// whole is the sum of its parts.
pub fn check(whole: (&Echo, &str), part: (&Echo, &str)) -> Result<(), String> {
    let (tokens, numbers) = known(whole)?;
    let (first_tokens, first_numbers) = known(part)?;
    if !tokens.starts_with(first_tokens) {
        return Err("the same text comes back in other tokens when more follows".into());
    }
    let sum = |numbers: &[f64]| numbers.iter().sum::<f64>();
    let difference = sum(&numbers[..first_numbers.len()]) - sum(&first_numbers);
    if difference.abs() > MAX_DIFFERENCE {
        return Err("the same text is more or less likely when more follows".into());
    }
    Ok(())
}

/// The tokens of a prompt and their log-probabilities, all but the first, which has none.
fn known<'a>((echo, prompt): (&'a Echo, &str)) -> Result<(&'a [String], Vec<f64>), String> {
    let count = echo.ends(prompt).ok_or("the prompt does not come back")?.len();
    let numbers: Option<Vec<f64>> = echo.numbers[1..count].iter().copied().collect();
    let numbers = numbers.ok_or("a token of the prompt has no log-probability")?;
    if numbers.iter().all(|number| *number == 0.0) {
        return Err("the log-probabilities are all 0".into());
    }
    // A rounding error above 0 is forgiven.
    if numbers.iter().any(|number| *number > 1e-3) {
        return Err("a log-probability is above 0".into());
    }
    Ok((&echo.tokens[1..count], numbers))
}

/// The bytes of a token that is no whole characters, as OpenAI's API and our own server spell it: `bytes:\xf0\x9f`.
fn spelled(token: &str) -> Option<Vec<u8>> {
    let digits = token.strip_prefix("bytes:\\x")?;
    digits.split("\\x").map(|pair| u8::from_str_radix(pair, 16).ok().filter(|_| pair.len() == 2)).collect()
}

/// The highest number of a map from tokens to log-probabilities.
fn highest(top: &Value) -> Option<f64> {
    top.as_object()?.values().filter_map(Value::as_f64).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn echo(tokens: &[&str]) -> Echo {
        let numbers: Vec<Value> =
            (0..tokens.len()).map(|at| if at == 0 { Value::Null } else { json!(-(at as f64)) }).collect();
        let body = json!({"choices": [{"logprobs": {"tokens": tokens, "token_logprobs": numbers}}]});
        Echo::read(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn tokens_behind_a_border_are_found() {
        let plain = echo(&["The", " cat", " sat", " x"]);
        assert_eq!(plain.tokens_behind("The cat sat", 7), Some(2..3));
        assert_eq!(plain.tokens_behind("The cat sat", 3), Some(1..3));
        assert_eq!(plain.tokens_behind("The cat sat", 0), Some(0..3));
        // Across the border: the whole token belongs to the continuation.
        assert_eq!(plain.tokens_behind("The cat sat", 5), Some(1..3));
        assert_eq!(plain.tokens_behind("The cat sat", 11), Some(3..3));
        assert_eq!(plain.tokens_behind("The dog sat", 7), None);
        assert_eq!(plain.tokens_behind("The cat sat down", 7), None);
    }

    #[test]
    fn parts_of_characters_are_laid_along_when_they_are_spelled() {
        let parts = echo(&["a", "bytes:\\xf0\\x9f", "bytes:\\x98", "bytes:\\x80", "b", "x"]);
        assert_eq!(parts.tokens_behind("a😀b", 1), Some(1..5));
        assert_eq!(parts.tokens_behind("a😀b", 5), Some(4..5));
        assert_eq!(echo(&["a", "\u{fffd}", "x"]).tokens_behind("aé", 1), None);
        assert!(spelled("bytes:\\x0").is_none() && spelled("bytes: 3").is_none());
    }

    #[test]
    fn a_server_that_ignores_echo_is_told_from_one_without_numbers() {
        let read = |logprobs: Value| {
            let body = json!({"choices": [{"text": " with", "logprobs": logprobs}]}).to_string();
            format!("{:?}", Echo::read(body.as_bytes()).unwrap_err())
        };
        // llama-server (llama.cpp 0c1e57098) asked with `echo` and `logprobs`.
        let own = json!({"content": [{"token": " with", "logprob": -0.68, "top_logprobs": []}]});
        assert!(read(own).contains("ignored"));
        assert!(read(Value::Null).contains("no log-probabilities"));
    }

    #[test]
    fn start_tokens_are_no_part_of_the_prompt() {
        let started = echo(&["[gMASK]", "<sop>", "The", " cat", " x"]);
        assert_eq!(started.tokens_behind("The cat", 3), Some(3..4));
        assert_eq!(started.tokens_behind("The cat", 0), Some(2..4));
        assert_eq!(echo(&["a", "b", "c", "d", "The"]).tokens_behind("The", 0), None);
    }

    #[test]
    fn scores_add_up() {
        let plain = echo(&["The", " cat", " sat", " x"]);
        let score = plain.score(1..3, ContinuationTokens::InContext).unwrap();
        assert_eq!((score.sum, score.tokens, score.per_token), (-3.0, 2, vec![-1.0, -2.0]));
        let score = plain.score(1..3, ContinuationTokens::LastAlone).unwrap();
        assert_eq!((score.sum, score.tokens), (-2.0, 1));
        assert!(plain.score(0..3, ContinuationTokens::InContext).is_err(), "the first token has no number");
        assert!(plain.score(2..2, ContinuationTokens::InContext).is_err());
        assert!(plain.score(2..9, ContinuationTokens::InContext).is_err());
    }

    #[test]
    fn greedy_needs_the_highest_number_everywhere() {
        let greedy = |tops: Value| {
            let body = json!({"choices": [{"logprobs": {
                "tokens": ["a", "b", "c"], "token_logprobs": [null, -1.0, -2.0], "top_logprobs": tops}}]});
            let echo = Echo::read(body.to_string().as_bytes()).unwrap();
            echo.score(1..3, ContinuationTokens::InContext).unwrap().is_greedy
        };
        assert!(greedy(json!([null, {"b": -1.0}, {"c": -2.0, "x": -3.0}])));
        assert!(!greedy(json!([null, {"b": -1.0}, {"c": -2.0, "x": -1.5}])));
        assert!(!greedy(json!([null, {"b": -1.0}, null])));
        assert!(!greedy(json!(null)));
    }

    #[test]
    fn answers_without_usable_lists_are_refused() {
        for logprobs in [
            json!(null),
            json!({}),
            json!({"tokens": [], "token_logprobs": []}),
            json!({"tokens": ["a"], "token_logprobs": []}),
            json!({"content": []}),
        ] {
            let body = json!({"choices": [{"logprobs": logprobs}]}).to_string();
            assert!(matches!(Echo::read(body.as_bytes()), Err(Unusable::Malformed(_))), "{body}");
        }
    }
}
