//! A program of the user's as a model. The form of the lines is in docs/guides/own-model.md.

use crate::choices::{self, Shape};
use crate::draft::{Draft, Thinking};
use crate::failure::{Site, unusable};
use crate::json::{self, Fields};
use crate::program::Program;
use crate::providers::{openai_chat, openai_completions};
use crate::refusal::Refusal;
use crate::service::DEFAULT_CONCURRENCY;
use crate::unusable::Unusable;
use crate::wire::Call;
use async_trait::async_trait;
use evalscope_core::{CallFailure, FailureKind, GenerateRequest, Generation, Input, Secrets, Timing};
use evalscope_model_api::{CallContext, Capabilities, Model};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// What it is called in options and in the plan.
pub const NAME: &str = "command";
/// What it is, in one line.
pub const ABOUT: &str = "a program of your own that answers JSON lines";

/// How a program is given.
#[derive(Debug, Clone)]
pub struct CommandOptions {
    /// The program and its arguments, as they are: no shell reads them.
    pub command: Vec<String>,
    /// The model's name, sent with each request.
    pub model: String,
}

struct CommandModel {
    options: CommandOptions,
    program: OnceLock<Result<Program, String>>,
    secrets: Secrets,
}

/// A model behind a program. It is started with the first look at it, and not again when it has ended.
pub fn open(options: CommandOptions) -> Arc<dyn Model> {
    Arc::new(CommandModel { options, program: OnceLock::new(), secrets: Secrets::default() })
}

#[async_trait]
impl Model for CommandModel {
    fn identity(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("provider".to_owned(), NAME.to_owned()),
            ("command".to_owned(), json!(self.options.command).to_string()),
            ("model".to_owned(), self.options.model.clone()),
        ])
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::of_replies(DEFAULT_CONCURRENCY, "a command is asked for text only")
    }

    async fn probe(&self, _: &CallContext) -> Result<Capabilities, CallFailure> {
        self.program()?;
        Ok(self.capabilities())
    }

    async fn generate(
        &self,
        request: &GenerateRequest,
        context: &CallContext,
    ) -> Result<Generation, CallFailure> {
        let sent = Instant::now();
        let body = body(&self.options.model, request)
            .map_err(|refusal| self.site().failure(refusal.kind, &refusal.text))?;
        let mut waiting = self.program()?.send(body).map_err(|why| died(&why))?;
        let reply = tokio::select! {
            biased;
            () = context.cancel.cancelled() => {
                return Err(self.site().failure(FailureKind::Cancelled, "the call was cancelled"));
            }
            () = tokio::time::sleep(context.timeout) => {
                let text = format!("no answer within {} s", context.timeout.as_secs_f64());
                return Err(self.site().failure(FailureKind::Timeout, &text));
            }
            reply = waiting.reply() => reply.map_err(|why| died(&why))?,
        };
        let latency_ms = sent.elapsed().as_secs_f64() * 1000.0;
        self.read(reply, &request.input, Timing { latency_ms, ..Timing::default() })
    }
}

impl CommandModel {
    fn program(&self) -> Result<&Program, CallFailure> {
        let program = self.program.get_or_init(|| Program::start(&self.options.command));
        program.as_ref().map_err(|why| died(why))
    }

    fn site(&self) -> Site<'_> {
        let shown = self.options.command.first().map_or("", String::as_str);
        Site { shown, secrets: &self.secrets }
    }

    fn read(&self, mut reply: Fields, input: &Input, timing: Timing) -> Result<Generation, CallFailure> {
        reply.shift_remove("id");
        let bytes = crate::request::bytes(&reply);
        let (shape, thinking) = match input {
            Input::Chat(_) => (Shape::Chat, Thinking::InTags),
            Input::Text(_) => (Shape::Text, Thinking::IsText),
        };
        let mut draft = Draft::default();
        let read = json::parse(&bytes).and_then(|mut fields| {
            match fields.shift_remove("response") {
                Some(Value::Object(response)) => choices::read_whole(response, &mut draft, shape)?,
                _ if fields.get("text").is_some_and(Value::is_string) => {
                    draft.choice(0).text = json::take_text(&mut fields, "text");
                }
                _ => {
                    let what = "the reply has none of `text`, `response` and `error`";
                    return Err(Unusable::Malformed(what.into()));
                }
            }
            draft.keep_all(fields);
            Ok(())
        });
        read.map_err(|error| unusable(self.site(), error, &bytes))?;
        if draft.is_empty() {
            return Err(self.site().failure(FailureKind::Server, "the answer has no choice in it"));
        }
        Ok(draft.finish(thinking, timing))
    }
}

/// The request as an OpenAI-compatible server would get it.
fn body(model: &str, request: &GenerateRequest) -> Result<Fields, Refusal> {
    let layout = match request.input {
        Input::Chat(_) => openai_chat::WIRE.body,
        Input::Text(_) => openai_completions::WIRE.body,
    };
    let mut body = layout(&Call { model, request, stream: false })?;
    json::patch(&mut body, &request.sampling.extra_body);
    Ok(json::fields(json!({"request": body})))
}

fn died(why: &str) -> CallFailure {
    CallFailure::new(FailureKind::EngineDied, why)
}
