//! Asks for one reply, makes a program of it, has that run, and scores what became of it.

use super::audit;
use super::generate::{self, Extracting};
use crate::compile::MetricKind;
use crate::error::Error;
use crate::protocol::Protocol;
use crate::schema::ExecuteSection;
use evalscope_core::{Effect, ExecuteRequest, Execution, ExecutionVerdict, Outcome, Sample, Score, Step};
use evalscope_metrics::extract::Answer;
use minijinja::Value as Jinja;

/// Characters of what a program said last, in an explanation.
const SAID: usize = 300;

pub(super) fn step(
    protocol: &Protocol,
    section: &ExecuteSection,
    sample: &Sample,
    seen: &[Outcome],
) -> Result<Step<Score>, Error> {
    let Some(first) = seen.first() else {
        return Ok(Step::Need(vec![generate::request(protocol, sample)?]));
    };
    let reply = first.as_generation().map_or("", |generation| generation.text());
    let answer = Extracting::new(protocol, sample, reply).answer(&protocol.parts.extraction)?;
    Ok(match (answer, seen.get(1)) {
        (Some(answer), None) => Step::Need(vec![program(protocol, section, sample, &answer)?]),
        (answer, outcome) => {
            let score = score(protocol, sample, answer, outcome.and_then(Outcome::as_execution));
            let audit = first.as_generation().map(|reply| audit::of(protocol, sample, &[], reply));
            Step::Done(Score { audit, ..score })
        }
    })
}

fn program(
    protocol: &Protocol,
    section: &ExecuteSection,
    sample: &Sample,
    answer: &Answer,
) -> Result<Effect, Error> {
    let mut context = protocol.context(sample);
    context.insert("answer".to_owned(), Jinja::from(answer.text.as_str()));
    let template =
        protocol.parts.program.map(|handle| protocol.render("execute", handle, &Jinja::from_pairs(context)));
    Ok(Effect::Execute(ExecuteRequest {
        language: section.language.clone(),
        program: template.transpose()?.unwrap_or_default(),
        stdin: String::new(),
        limits: section.limits,
    }))
}

fn score(
    protocol: &Protocol,
    sample: &Sample,
    answer: Option<Answer>,
    execution: Option<&Execution>,
) -> Score {
    let values = protocol.metrics.iter().filter_map(|metric| match &metric.kind {
        MetricKind::Execution { metric: function } => {
            let value = execution.map_or(function.range.0, |execution| (function.run)(execution));
            Some((metric.name.clone(), value))
        }
        MetricKind::Text { .. } | MetricKind::Choice { .. } => None,
    });
    Score {
        values: values.collect(),
        answer_span: answer.as_ref().and_then(|answer| answer.span),
        answer: answer.map(|answer| answer.text),
        targets: sample.targets.clone(),
        explanation: Some(explanation(execution)),
        audit: None,
    }
}

/// The verdict, and the last line that the program left on standard error.
fn explanation(execution: Option<&Execution>) -> String {
    let Some(execution) = execution else {
        return format!("{}: the reply holds no program", ExecutionVerdict::NotExecuted.word());
    };
    let verdict = execution.verdict.word();
    match execution.stderr.lines().rev().map(str::trim).find(|line| !line.is_empty()) {
        Some(said) if execution.verdict != ExecutionVerdict::Passed => {
            format!("{verdict}: {}", said.chars().take(SAID).collect::<String>())
        }
        _ => verdict.to_owned(),
    }
}
