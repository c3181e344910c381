//! The embedded engine under load: a server on loopback that answers OpenAI's chat completions with it, so that it is
//! measured as any other server is. It lives as long as the test.

use crate::environment::Environment;
use crate::error::Error;
use crate::model::open_local;
use crate::options::ModelOptions;
use crate::perf::loopback::{event, problem, request, whole};
use crate::runtime::runtime;
use evalscope_core::{GenerateRequest, Generation, Input, Message, Role, Sampling};
use evalscope_model_api::{CallContext, Model};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Tokens of an answer when a request says nothing.
const DEFAULT_TOKENS: u32 = 16;
/// How long no connection is taken after one could not be taken.
const AFTER_NONE: Duration = Duration::from_millis(10);

/// A running server.
pub struct Local {
    /// Its address.
    pub url: String,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// What a request says.
#[derive(Deserialize)]
struct Asked {
    messages: Vec<Turn>,
    #[serde(default)]
    stream: bool,
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u32>,
    seed: Option<u64>,
    #[serde(default)]
    stop: Vec<String>,
}

#[derive(Deserialize)]
struct Turn {
    role: Role,
    content: String,
}

impl Local {
    /// Opens a model by its name and serves it.
    pub fn open(name: &str, environment: &Environment) -> Result<Local, Error> {
        let given = ModelOptions { model: Some(name.to_owned()), ..ModelOptions::default() };
        let opened = open_local(&given, None, environment)?;
        Local::serve(opened.model)
    }

