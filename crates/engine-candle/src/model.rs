//! The engine as a [`Model`]: encodes requests, sends them to the engine thread, waits.

use crate::asked::Asked;
use crate::failures::{bad_request, died, no_numbers};
use crate::named_tokens::{drawn, piece, scored_text};
use crate::sampling::Sampler;
use crate::schedule::{AnswerSender, Finished, GenerateJob, Job, NewText, ScoreJob, TokenScores};
use crate::template::ChatTemplate;
use crate::text_scores::{Encoded, encode, windows};
use crate::tokenizer::Tokenizer;
use crate::waiting::{Call, encoded, worked};
use crate::wishes::{self, TEMPLATE_WISHES};
use async_trait::async_trait;
use evalscope_core::{
    CallFailure, ContinuationScore, FailureKind, GenerateRequest, Generation, Input, LoglikelihoodRequest,
    Message, Sampling, Timing, Usage,
};
use evalscope_model_api::{
    Beginning, CallContext, Capabilities, LoglikelihoodSupport, Model, OnPiece, Overflow, Prompt,
    RollingScore, ScoredText, WriteRequest, Written,
};
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// The embedded engine.
pub(crate) struct EmbeddedModel {
    pub(crate) identity: BTreeMap<String, String>,
    pub(crate) tokenizer: Arc<Tokenizer>,
    pub(crate) template: Option<Arc<ChatTemplate>>,
    /// Texts that end a reply to a conversation, beside those of a request.
    pub(crate) stops: Vec<String>,
    /// Tokens that do.
    pub(crate) ends: Vec<u32>,
    pub(crate) max_context: usize,
    /// Tokens whose keys and values there is memory for.
    pub(crate) room: usize,
    pub(crate) max_batch: usize,
    /// What a person should know of it.
    pub(crate) notices: Vec<String>,
    /// All have the same weights, and at least one there is.
    pub(crate) engines: Vec<Asked>,
}

impl EmbeddedModel {
    async fn prompt(&self, request: &GenerateRequest, call: &Call<'_>) -> Result<Vec<u32>, CallFailure> {
        match (&request.input, &self.template) {
            (Input::Text(text), _) => self.prompt_ids(text, call).await,
            (Input::Chat(messages), Some(template)) => {
                wishes::check_names(&request.sampling, template)?;
                let text = call.within(rendered(template.clone(), messages, &request.sampling)).await?;
                self.prompt_ids(&text, call).await
            }
            (Input::Chat(_), None) => {
                let message = "the model file has no chat template; give one with `--chat-template`";
                Err(CallFailure::new(FailureKind::Unsupported, message))
            }
        }
    }

    /// The tokens of a raw prompt; an empty one is what the model begins texts with. One that cannot fit is an error, by its
    /// bytes alone where they are too many.
    async fn prompt_ids(&self, text: &str, call: &Call<'_>) -> Result<Vec<u32>, CallFailure> {
        self.check_length(Length::AtLeast(self.tokenizer.fewest_tokens(text)), Some(0), call)?;
        let (bytes, text) = (text.len(), text.to_owned());
        let encode = move |tokenizer: &Tokenizer| tokenizer.encode_prompt(&text);
        let mut ids = call.within(encoded(&self.tokenizer, bytes, encode)).await?;
        if ids.is_empty() {
            ids.extend(self.tokenizer.start());
        }
        if ids.is_empty() {
            return Err(bad_request("the prompt has no tokens"));
        }
        Ok(ids)
    }

    /// The tokens of what is to be gone on from, and how to draw after them.
    async fn beginning(
        &self,
        request: &WriteRequest,
        call: &Call<'_>,
    ) -> Result<(Vec<u32>, Sampling), CallFailure> {
        let input = match &request.beginning {
            Beginning::Chat(messages) => Input::Chat(messages.clone()),
            Beginning::Prompt(Prompt::Text(text)) => Input::Text(text.clone()),
            Beginning::Prompt(Prompt::Tokens(ids)) => {
                // To the tokens nothing is added, as to a text.
                check(&GenerateRequest::new(Input::Text(String::new()), request.sampling.clone()))?;
                return Ok((self.known(ids)?, request.sampling.clone()));
            }
        };
        let request = GenerateRequest::new(input, request.sampling.clone());
        check(&request)?;
        Ok((self.prompt(&request, call).await?, self.sampling(&request)))
    }

