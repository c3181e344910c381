//! Which tokens of a text are scored: the rules of lm-eval.

use crate::failures::bad_request;
use crate::tokenizer::Tokenizer;
use evalscope_core::{CallFailure, ContinuationTokens, LoglikelihoodRequest};

/// A context and the tokens to be scored after it.
pub(crate) struct Encoded {
    /// At least one token.
    pub(crate) context: Vec<u32>,
    /// In order; at least one token each.
    pub(crate) continuations: Vec<Vec<u32>>,
}

/// Encodes a request. The error says which continuation has no token.
pub(crate) fn encode(tokenizer: &Tokenizer, request: &LoglikelihoodRequest) -> Result<Encoded, CallFailure> {
    let prefix = request.prefix_text();
    let (context, moved) = split_trailing_space(&prefix);
    let is_empty = prefix.is_empty();
    let context_ids = if is_empty { Vec::new() } else { tokenizer.encode_prompt(context)? };
    let mut continuations = Vec::with_capacity(request.continuations.len());
    for (index, continuation) in request.continuations.iter().enumerate() {
        let ids = match request.tokens {
            ContinuationTokens::LastAlone => {
                tokenizer.encode(continuation)?.last().copied().into_iter().collect()
            }
            ContinuationTokens::InContext if is_empty => tokenizer.encode(continuation)?,
            ContinuationTokens::InContext => {
                let whole = tokenizer.encode_prompt(&format!("{context}{moved}{continuation}"))?;
                whole.get(context_ids.len()..).unwrap_or_default().to_vec()
            }
        };
        if ids.is_empty() {
            return Err(bad_request(format!("continuation {index} adds no token to the prefix")));
        }
        continuations.push(ids);
    }
    let context = match (context_ids.is_empty(), tokenizer.start()) {
        (false, _) => context_ids,
        (true, Some(start)) => vec![start],
        (true, None) => {
            return Err(bad_request("the prefix is empty, and the model has no token to begin with"));
        }
    };
    Ok(Encoded { context, continuations })
}

/// The text without its trailing white space, and that.
fn split_trailing_space(text: &str) -> (&str, &str) {
    // Python's `rstrip` also takes the four separators.
    let is_space = |letter: char| letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter);
    text.split_at(text.trim_end_matches(is_space).len())
}

/// Cuts a text into windows, each a context and the tokens after it, so that every token is scored once and with
/// as much context as fits. As lm-eval does with a context of one token.
pub(crate) fn windows(start: u32, tokens: &[u32], max_context: usize) -> Vec<(Vec<u32>, Vec<u32>)> {
    let mut windows = Vec::new();
    let first = tokens.len().min(max_context);
    windows.push((vec![start], tokens[..first].to_vec()));
    let mut done = first;
    while done < tokens.len() {
        let count = (tokens.len() - done).min(max_context);
        let end = done + count;
        // The inputs are the `max_context` tokens before the last target.
        let inputs_start = end - max_context - 1;
        windows.push((tokens[inputs_start..done].to_vec(), tokens[done..end].to_vec()));
        done = end;
    }
    windows.retain(|(_, targets)| !targets.is_empty());
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_space_is_pythons() {
        assert_eq!(split_trailing_space("a b \n\u{1f}"), ("a b", " \n\u{1f}"));
        assert_eq!(split_trailing_space("  "), ("", "  "));
    }

    #[test]
    fn windows_score_every_token_once_with_full_context() {
        let tokens: Vec<u32> = (1..=10).collect();
        let cut = windows(0, &tokens, 4);
        assert_eq!(cut[0], (vec![0], vec![1, 2, 3, 4]));
        assert_eq!(cut[1], (vec![4], vec![5, 6, 7, 8]));
        assert_eq!(cut[2], (vec![6, 7, 8], vec![9, 10]));
        assert_eq!(windows(0, &[1], 4), [(vec![0], vec![1])]);
        assert!(windows(0, &[], 4).is_empty());
    }
}
