//! The vocabulary of a model's file, which a worker of its own reads and applies.

use crate::process::{Fall, Launch};
use crate::protocol::{Kind, Open, Reply, Request, Vocabulary};
use crate::supervised::Supervised;
use evalscope_core::{CallFailure, FailureKind};
use evalscope_engine_candle::{OutsideVocabulary, TokenKind, Tokenizer};
use std::sync::{Mutex, PoisonError};

/// Starts the worker. A tokenizer, and the chat template of the file; the number of tokens.
pub(crate) fn read(launch: &Launch, open: Open) -> Result<(Tokenizer, Option<String>, usize), Fall> {
    let (worker, said) = Supervised::start(launch.clone(), open)?;
    let vocabulary = match said {
        Reply::Vocabulary(vocabulary) => vocabulary,
        Reply::Failed(message) => return Err(worker.give_up(message)),
        _ => return Err(worker.give_up("it answered another question".into())),
    };
    let Vocabulary { tokens, bos, eos, adds_bos, ends, drops_space, template } = vocabulary;
    let size = tokens.len();
    let worker = Mutex::new(worker);
    let outside = OutsideVocabulary {
        tokens: tokens.into_iter().map(|(bytes, kind)| (bytes, kind.into())).collect(),
        marks: (bos, eos),
        adds_bos,
        ends,
        drops_space,
        encode: Box::new(move |text| encode(&worker, text)),
    };
    Ok((outside.into(), template, size))
}

fn encode(worker: &Mutex<Supervised>, text: &str) -> Result<Vec<u32>, CallFailure> {
    let failed = |kind: FailureKind, message: String| Err(CallFailure::new(kind, message));
    let mut worker = worker.lock().unwrap_or_else(PoisonError::into_inner);
    match worker.ask(&Request::Tokenize(text.to_owned()), (0, 0)) {
        Ok((Reply::Tokens(ids), _)) => Ok(ids),
        Ok((Reply::Failed(message), _)) => failed(FailureKind::BadRequest, message),
        Ok(_) => failed(FailureKind::Server, "llama.cpp answered another question".into()),
        Err(fallen) if fallen.is_replaced => failed(FailureKind::Server, fallen.message),
        Err(fallen) => failed(FailureKind::EngineDied, fallen.message),
    }
}

impl From<Kind> for TokenKind {
    fn from(kind: Kind) -> TokenKind {
        match kind {
            Kind::Normal => TokenKind::Normal,
            Kind::Unknown => TokenKind::Unknown,
            Kind::Control => TokenKind::Control,
            Kind::UserDefined => TokenKind::UserDefined,
            Kind::Unused => TokenKind::Unused,
            Kind::Byte => TokenKind::Byte,
        }
    }
}
