//! Asks for one reply, asks judges about it, and makes their verdicts the score.

use super::audit;
use super::generate::{self, Extracting};
use super::reasoning::after_reasoning;
use crate::error::Error;
use crate::judging::Judging;
use crate::protocol::Protocol;
use evalscope_core::{Effect, Generation, Input, Message, Outcome, Role, Sample, Score, Step};
use evalscope_judge::fence::{fenced, fill};
use evalscope_judge::{Grade, Vote, panel};

/// Characters of a judge's reason in an explanation.
const REASON: usize = 300;

pub(super) fn step(
    protocol: &Protocol,
    judging: &Judging,
    sample: &Sample,
    seen: &[Outcome],
) -> Result<Step<Score>, Error> {
    let Some((first, judged)) = seen.split_first() else {
        return Ok(Step::Need(vec![generate::request(protocol, sample)?]));
    };
    let reply = first.as_generation().map_or("", Generation::text);
    if let Some(score) = by_rule(protocol, judging, sample, reply)? {
        return Ok(Step::Done(score));
    }
    let answer = Extracting::new(protocol, sample, reply).answer(&protocol.parts.extraction)?;
    let is_found = !judging.is_shown_whole && !protocol.parts.extraction.is_empty();
    let shown = match (&answer, after_reasoning(reply)) {
        (Some(answer), _) if is_found => answer.text.as_str(),
        (_, 0) => reply,
        (_, start) => reply[start..].trim_start(),
    };
    let orders = judging.orders().iter();
    let inputs = orders.map(|is_first| conversation(protocol, judging, sample, (shown, *is_first)));
    let inputs = inputs.collect::<Result<Vec<Input>, Error>>()?;
    let votes = match panel::step(judging.panel(), &inputs, &judging.contract, judged) {
        Step::Need(effects) => return Ok(Step::Need(effects)),
        Step::Done(votes) => votes,
    };
    let value = |grades: &[&Grade]| judging.value(grades);
    let values = judging.aggregation().values(&votes, &value, judging.least()).ok_or_else(|| {
        let mut judges: Vec<u32> =
            votes.iter().filter(|vote| vote.graded.is_ok()).map(|vote| vote.judge).collect();
        judges.dedup();
        Error::Unjudged { benchmark: protocol.name.clone(), judges: judges.len(), least: judging.least() }
    })?;
    let audit =
        first.as_generation().map(|reply| audit::of(protocol, sample, &protocol.labels(sample), reply));
    Ok(Step::Done(Score {
        values,
        answer_span: answer.as_ref().and_then(|answer| answer.span),
        answer: answer.map(|answer| answer.text),
        targets: sample.targets.clone(),
        explanation: Some(explanation(&votes)),
        audit,
    }))
}

/// The rule's score where judges are only asked about what it finds wrong.
fn by_rule(
    protocol: &Protocol,
    judging: &Judging,
    sample: &Sample,
    reply: &str,
) -> Result<Option<Score>, Error> {
    let Some(rule) = &judging.recall else { return Ok(None) };
    let score = generate::score_by(protocol, std::slice::from_ref(rule), sample, reply)?;
    let is_right = score.main().is_some_and(|(_, value)| value >= rule.kind.best());
    Ok(is_right.then_some(Score { explanation: Some("right by rule".into()), ..score }))
}

/// What a judge is shown. What the model said cannot close a fence of the prompt, nor fill a place of it.
fn conversation(
    protocol: &Protocol,
    judging: &Judging,
    sample: &Sample,
    (answer, is_first): (&str, bool),
) -> Result<Input, Error> {
    let prompt = judging.prompt(sample).ok_or_else(|| {
        protocol.template_error("judge", format!("{} has not the field of the prompt", sample.id))
    })?;
    let question = match generate::request(protocol, sample)? {
        Effect::Generate(request) => as_text(&request.input),
        Effect::Loglikelihood(_) | Effect::Execute(_) => String::new(),
    };
    let answer = fenced(prompt, answer);
    let target = sample.targets.first().map_or("", String::as_str);
    let (one, other) = if is_first { (answer.as_str(), target) } else { (target, answer.as_str()) };
    let filled = fill(
        prompt,
        &[
            ("question", question.as_str()),
            ("instruction", question.as_str()),
            ("answer_1", one),
            ("answer_2", other),
            ("output_1", one),
            ("output_2", other),
            ("target", target),
            ("gold", target),
            ("answer", &answer),
            ("pred", &answer),
            ("predicted_answer", &answer),
        ],
    );
    let system = judging.system(sample).map(Message::system);
    let asked = Message::user(format!("{filled}{}", judging.contract.instruction()));
    Ok(Input::Chat(system.into_iter().chain([asked]).collect()))
}

/// A conversation as EvalScope 1.14.1 writes it into prompts.
fn as_text(input: &Input) -> String {
    let messages = match input {
        Input::Text(text) => return text.clone(),
        Input::Chat(messages) => messages,
    };
    let role = |role: Role| match role {
        Role::System => "System",
        Role::User => "User",
        Role::Assistant => "Assistant",
        Role::Tool => "Tool",
    };
    let said = messages.iter().map(|message| format!("**{}**: {}", role(message.role), message.text()));
    said.collect::<Vec<_>>().join("\n\n")
}

/// The verdicts, and the reason of the first.
fn explanation(votes: &[Vote]) -> String {
    let word = |vote: &Vote| match &vote.graded {
        Ok(graded) => match &graded.grade {
            Grade::Label(label) => label.clone(),
            Grade::Number(number) => number.to_string(),
        },
        Err(_) => "unread".to_owned(),
    };
    let words: Vec<String> = votes.iter().map(word).collect();
    let reason =
        votes.iter().find_map(|vote| vote.graded.as_ref().ok()).map_or("", |graded| &graded.reasoning);
    let reason: String = reason.chars().take(REASON).collect();
    let verdicts = format!("judged {}", words.join(", "));
    if reason.is_empty() { verdicts } else { format!("{verdicts}: {reason}") }
}
