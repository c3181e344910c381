//! The second look at a generated reply: read in other ways, and what is odd about it.

use super::reasoning::after_reasoning;
use crate::protocol::Protocol;
use evalscope_core::{Audit, ChoiceMode, FinishReason, Generation, Sample};
use evalscope_metrics::audit::{Kind, Seen, oddities, readings};
use evalscope_metrics::extract::Reply;

/// Looks at the first reply again.
pub(super) fn of(protocol: &Protocol, sample: &Sample, labels: &[String], generation: &Generation) -> Audit {
    let reply = generation.completions.first();
    let text = generation.text();
    let seen = Seen {
        text,
        reasoning: reply.and_then(|reply| reply.reasoning.as_deref()),
        finish: reply.map_or(&FinishReason::Stop, |reply| &reply.finish),
    };
    let answer = Reply {
        text: &text[after_reasoning(text)..],
        labels,
        choices: &sample.choices,
        targets: sample.targets.len(),
    };
    let kind = kind(protocol);
    Audit {
        readings: kind.and_then(|kind| readings(kind, &answer, &sample.targets)),
        oddities: oddities(seen),
    }
}

/// What kind of answer the protocol looks for; nothing for programs, and for replies that are judged as a whole.
fn kind(protocol: &Protocol) -> Option<Kind> {
    if protocol.execute().is_some() || protocol.judging.is_some() {
        return None;
    }
    if protocol.choice_mode() == Some(ChoiceMode::Generate) {
        return Some(Kind::Letter);
    }
    let function = protocol.metrics.first()?.kind.function();
    let is_math = function.contains("math") || function.starts_with("gsm8k") || function == "whole_number";
    match function {
        _ if is_math => Some(Kind::Math),
        _ if function.starts_with("ifeval") => None,
        _ => Some(Kind::Words),
    }
}