    /// Serves a model.
    fn serve(model: Arc<dyn Model>) -> Result<Local, Error> {
        let wrong = |source| Error::File { path: "a port of loopback".into(), source };
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(wrong)?;
        listener.set_nonblocking(true).map_err(wrong)?;
        let address = listener.local_addr().map_err(wrong)?;
        let (runtime, stop) = (runtime()?, CancellationToken::new());
        let stopped = stop.clone();
        let served = move || {
            runtime.block_on(async {
                tokio::select! {
                    () = stopped.cancelled() => {}
                    _ = accept(listener, model) => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name("perf-engine".into()).spawn(served).map_err(wrong)?;
        Ok(Local { url: format!("http://{address}/v1"), stop, thread: Some(thread) })
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: std::net::TcpListener, model: Arc<dyn Model>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // There are no files left, or the client is gone: the next may be taken a moment later.
            tokio::time::sleep(AFTER_NONE).await;
            continue;
        };
        // Of a client that is gone it cannot be set.
        let _ = stream.set_nodelay(true);
        tokio::spawn(connection(stream, Arc::clone(&model)));
    }
}

async fn connection(mut stream: TcpStream, model: Arc<dyn Model>) -> io::Result<()> {
    let mut bytes = Vec::new();
    while let Some(body) = request(&mut stream, &mut bytes).await? {
        match serde_json::from_slice::<Asked>(&body) {
            Err(error) => whole(&mut stream, 400, &problem(&error.to_string())).await?,
            Ok(asked) => answer(&mut stream, &*model, asked).await?,
        }
    }
    Ok(())
}

async fn answer(stream: &mut TcpStream, model: &dyn Model, asked: Asked) -> io::Result<()> {
    let is_streamed = asked.stream;
    let request = generation(asked);
    let mut context = CallContext::with_timeout(Duration::from_secs(24 * 3600));
    if !is_streamed {
        return match model.generate(&request, &context).await {
            Err(failure) => whole(stream, 500, &problem(&failure.to_string())).await,
            Ok(generation) => {
                let choice = json!({"index": 0, "finish_reason": "stop",
                    "message": {"role": "assistant", "content": generation.text()}});
                whole(stream, 200, &json!({"choices": [choice], "usage": usage(&generation)})).await
            }
        };
    }
    let (sender, mut pieces) = tokio::sync::mpsc::unbounded_channel::<String>();
    context.on_text = Some(Arc::new(move |piece: &str| {
        // Nobody listens when the client is gone.
        let _ = sender.send(piece.to_owned());
    }));
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    let generating = model.generate(&request, &context);
    tokio::pin!(generating);
    let ended = loop {
        tokio::select! {
            biased;
            Some(piece) = pieces.recv() => event(stream, &said(&piece)).await?,
            ended = &mut generating => break ended,
        }
    };
    while let Ok(piece) = pieces.try_recv() {
        event(stream, &said(&piece)).await?;
    }
    match ended {
        Err(failure) => event(stream, &problem(&failure.to_string())).await?,
        Ok(generation) => {
            event(stream, &json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})).await?;
            event(stream, &json!({"choices": [], "usage": usage(&generation)})).await?;
        }
    }
    stream.write_all(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n").await
}

fn said(piece: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": null}]})
}

fn usage(generation: &Generation) -> Value {
    generation.usage.as_ref().map_or(Value::Null, |usage| {
        json!({"prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens,
               "total_tokens": usage.input_tokens + usage.output_tokens})
    })
}

fn generation(asked: Asked) -> GenerateRequest {
    let messages = asked.messages.into_iter().map(|turn| Message::new(turn.role, turn.content)).collect();
    let sampling = Sampling {
        max_tokens: asked.max_tokens.or(Some(DEFAULT_TOKENS)),
        temperature: asked.temperature,
        top_p: asked.top_p,
        top_k: asked.top_k,
        seed: asked.seed,
        stop: asked.stop,
        ..Sampling::default()
    };
    GenerateRequest::new(Input::Chat(messages), sampling)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use evalscope_core::{CallFailure, Completion, Usage};
    use evalscope_model_api::Capabilities;
    use std::collections::BTreeMap;

    /// Says each word of the prompt back.
    struct Echo;

    #[async_trait]
    impl Model for Echo {
        fn identity(&self) -> BTreeMap<String, String> {
            BTreeMap::new()
        }

        fn capabilities(&self) -> Capabilities {
            Capabilities::of_replies(1, "it has none")
        }

        async fn probe(&self, _: &CallContext) -> Result<Capabilities, CallFailure> {
            Ok(self.capabilities())
        }

        async fn generate(
            &self,
            request: &GenerateRequest,
            context: &CallContext,
        ) -> Result<Generation, CallFailure> {
            let Input::Chat(messages) = &request.input else { panic!("no conversation") };
            let text = messages[0].text().into_owned();
            for word in text.split_inclusive(' ') {
                if let Some(on_text) = &context.on_text {
                    on_text(word);
                }
            }
            let usage =
                Usage { input_tokens: 2, output_tokens: 3, cached_tokens: None, reasoning_tokens: None };
            let completions = vec![Completion { text, ..Completion::default() }];
            Ok(Generation { completions, usage: Some(usage), ..Generation::default() })
        }
    }

    #[test]
    fn a_model_that_runs_here_is_measured_like_a_server() {
        let server = Local::serve(Arc::new(Echo)).unwrap();
        for stream in [true, false] {
            let place = tempfile::tempdir().unwrap();
            let options = crate::perf::PerfOptions {
                url: server.url.clone(),
                api: "openai_chat".into(),
                model: "echo".into(),
                prompt: Some("one two three".into()),
                stream,
                repeat: 1,
                connect_timeout: Duration::from_secs(5),
                read_timeout: Duration::from_secs(5),
                total_timeout: Duration::from_secs(5),
                loads: crate::perf::Loads {
                    parallel: vec![2],
                    number: vec![6],
                    ..crate::perf::Loads::default()
                },
                outputs_dir: place.path().to_owned(),
                ..crate::perf::PerfOptions::default()
            };
            let tested = crate::perf::perf(
                &options,
                &Environment::nowhere(),
                &|_| {},
                &crate::perf::Signals::default(),
            );
            let stage = tested.unwrap().summary.stages.remove(0);
            assert_eq!((stage.requests.ok, stage.tokens.output.unwrap().mean), (6, 3.0));
            assert_eq!(stage.tokens.chunks.unwrap().mean, if stream { 3.0 } else { 1.0 });
        }
    }
}
