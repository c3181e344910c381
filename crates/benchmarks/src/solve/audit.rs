//! The second look at a generated reply: read in other ways, and what is odd about it.

use super::reasoning::after_reasoning;
use crate::protocol::Protocol;
use evalscope_core::{Audit, ChoiceMode, FinishReason, Generation, Sample};
use evalscope_metrics::audit::{Kind, Seen, is_letter, lettered, oddities, readings};
use evalscope_metrics::extract::Reply;
use std::borrow::Cow;

/// Looks at the first reply again.
pub(super) fn of(protocol: &Protocol, sample: &Sample, labels: &[String], generation: &Generation) -> Audit {
    let reply = generation.completions.first();
    let text = generation.text();
    let seen = Seen {
        text,
        reasoning: reply.and_then(|reply| reply.reasoning.as_deref()),
        finish: reply.map_or(&FinishReason::Stop, |reply| &reply.finish),
    };
    let readings = kind(protocol, sample, labels).and_then(|(kind, labels)| {
        let answer = Reply {
            text: &text[after_reasoning(text)..],
            labels: &labels,
            choices: &sample.choices,
            targets: sample.targets.len(),
        };
        readings(kind, &answer, &sample.targets)
    });
    Audit { readings, oddities: oddities(seen) }
}

/// What kind of answer the sample has, with the labels of its options. Nothing for programs, for replies that are judged as
/// a whole or had no choice but to be an option, and where several letters are right.
fn kind<'a>(protocol: &Protocol, sample: &Sample, labels: &'a [String]) -> Option<(Kind, Cow<'a, [String]>)> {
    if protocol.execute().is_some() || protocol.judging.is_some() {
        return None;
    }
    match protocol.choice_mode() {
        Some(ChoiceMode::Generate) => return Some((Kind::Letter, Cow::Borrowed(labels))),
        Some(_) => return None,
        None => {}
    }
    let targets = &sample.targets;
    if let [target] = targets.as_slice()
        && let Some(shown) = lettered(labels, &sample.question, target)
    {
        return Some((Kind::Letter, Cow::Owned(shown)));
    }
    if targets.len() > 1 && targets.iter().all(|target| is_letter(target)) {
        return None;
    }
    let function = protocol.metrics.first()?.kind.function();
    if function.starts_with("ifeval") {
        return None;
    }
    let kind =
        if is_value(function) || asks_for_numbers(protocol, targets) { Kind::Math } else { Kind::Words };
    Some((kind, Cow::Borrowed(labels)))
}

/// Whether a metric compares mathematical values.
fn is_value(function: &str) -> bool {
    function.contains("math")
        || function.starts_with("gsm8k")
        || matches!(function, "whole_number" | "whole_nearly")
}

/// Whether the answer is a number, of a benchmark in mathematics: lm-eval compares such as texts.
fn asks_for_numbers(protocol: &Protocol, targets: &[String]) -> bool {
    let is_math = protocol.benchmark.tags().iter().any(|tag| tag == "math");
    is_math && targets.iter().all(|target| target.contains(|c: char| c.is_ascii_digit()))
}