    /// The ids, when they are tokens of the model.
    fn known(&self, ids: &[u32]) -> Result<Vec<u32>, CallFailure> {
        match ids.iter().find(|id| !self.tokenizer.has(**id)) {
            Some(beyond) => Err(bad_request(format!("the model has no token {beyond}"))),
            None if ids.is_empty() => Err(bad_request("the text has no tokens")),
            None => Ok(ids.to_vec()),
        }
    }

    /// Replies to a prompt.
    async fn finished(
        &self,
        prompt: Vec<u32>,
        manner: Manner,
        show: Option<Show<'_>>,
        call: &Call<'_>,
    ) -> Result<Finished, CallFailure> {
        let Manner { sampling, likely, ends, keeps_space } = manner;
        let max_context = self.check_length(Length::Exactly(prompt.len()), sampling.max_tokens, call)?;
        let (answer, receiver) = oneshot::channel();
        let (pieces, shown) = show
            .map(|show| {
                let (sender, receiver) = mpsc::unbounded_channel();
                (sender, (receiver, show))
            })
            .unzip();
        let job = GenerateJob { prompt, sampling, ends, max_context, likely, keeps_space, pieces, answer };
        self.ask(Job::Generate(Box::new(job)), receiver, shown, call).await
    }

    /// Tokens that prompt and reply may have together; a prompt that leaves none for a reply that is to have one is an error.
    fn check_length(
        &self,
        prompt: Length,
        max_tokens: Option<u32>,
        call: &Call<'_>,
    ) -> Result<usize, CallFailure> {
        let least = prompt.tokens() + usize::from(max_tokens != Some(0));
        match call.context.overflow {
            Overflow::Answer if least > self.max_context => Err(self.too_long("the prompt", prompt)),
            Overflow::Answer => Ok(self.max_context),
            Overflow::Refuse => {
                let (most, wanted) = (self.most_room(), max_tokens.map_or(1, |wanted| wanted as usize));
                match prompt.tokens().saturating_add(wanted) > most {
                    true => Err(too_many(most, prompt, max_tokens)),
                    false => Ok(most),
                }
            }
        }
    }

    /// Tokens that the context takes and that there is memory for.
    fn most_room(&self) -> usize {
        self.max_context.min(self.room)
    }

    /// How to draw, with what ends a turn.
    fn sampling(&self, request: &GenerateRequest) -> Sampling {
        let mut sampling = request.sampling.clone();
        if matches!(request.input, Input::Chat(_)) {
            let new = self.stops.iter().filter(|stop| !request.sampling.stop.contains(stop));
            sampling.stop.extend(new.cloned());
        }
        sampling
    }

    /// Tokens that end a turn by the layout that was named.
    fn ends(&self, is_chat: bool) -> Vec<u32> {
        if is_chat { self.ends.clone() } else { Vec::new() }
    }

    fn too_long(&self, what: &str, tokens: impl Display) -> CallFailure {
        let message = format!("{what} has {tokens} tokens, and the context takes {}", self.max_context);
        CallFailure::new(FailureKind::ContextTooLong, message)
    }

