//! Asks for one reply, makes a program of it, has that run, and scores what became of it.

use super::audit;
use super::generate::{self, Extracting};
use crate::compile::MetricKind;
use crate::error::Error;
use crate::protocol::Protocol;
use crate::schema::ExecuteSection;
use evalscope_core::{
    Effect, ExecuteRequest, Execution, ExecutionVerdict, Limits, Outcome, Sample, Score, Step,
};
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
    let context = Jinja::from_pairs(context);
    let rendered = |part: Option<usize>| {
        let text = part.map(|handle| protocol.render("execute", handle, &context));
        Ok::<String, Error>(text.transpose()?.unwrap_or_default())
    };
    let language = section.language.of(&sample.subset).ok_or_else(|| {
        let message = format!("no language is named for programs of the subset `{}`", sample.subset);
        protocol.template_error("execute", message)
    })?;
    Ok(Effect::Execute(ExecuteRequest {
        language: language.to_owned(),
        program: rendered(protocol.parts.program)?,
        stdin: rendered(protocol.parts.stdin)?,
        limits: limits(protocol, section.limits, &context)?,
    }))
}

/// The limits of a program that makes so many tests one after the other.
fn limits(protocol: &Protocol, each: Limits, context: &Jinja) -> Result<Limits, Error> {
    let Some(handle) = protocol.parts.rounds else { return Ok(each) };
    let wrong = |message: String| protocol.template_error("execute.rounds", message);
    let rounds = protocol.expressions.eval(handle, context).map_err(wrong)?;
    let count = rounds.as_i64().and_then(|count| u32::try_from(count).ok());
    let count = count.ok_or_else(|| wrong(format!("`{rounds}` is not a number of tests")))?.max(1);
    Ok(Limits { cpu_s: each.cpu_s * f64::from(count), wall_s: each.wall_s * f64::from(count), ..each })
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
        MetricKind::Text { .. } | MetricKind::Choice { .. } | MetricKind::Judged { .. } => None,
    });
    Score {
        values: values.collect(),
        answer_span: answer.as_ref().and_then(|answer| answer.span),
        answer: answer.map(|answer| answer.text),
        targets: sample.targets.clone(),
        explanation: Some(explanation(execution)),
        audit: None,
        judged: None,
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
