//! From replies to findings: what is asked next, and what all of it says together.

use crate::findings::{FINDINGS_VERSION, Finding, Findings, Name, Nondeterminism, Seen};
use crate::questions::{self, Purpose, Question, Reply, Subject};
use crate::seeing::{self, Found};
use crate::template;
use evalscope_core::{CallFailure, Constraint, FailureKind, Generation, Usage};
use evalscope_model_api::LoglikelihoodSupport;
use indexmap::IndexMap;

/// A word to stop at is not shorter: a short one may stand in the middle of any other.
const STOP_LENGTH: usize = 4;

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// These questions; then call again with their replies added, in order.
    Ask(Vec<Question>),
    /// Nothing; this was found.
    Done(Box<Findings>),
}

/// Looks at the replies so far. An endpoint that does not answer the first question is asked nothing else.
pub fn step(subject: &Subject, replies: &[Reply]) -> Next {
    let Some((first, others)) = replies.split_first() else {
        return Next::Ask(vec![questions::first(subject)]);
    };
    let first = match first {
        Ok(generation) => generation,
        Err(failure) => return Next::Done(Box::new(nothing_seen(subject, failure))),
    };
    let stop = stop_word(first.text());
    let purposes = questions::purposes(subject, stop);
    if others.len() < purposes.len() {
        let rest = &purposes[others.len()..];
        return Next::Ask(rest.iter().map(|purpose| questions::of(*purpose, subject, stop)).collect());
    }
    let replies = Replies { first, stop, purposes, others };
    let usage = usage(std::iter::once(first).chain(others.iter().flatten()));
    Next::Done(Box::new(Findings {
        calls: 1 + others.iter().filter(|reply| is_sent(reply)).count() as u32,
        tokens: usage.map_or(0, |usage| usage.input_tokens.saturating_add(usage.output_tokens)),
        usage,
        nondeterminism: nondeterminism(&replies),
        findings: findings(subject, &replies),
        ..empty(subject)
    }))
}

/// All replies, by what they were for.
struct Replies<'a> {
    first: &'a Generation,
    stop: Option<&'a str>,
    purposes: Vec<Purpose>,
    others: &'a [Reply],
}

impl<'a> Replies<'a> {
    fn of(&self, purpose: Purpose) -> impl Iterator<Item = &'a Reply> {
        self.purposes.iter().zip(self.others).filter(move |(of, _)| **of == purpose).map(|(_, reply)| reply)
    }
}

fn findings(subject: &Subject, replies: &Replies<'_>) -> Vec<Finding> {
    let one = |purpose| replies.of(purpose).next();
    let differing = nondeterminism(replies).is_some_and(|figure| figure.differing > 0);
    let draws: Vec<&Reply> = replies.of(Purpose::Draw).collect();
    let logprobs = one(Purpose::Logprobs);
    let constrained =
        |constraint| seeing::constrained(subject, constraint, one(Purpose::Constrained(constraint)));
    let mut found = vec![
        (Name::Stream, seeing::stream(one(Purpose::Stream))),
        (Name::Usage, seeing::usage(replies.first)),
        (Name::MaxTokens, seeing::max_tokens(replies.first)),
        (Name::Stop, seeing::stop(replies.first, replies.stop, one(Purpose::Stop))),
        (Name::Seed, seeing::seed(replies.first, &draws, differing)),
        (Name::Logprobs, seeing::logprobs(subject, logprobs)),
        (Name::Choice, constrained(Constraint::Choice)),
        (Name::JsonSchema, constrained(Constraint::JsonSchema)),
        (Name::Echo, echo(subject)),
    ];
    let three = one(Purpose::ThreeMessages);
    if subject.is_text() {
        found.push((Name::DoubleBos, template::double_bos_in_echo(subject, logprobs)));
    } else {
        let counts = template::Counts::of(one(Purpose::OneMessage), three);
        found.push((Name::ChatTemplate, template::chat_template(&counts)));
        found.push((Name::AddedText, template::added_text(&counts)));
        found.push((Name::DoubleBos, template::double_bos_in_prompt(three)));
    }
    found.into_iter().map(finding).collect()
}