    /// Sends a job and waits for its answer; giving up drops the receiver, and that cancels the job.
    async fn ask<T>(
        &self,
        job: Job,
        mut answer: oneshot::Receiver<Result<T, CallFailure>>,
        mut text: Pieces<'_>,
        call: &Call<'_>,
    ) -> Result<T, CallFailure> {
        let context = call.context;
        let _waiting = Asked::send(&self.engines, job).ok_or_else(died)?;
        let deadline = tokio::time::sleep(call.left());
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                biased;
                () = context.cancel.cancelled() => return Err(call.cancelled()),
                Some(piece) = next(&mut text) => show(&text, piece),
                answer = &mut answer => {
                    while let Some(piece) = text.as_mut().and_then(|(pieces, _)| pieces.try_recv().ok()) {
                        show(&text, piece);
                    }
                    return answer.map_err(|_| died())?;
                }
                () = &mut deadline => return Err(call.timed_out()),
            }
        }
    }

    async fn score(
        &self,
        (context_ids, continuations): (Vec<u32>, Vec<Vec<u32>>),
        likely: usize,
        call: &Call<'_>,
    ) -> Result<Vec<TokenScores>, CallFailure> {
        let longest = continuations.iter().map(Vec::len).max().unwrap_or(0);
        let inputs = context_ids.len() + longest.saturating_sub(1);
        if inputs > self.max_context {
            return Err(self.too_long("prefix and continuation without its last token", inputs));
        }
        let (sender, receiver): (AnswerSender<_>, _) = oneshot::channel();
        let job = Job::Score(ScoreJob { context: context_ids, continuations, likely, answer: sender });
        let scores = self.ask(job, receiver, None, call).await?;
        match scores.iter().flat_map(|score| &score.per_token).all(|value| value.is_finite()) {
            true => Ok(scores),
            false => Err(no_numbers()),
        }
    }
}

/// Tokens of a prompt.
#[derive(Debug, Clone, Copy)]
enum Length {
    Exactly(usize),
    /// It was not tokenized.
    AtLeast(usize),
}

impl Length {
    fn tokens(self) -> usize {
        match self {
            Length::Exactly(tokens) | Length::AtLeast(tokens) => tokens,
        }
    }
}

impl Display for Length {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Length::Exactly(tokens) => write!(formatter, "{tokens}"),
            Length::AtLeast(tokens) => write!(formatter, "at least {tokens}"),
        }
    }
}

fn too_many(most: usize, prompt: Length, max_tokens: Option<u32>) -> CallFailure {
    // The caller need not have said how many: a completion has a default.
    let wanted = max_tokens.filter(|wanted| *wanted > 0);
    let wanted = wanted.map_or(String::new(), |wanted| format!(", and its reply may have {wanted}"));
    let message =
        format!("this model's maximum context length is {most} tokens: the prompt has {prompt}{wanted}");
    CallFailure::new(FailureKind::ContextTooLong, message)
}

/// How replies are written.
struct Manner {
    sampling: Sampling,
    /// Wants the log-probability of each token, with so many of the most likely ones beside it.
    likely: Option<usize>,
    /// Tokens that end a reply, beside those that always do.
    ends: Vec<u32>,
    /// Whether a first space that the tokenizer writes before any text is part of the reply.
    keeps_space: bool,
}

/// Shows what is new of a reply.
type Show<'a> = Box<dyn Fn(NewText) + Send + Sync + 'a>;
/// Where what is new comes from, and what is done with it.
type Pieces<'a> = Option<(mpsc::UnboundedReceiver<NewText>, Show<'a>)>;

async fn next(pieces: &mut Pieces<'_>) -> Option<NewText> {
    match pieces {
        Some((pieces, _)) => pieces.recv().await,
        None => None,
    }
}

fn show(pieces: &Pieces<'_>, piece: NewText) {
    if let Some((_, show)) = pieces {
        show(piece);
    }
}

