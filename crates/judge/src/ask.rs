//! The life of one verdict: asked, read; asked once more when it cannot be read; then counted as unread.

use crate::parse::{Format, Unparsed, Verdict, parse};
use evalscope_core::{
    ContinuationTokens, Effect, GenerateRequest, Input, LoglikelihoodRequest, Message, Outcome, Role,
    Sampling, Step,
};
use serde::{Deserialize, Serialize};

/// How a judge is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// For a reply that ends with its verdict.
    #[default]
    Reply,
    /// For how likely each verdict is: for models too small to keep to a format, where they give log-likelihoods.
    Likelihood,
}

/// One verdict that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The conversation.
    pub input: Input,
    /// The form of the verdict.
    pub format: Format,
    /// How.
    pub asking: Asking,
    /// How the judge draws its reply.
    pub sampling: Sampling,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The verdict, or why there is none.
    pub verdict: Result<Verdict, Unparsed>,
    /// The judge's last reply.
    pub reply: String,
    /// Whether it had to be reminded of the form.
    pub was_reminded: bool,
}

/// What the verdict needs next, or the verdict. Pure.
pub fn step(ask: &Ask, seen: &[Outcome]) -> Step<Judged> {
    if ask.asking == Asking::Likelihood {
        return likelihood(ask, seen);
    }
    let text = |outcome: &Outcome| outcome.as_generation().map_or("", |reply| reply.text()).to_owned();
    let Some(first) = seen.first().map(text) else {
        return Step::Need(vec![generate(ask, ask.input.clone())]);
    };
    match (parse(ask.format, &first), seen.get(1).map(text)) {
        (Ok(verdict), _) => Step::Done(Judged { verdict: Ok(verdict), reply: first, was_reminded: false }),
        (Err(_), None) => Step::Need(vec![generate(ask, reminded(&ask.input, &first, ask.format))]),
        (Err(_), Some(second)) => {
            Step::Done(Judged { verdict: parse(ask.format, &second), reply: second, was_reminded: true })
        }
    }
}

fn generate(ask: &Ask, input: Input) -> Effect {
    Effect::Generate(GenerateRequest::new(input, ask.sampling.clone()))
}

fn reminded(input: &Input, reply: &str, format: Format) -> Input {
    match input {
        Input::Text(text) => Input::Text(format!("{text}{reply}\n{}\n", format.reminder())),
        Input::Chat(messages) => {
            let more = [Message::new(Role::Assistant, reply), Message::user(format.reminder())];
            Input::Chat(messages.iter().cloned().chain(more).collect())
        }
    }
}

/// The verdicts of a format as they may stand behind `[[`, and what each means.
fn verdicts(format: Format) -> Vec<(String, Verdict)> {
    match format {
        Format::Letter => {
            let all = [("A", Verdict::First), ("B", Verdict::Second), ("C", Verdict::Tie)];
            all.map(|(name, verdict)| (name.to_owned(), verdict)).into()
        }
        Format::Rating => {
            (1..=10).map(|score| (format!("{score}"), Verdict::Score(f64::from(score)))).collect()
        }
        Format::RatingPair => (1..=10)
            .flat_map(|one| (1..=10).map(move |other| (one, other)))
            .map(|(one, other)| (format!("{one} {other}"), Verdict::Scores(f64::from(one), f64::from(other))))
            .collect(),
    }
}

fn likelihood(ask: &Ask, seen: &[Outcome]) -> Step<Judged> {
    let verdicts = verdicts(ask.format);
    let Some(outcome) = seen.first() else {
        let lead = if ask.format == Format::RatingPair { "\n\nScores: " } else { "\n\nVerdict: [[" };
        return Step::Need(vec![Effect::Loglikelihood(LoglikelihoodRequest {
            prefix: vec![text(&ask.input), lead.to_owned()],
            continuations: verdicts.into_iter().map(|(name, _)| name).collect(),
            tokens: ContinuationTokens::InContext,
        })]);
    };
    let scores = outcome.as_loglikelihoods().unwrap_or(&[]);
    let mut best: Option<(f64, &(String, Verdict))> = None;
    for (score, verdict) in scores.iter().zip(&verdicts) {
        if best.is_none_or(|(most, _)| score.sum > most) {
            best = Some((score.sum, verdict));
        }
    }
    let (verdict, reply) = match best {
        Some((_, (name, verdict))) => (Ok(*verdict), name.clone()),
        None => (Err(Unparsed::None), String::new()),
    };
    Step::Done(Judged { verdict, reply, was_reminded: false })
}

/// All that is said, as one text.
fn text(input: &Input) -> String {
    match input {
        Input::Text(text) => text.clone(),
        Input::Chat(messages) => {
            messages.iter().map(|message| message.text().into_owned()).collect::<Vec<_>>().join("\n\n")
        }
    }
}
