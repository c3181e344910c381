//! What a reader has to know of a test: said before it, or found out by it.

use crate::load::{Before, Portion, Shape, Stage};
use crate::measure::{Found, StageSummary, left_out};
use crate::plan::Plan;
use crate::prompts::Dataset;

/// Connections that an open loop without a cap may come to.
const UNCAPPED: u64 = 4096;
/// Tokens that a text may have more or fewer, because of what stands beside it.
const BOUNDARY_TOKENS: f64 = 2.0;
/// Tokens that a chat template adds at most.
const TEMPLATE_TOKENS: f64 = 64.0;

/// Ends of connections that this process may come to have.
pub fn most_ends(plan: &Plan) -> u64 {
    let most = plan.stages.iter().map(|stage| match stage.shape {
        Shape::Closed { parallel, .. } => u64::from(parallel),
        Shape::Open { cap, .. } | Shape::Replay { cap, .. } => {
            cap.map_or(UNCAPPED.min(stage.most()), u64::from)
        }
    });
    let ends = if plan.server.is_own { 2 } else { 1 };
    most.max().unwrap_or(0).saturating_mul(ends)
}

/// What is known before.
pub fn before(plan: &Plan, (planned, prompts): (Option<u64>, u64)) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(requests) = planned.filter(|_| are_too_few(plan, planned, prompts)) {
        notes.push(format!(
            "{prompts} prompts are asked again and again for {requests} requests: a server that caches prompts has them"
        ));
    }
    let short = plan.stages.iter().filter(|stage| matches!(stage.shape, Shape::Replay { .. }));
    let short =
        short.filter_map(|stage| Some((stage.name(), stage.number.filter(|number| *number > prompts)?)));
    notes.extend(short.map(|(name, asked)| {
        format!("{name}: {prompts} requests of the trace are sent, and not the {asked} of --number")
    }));
    let few = plan.stages.iter().filter(|stage| match stage.shape {
        Shape::Closed { parallel, .. } => stage.most() < u64::from(parallel),
        Shape::Open { .. } | Shape::Replay { .. } => false,
    });
    let few = few.map(|stage: &Stage| format!("{}: {} requests cannot fill it", stage.name(), stage.most()));
    notes.extend(few);
    // In a search or a sweep, what is sent before is warm-up.
    let is_plain = plan.search.is_none() && plan.sweep.is_none();
    notes.extend(plan.stages.iter().filter(|stage| is_plain && never_reaches(stage)).map(|stage| {
        format!("{}: it is over before that rate is reached, and its figures are those of less", stage.name())
    }));
    notes
}

/// Whether a stage ends on the way to its rate.
fn never_reaches(stage: &Stage) -> bool {
    let Shape::Open { rate, .. } = stage.shape else { return false };
    let sent = || (stage.most() < u64::MAX).then(|| rate.due(stage.most() as f64));
    let ends = match (stage.duration, stage.warm_up) {
        (Some(duration), Portion::Time(time)) => Some((duration + time).as_secs_f64()),
        (Some(duration), Portion::Count(count)) => Some(rate.due(count as f64) + duration.as_secs_f64()),
        (Some(_), Portion::Both { .. }) | (None, _) => None,
    };
    let ends = ends.into_iter().chain(sent()).reduce(f64::min);
    ends.is_some_and(|end| end < rate.ramp.as_secs_f64())
}

/// Whether it is known before that prompts come again. Who gives but one wants that.
fn are_too_few(plan: &Plan, planned: Option<u64>, prompts: u64) -> bool {
    let is_trace = matches!(plan.prompts.dataset, Dataset::Trace(_));
    let is_counted = plan.prompts.turns.is_none() && !is_trace && prompts > 1;
    is_counted && planned.is_some_and(|requests| requests > prompts)
}

/// That prompts came again where it was not known before: the stages together sent more than there are.
pub fn again(plan: &Plan, sent: Before, (planned, prompts): (Option<u64>, u64)) -> Option<String> {
    let is_new = prompts > 1 && !are_too_few(plan, planned, prompts);
    let (count, what, whole) = match plan.prompts.turns {
        Some(_) => (sent.sessions, "conversations", "were held"),
        None => (sent.requests, "prompts", "were asked"),
    };
    (is_new && count > prompts).then(|| {
        format!("{prompts} {what} {whole} {count} times in all: a server that caches prompts had those that came again")
    })
}

/// That a search may have found the client's limit.
pub fn doubted(found: &Found) -> Option<String> {
    let reason = found.doubt.as_ref()?;
    Some(format!("the load that missed the goals may be the client's limit and not the server's: {reason}"))
}

/// What was found out. Random prompts have a length that was asked for; a server that counts another one has another
/// tokenizer, or a template.
pub fn after(stages: &[StageSummary]) -> Vec<String> {
    let mut notes = left_out(stages);
    let differences = || stages.iter().filter_map(|stage| stage.tokens.prompt_difference.as_ref());
    let low = differences().map(|found| found.min).reduce(f64::min);
    let high = differences().map(|found| found.max).reduce(f64::max);
    if let Some((low, high)) = low.zip(high) {
        if low < 0.0 || high > TEMPLATE_TOKENS {
            notes.push(format!(
                "the server counts {low} to {high} tokens more than --tokenizer-path does in each prompt: is it its tokenizer?"
            ));
        } else if high - low > BOUNDARY_TOKENS {
            notes.push(format!(
                "the server counts {low} to {high} tokens more than --tokenizer-path does in each prompt: a template \
                 adds always the same, so the tokenizers differ"
            ));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Process, Rate};
    use std::time::Duration;

    #[test]
    fn a_stage_that_ends_on_the_way_to_its_rate_is_known_before() {
        let rate = Rate { rate: 40.0, from: 0.0, ramp: Duration::from_secs(30), steps: 0 };
        let shape = Shape::Open { rate, process: Process::Poisson, cap: None };
        let stage = |number, seconds: Option<u64>| {
            let (warm_up, cool_down) = (Portion::NONE, Portion::NONE);
            Stage { shape, number, duration: seconds.map(Duration::from_secs), warm_up, cool_down }
        };
        // 600 are due in the ramp.
        assert!(never_reaches(&stage(Some(200), None)) && !never_reaches(&stage(Some(700), None)));
        assert!(never_reaches(&stage(None, Some(20))) && !never_reaches(&stage(None, Some(40))));
        assert!(never_reaches(&stage(Some(700), Some(20))));
        let warm_up = Portion::Time(Duration::from_secs(15));
        assert!(!never_reaches(&Stage { warm_up, ..stage(None, Some(20)) }));
    }
}