#[async_trait]
impl Model for EmbeddedModel {
    fn identity(&self) -> BTreeMap<String, String> {
        self.identity.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            chat: self.template.is_some(),
            text: true,
            loglikelihood: LoglikelihoodSupport::Exact,
            embed: false,
            tokenize: true,
            stream: true,
            max_context: Some(self.max_context as u64),
            default_concurrency: self.max_batch,
            notices: self.notices.clone(),
        }
    }

    fn check_sampling(&self, sampling: &Sampling) -> Result<(), CallFailure> {
        check_sampling(sampling)?;
        match &self.template {
            Some(template) => wishes::check_names(sampling, template),
            None => wishes::check_heard(&GenerateRequest::new(Input::Text(String::new()), sampling.clone())),
        }
    }

    fn most_tokens(&self) -> Option<u64> {
        Some(self.most_room() as u64)
    }

    async fn probe(&self, _: &CallContext) -> Result<Capabilities, CallFailure> {
        Ok(self.capabilities())
    }

    async fn generate(
        &self,
        request: &GenerateRequest,
        context: &CallContext,
    ) -> Result<Generation, CallFailure> {
        let (begun, call) = (Instant::now(), Call::begin(context));
        check(request)?;
        let prompt = self.prompt(request, &call).await?;
        let input_tokens = prompt.len();
        let show = context.on_text.as_ref().map(|on_text| {
            let show = move |new: NewText| {
                if new.reply == 0 {
                    on_text(&new.text);
                }
            };
            Box::new(show) as Show<'_>
        });
        let manner = Manner {
            sampling: self.sampling(request),
            likely: None,
            ends: self.ends(matches!(request.input, Input::Chat(_))),
            // As where transformers decodes the new tokens alone.
            keeps_space: false,
        };
        let finished = self.finished(prompt, manner, show, &call).await?;
        Ok(generation(finished, input_tokens, begun))
    }

    async fn write(
        &self,
        request: &WriteRequest,
        on_piece: Option<OnPiece>,
        context: &CallContext,
    ) -> Result<Written, CallFailure> {
        let (begun, call) = (Instant::now(), Call::begin(context));
        let (prompt, sampling) = self.beginning(request, &call).await?;
        let input_tokens = prompt.len();
        let show = on_piece.map(|on_piece| {
            let show = move |new: NewText| on_piece(piece(&self.tokenizer, new));
            Box::new(show) as Show<'_>
        });
        let is_chat = matches!(request.beginning, Beginning::Chat(_));
        let (likely, ends) = (request.likely, self.ends(is_chat));
        let manner = Manner { sampling, likely, ends, keeps_space: !is_chat };
        let mut finished = self.finished(prompt, manner, show, &call).await?;
        let tokens = std::mem::take(&mut finished.tokens);
        let tokens = tokens.into_iter().map(|tokens| drawn(&self.tokenizer, tokens)).collect();
        Ok(Written { generation: generation(finished, input_tokens, begun), tokens })
    }

    async fn loglikelihood(
        &self,
        request: &LoglikelihoodRequest,
        context: &CallContext,
    ) -> Result<Vec<ContinuationScore>, CallFailure> {
        let (call, asked) = (Call::begin(context), request.clone());
        let bytes = request.prefix.iter().chain(&request.continuations).map(String::len).sum();
        let encode = move |tokenizer: &Tokenizer| encode(tokenizer, &asked);
        let encoded = call.within(encoded(&self.tokenizer, bytes, encode)).await?;
        let Encoded { context: prefix, continuations } = encoded;
        let scores = self.score((prefix, continuations), 0, &call).await?;
        let texts = request.continuations.iter();
        Ok(scores.into_iter().zip(texts).map(|(scores, text)| continuation_score(scores, text)).collect())
    }

    async fn loglikelihood_rolling(
        &self,
        text: &str,
        context: &CallContext,
    ) -> Result<RollingScore, CallFailure> {
        let Some(start) = self.tokenizer.start() else {
            return Err(CallFailure::new(
                FailureKind::Unsupported,
                "the model has no token to begin a text with",
            ));
        };
        let mut rolling = RollingScore { sum: 0.0, tokens: 0, bytes: text.len() as u64 };
        let whole = text.to_owned();
        let call = Call::begin(context);
        let encode = move |tokenizer: &Tokenizer| tokenizer.encode(&whole);
        let tokens = call.within(encoded(&self.tokenizer, text.len(), encode)).await?;
        for (prefix, targets) in windows(start, &tokens, self.max_context) {
            // A long text has the time of a call for each of its windows.
            for scores in self.score((prefix, vec![targets]), 0, &Call::begin(context)).await? {
                rolling.tokens += scores.per_token.len() as u64;
                rolling.sum += scores.per_token.iter().sum::<f64>();
            }
        }
        Ok(rolling)
    }

    async fn score_text(
        &self,
        prompt: &Prompt,
        likely: usize,
        new: u32,
        context: &CallContext,
    ) -> Result<ScoredText, CallFailure> {
        let call = Call::begin(context);
        let ids = match prompt {
            Prompt::Text(text) => {
                // With what the model wants at the beginning, as when it goes on from the text.
                self.prompt_ids(text, &call).await?
            }
            Prompt::Tokens(ids) => self.known(ids)?,
        };
        let Some((first, rest)) = ids.split_first() else {
            return Err(bad_request("the text has no tokens"));
        };
        self.check_length(Length::Exactly(ids.len()), Some(new), &call)?;
        // The last token stands for whatever follows: what is likely there is asked, and not it.
        let targets = rest.iter().chain([first]).copied().collect();
        let mut scores = self.score((vec![*first], vec![targets]), likely, &call).await?;
        let scores = scores.pop().unwrap_or_default();
        Ok(scored_text(&self.tokenizer, &ids, scores))
    }

    async fn tokenize(&self, text: &str) -> Result<Vec<u32>, CallFailure> {
        let (bytes, text) = (text.len(), text.to_owned());
        encoded(&self.tokenizer, bytes, move |tokenizer| tokenizer.encode(&text)).await
    }
}