fn finding((name, (seen, evidence)): (Name, Found)) -> Finding {
    // A server's own words may have several lines.
    Finding { name, seen, evidence: evidence.split_whitespace().collect::<Vec<_>>().join(" ") }
}

/// The look without paid calls has compared the echo of a text with that of its beginning; a run is held to the same.
fn echo(subject: &Subject) -> Found {
    match &subject.capabilities.loglikelihood {
        LoglikelihoodSupport::None(reason) => (Seen::No, reason.clone()),
        _ => (Seen::Yes, "a prompt came back with log-probabilities that add up".to_owned()),
    }
}

/// Compares the first answer with its repeats. Replies without a visible text tell nothing.
fn nondeterminism(replies: &Replies<'_>) -> Option<Nondeterminism> {
    let first = seeing::whole_text(replies.first);
    let repeats: Vec<String> = replies.of(Purpose::Repeat).flatten().map(seeing::whole_text).collect();
    if first.is_empty() || repeats.is_empty() {
        return None;
    }
    let differing = repeats.iter().filter(|again| **again != first).count() as u32;
    Some(Nondeterminism { repeats: repeats.len() as u32, differing })
}

/// A word of the text that the model will say again when it is asked again: from the middle, and not said before.
fn stop_word(text: &str) -> Option<&str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_fit = |word: &&str| {
        let first = text.find(*word);
        let is_word = word.chars().count() >= STOP_LENGTH && word.chars().all(char::is_alphanumeric);
        is_word && first.is_some_and(|at| at > 0 && !text[..at].trim().is_empty())
    };
    let middle = words.len().div_ceil(2);
    words[..middle].iter().rev().copied().find(is_fit)
}

fn nothing_seen(subject: &Subject, failure: &CallFailure) -> Findings {
    let unknown = |name: &Name| Finding {
        name: *name,
        seen: Seen::Unknown,
        evidence: "the first call was not answered".to_owned(),
    };
    let names = [
        Name::Stream,
        Name::Usage,
        Name::MaxTokens,
        Name::Stop,
        Name::Seed,
        Name::Logprobs,
        Name::Choice,
        Name::JsonSchema,
    ];
    let mut findings: Vec<Finding> = names.iter().map(unknown).collect();
    findings.push(finding((Name::Echo, echo(subject))));
    Findings { calls: 1, failure: Some(failure.message.clone()), findings, ..empty(subject) }
}

fn empty(subject: &Subject) -> Findings {
    Findings {
        version: FINDINGS_VERSION,
        endpoint: IndexMap::new(),
        probed_at: String::new(),
        calls: 0,
        tokens: 0,
        usage: None,
        max_context: subject.capabilities.max_context,
        nondeterminism: None,
        failure: None,
        findings: Vec::new(),
    }
}

/// What a protocol has no word for is refused before it is sent, and what there is no time for is not sent.
fn is_sent(reply: &Reply) -> bool {
    !matches!(reply, Err(failure) if matches!(failure.kind, FailureKind::Unsupported | FailureKind::Cancelled))
}

/// Tokens of all replies, as far as they are counted.
fn usage<'a>(replies: impl Iterator<Item = &'a Generation>) -> Option<Usage> {
    replies.filter_map(|reply| reply.usage).reduce(|mut sum, usage| {
        sum.add(&usage);
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_to_stop_at_is_said_once_and_not_at_once() {
        assert_eq!(stop_word("The old man went down to the sea and sang"), Some("down"));
        assert_eq!(stop_word("machine machine machine machine"), None);
        assert_eq!(stop_word("a b, c. d"), None);
        assert_eq!(stop_word("B"), None);
        assert_eq!(stop_word(""), None);
    }
}
