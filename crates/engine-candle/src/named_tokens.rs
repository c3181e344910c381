//! Tokens of the engine in the words of the model trait: bytes instead of ids.

use crate::schedule::{DrawnToken, NewText, TokenScores};
use crate::tokenizer::Tokenizer;
use evalscope_model_api::{Likely, Piece, ScoredText, ScoredToken};

/// The scores of a text: of all tokens but the first, and of one more that stands for what follows.
pub(crate) fn scored_text(tokenizer: &Tokenizer, ids: &[u32], scores: TokenScores) -> ScoredText {
    let mut likely: Vec<Vec<Likely>> =
        scores.likely.into_iter().map(|likely| named(tokenizer, likely)).collect();
    let next = likely.pop().unwrap_or_default();
    let likely = std::iter::once(Vec::new()).chain(likely);
    let logprobs = std::iter::once(None).chain(scores.per_token.into_iter().map(Some));
    let tokens = ids.iter().zip(logprobs).zip(likely);
    let token = |((id, logprob), likely): ((&u32, _), _)| ScoredToken {
        id: *id,
        bytes: tokenizer.token_bytes(*id),
        logprob,
        likely,
    };
    let ends = next.first().is_some_and(|first| tokenizer.is_end(first.id));
    ScoredText { tokens: tokens.map(token).collect(), next, ends }
}

/// The tokens of a reply.
pub(crate) fn drawn(tokenizer: &Tokenizer, tokens: Vec<DrawnToken>) -> Vec<ScoredToken> {
    let token = |token: DrawnToken| ScoredToken {
        id: token.id,
        bytes: tokenizer.token_bytes(token.id),
        logprob: Some(token.logprob),
        likely: named(tokenizer, token.likely),
    };
    tokens.into_iter().map(token).collect()
}

/// What is new of a reply.
pub(crate) fn piece(tokenizer: &Tokenizer, new: NewText) -> Piece {
    Piece { reply: new.reply, text: new.text, tokens: drawn(tokenizer, new.tokens) }
}

fn named(tokenizer: &Tokenizer, likely: Vec<(u32, f64)>) -> Vec<Likely> {
    let likely = likely.into_iter();
    likely.map(|(id, logprob)| Likely { id, bytes: tokenizer.token_bytes(id), logprob }).collect()
}