/// The text of a conversation, as the template lays it out.
async fn rendered(
    template: Arc<ChatTemplate>,
    messages: &[Message],
    sampling: &Sampling,
) -> Result<String, CallFailure> {
    let (messages, wishes) = (plain(messages), wishes::of(sampling).cloned());
    let bytes = messages.iter().map(|message| message.text().len()).sum();
    let render = move || {
        let text = template.render(&messages, wishes.as_ref());
        text.map_err(|reason| bad_request(format!("the chat template refuses: {reason}")))
    };
    worked(bytes, render).await
}

/// The same messages with their texts as strings: templates know no parts.
fn plain(messages: &[Message]) -> Vec<Message> {
    messages.iter().map(|message| Message::new(message.role, message.text())).collect()
}

/// Refuses what would be left out of the prompt in silence.
fn check_input(request: &GenerateRequest) -> Result<(), CallFailure> {
    let messages = match &request.input {
        Input::Chat(messages) => messages.as_slice(),
        Input::Text(_) => &[],
    };
    let calls_tools = |message: &Message| !message.tool_calls.is_empty() || message.tool_call_id.is_some();
    let text = if messages.iter().any(|message| message.content.has_image()) {
        "the embedded engine sees no images; give an endpoint that does with `--api-url`"
    } else if !request.tools.is_empty() || messages.iter().any(calls_tools) {
        "the embedded engine calls no tools; give an endpoint that does with `--api-url`"
    } else {
        return Ok(());
    };
    Err(CallFailure::new(FailureKind::Unsupported, text))
}

fn check(request: &GenerateRequest) -> Result<(), CallFailure> {
    check_input(request)?;
    check_sampling(&request.sampling)?;
    wishes::check_heard(request)
}

/// Refuses what no prompt would make sense of.
fn check_sampling(sampling: &Sampling) -> Result<(), CallFailure> {
    Sampler::check(sampling).map_err(bad_request)?;
    if let Some(field) = sampling.extra_body.keys().find(|key| *key != TEMPLATE_WISHES) {
        return Err(bad_request(format!("the embedded engine has no field `{field}`")));
    }
    wishes::check(sampling)
}

fn generation(finished: Finished, input_tokens: usize, begun: Instant) -> Generation {
    let since = |then: Instant| then.saturating_duration_since(begun).as_secs_f64() * 1000.0;
    Generation {
        completions: finished.completions,
        usage: Some(Usage::new(input_tokens as u64, finished.output_tokens)),
        timing: Timing {
            latency_ms: since(Instant::now()),
            ttft_ms: finished.first_token.map(since),
            itl_ms: None,
        },
        ..Generation::default()
    }
}

fn continuation_score(scores: TokenScores, text: &str) -> ContinuationScore {
    ContinuationScore {
        sum: scores.per_token.iter().sum(),
        tokens: scores.per_token.len() as u32,
        per_token: scores.per_token,
        is_greedy: scores.is_greedy,
        bytes: text.len() as u32,
    }
}
