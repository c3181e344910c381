//! A model that repeats what it is asked, and ways to ask the server over it.

use async_trait::async_trait;
use evalscope_core::{
    CallFailure, Completion, FailureKind, FinishReason, GenerateRequest, Generation, Secret, Usage,
};
use evalscope_model_api::{
    Beginning, CallContext, Capabilities, Embeddings, Likely, Model, OnPiece, Piece, Prompt, ScoredText,
    ScoredToken, WriteRequest, Written,
};
use evalscope_serve::{Error, ServeOptions, Served, serve, take};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Tokens that it takes.
const MOST: usize = 20;
/// A token after which a text ends.
pub const LAST: u32 = 9;

/// Answers with what it was asked and how, in two pieces of two tokens.
pub struct Parrot;

#[async_trait]
impl Model for Parrot {
    fn identity(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { max_context: Some(MOST as u64), ..Capabilities::of_replies(1, "a parrot") }
    }

    async fn probe(&self, _: &CallContext) -> Result<Capabilities, CallFailure> {
        Ok(self.capabilities())
    }

    async fn generate(&self, _: &GenerateRequest, _: &CallContext) -> Result<Generation, CallFailure> {
        Err(CallFailure::new(FailureKind::Unsupported, "the server asks otherwise"))
    }

    async fn write(
        &self,
        request: &WriteRequest,
        on_piece: Option<OnPiece>,
        _: &CallContext,
    ) -> Result<Written, CallFailure> {
        let text = match &request.beginning {
            Beginning::Prompt(Prompt::Text(text)) => text.clone(),
            Beginning::Prompt(Prompt::Tokens(ids)) => format!("{ids:?}"),
            Beginning::Chat(messages) => messages
                .iter()
                .map(|message| {
                    format!(
                        "{}{}",
                        if messages.len() > 1 { format!("{:?}:", message.role) } else { String::new() },
                        message.text()
                    )
                })
                .collect(),
        };
        match text.as_str() {
            "too long" => {
                let message = "the prompt has 9 tokens, and 8 fit";
                return Err(CallFailure::new(FailureKind::ContextTooLong, message));
            }
            "die" => return Err(CallFailure::new(FailureKind::EngineDied, "the engine thread is over")),
            _ => {}
        }
        let sampling = &request.sampling;
        let how = match text.as_str() {
            "seed" => format!(" {:?}", sampling.seed),
            "extra" => format!(" {:?}", sampling.extra_body),
            _ => format!(
                " t{:?} m{:?} k{:?} {:?}",
                sampling.temperature, sampling.max_tokens, sampling.top_k, sampling.stop
            ),
        };
        let token = |bytes: &[u8]| ScoredToken {
            id: 1,
            bytes: bytes.into(),
            logprob: Some(-0.25),
            likely: vec![
                Likely { id: 2, bytes: b"!".to_vec(), logprob: -0.125 };
                request.likely.unwrap_or(0)
            ],
        };
        let replies = sampling.n.unwrap_or(1) as usize;
        let words: &[&[u8]] = match text.as_str() {
            // One that is no character, one in two parts, and a letter.
            "bytes" => &[b"\xff", b"\xf0\x9f", b"\x98\x80", b"b"],
            _ => &[text.as_bytes(), how.as_bytes()],
        };
        let piece =
            |word: &&[u8]| (String::from_utf8_lossy(word).into_owned(), request.likely.map(|_| token(word)));
        let pieces: Vec<_> = words.iter().map(piece).collect();
        for (reply, (text, token)) in
            (0..replies).flat_map(|reply| pieces.iter().map(move |piece| (reply, piece)))
        {
            if let Some(on_piece) = &on_piece {
                on_piece(Piece { reply, text: text.clone(), tokens: token.clone().into_iter().collect() });
            }
        }
        let reply = Completion { text: text + &how, finish: FinishReason::Length, ..Completion::default() };
        let completions = vec![reply; replies];
        let generation = Generation { completions, usage: Some(Usage::new(3, 4)), ..Generation::default() };
        let tokens: Vec<ScoredToken> = pieces.into_iter().filter_map(|(_, token)| token).collect();
        Ok(Written { generation, tokens: vec![tokens; replies] })
    }

    async fn score_text(
        &self,
        prompt: &Prompt,
        likely: usize,
        new: u32,
        _: &CallContext,
    ) -> Result<ScoredText, CallFailure> {
        let bytes;
        let ids = match prompt {
            Prompt::Tokens(ids) => ids,
            Prompt::Text(text) => {
                bytes = text.bytes().map(u32::from).collect();
                &bytes
            }
        };
        if ids.len() + new as usize > MOST {
            let message = format!("the prompt has {} tokens, and {MOST} fit", ids.len());
            return Err(CallFailure::new(FailureKind::ContextTooLong, message));
        }
        let best = |text: &str| vec![Likely { id: 3, bytes: text.into(), logprob: -0.5 }; likely];
        let token = |(index, id): (usize, &u32)| ScoredToken {
            id: *id,
            bytes: format!("<{id}>").into(),
            logprob: (index > 0).then(|| -f64::from(*id)),
            likely: if index > 0 { best("x") } else { Vec::new() },
        };
        let ends = ids.last() == Some(&LAST);
        Ok(ScoredText { tokens: ids.iter().enumerate().map(token).collect(), next: best("n"), ends })
    }

    async fn embed(&self, texts: &[String], _: &CallContext) -> Result<Embeddings, CallFailure> {
        let vectors = texts.iter().map(|text| vec![text.len() as f32, -0.5]).collect();
        Ok(Embeddings { vectors, tokens: 9 })
    }
}

pub async fn start(token: Option<&str>) -> SocketAddr {
    start_until(token, std::future::pending()).await.0
}

/// Where it answers, and its end.
pub async fn start_until(
    token: Option<&str>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> (SocketAddr, JoinHandle<Result<(), Error>>) {
    let served = Served { name: "parrot".into(), model: Arc::new(Parrot), timeout: Duration::from_secs(60) };
    let options = ServeOptions { address: "127.0.0.1:0".parse().unwrap(), token: token.map(Secret::new) };
    let taken = take(options).unwrap();
    let (sender, receiver) = oneshot::channel();
    let serving = tokio::spawn(serve(served, taken, stop, |address| sender.send(address).unwrap()));
    (receiver.await.unwrap(), serving)
}

/// Status and body.
pub async fn ask(address: SocketAddr, head: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    );
    stream.write_all(format!("{request}\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

pub async fn post(address: SocketAddr, path: &str, body: &Value) -> (u16, Value) {
    let (status, body) = ask(address, &format!("POST {path}"), &body.to_string()).await;
    (status, serde_json::from_str(&body).unwrap())
}
