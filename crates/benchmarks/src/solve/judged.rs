//! Asks for one reply, asks judges about it, and makes their verdicts the score.

use super::audit;
use super::generate::{self, Extracting};
use super::reasoning::after_reasoning;
use crate::error::Error;
use crate::judging::Judging;
use crate::protocol::Protocol;
use crate::schema::JudgeTurn;
use evalscope_core::{
    Effect, Generation, Input, JudgeVote, JudgedReply, Message, Outcome, Role, Sample, Score, Step,
    TextLength, Value,
};
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
    let Some(first) = seen.first() else {
        return Ok(Step::Need(vec![generate::request(protocol, sample)?]));
    };
    let text = |outcome: &Outcome| outcome.as_generation().map_or("", Generation::text).to_owned();
    let follow_up = generate::follow_up(protocol, sample, &text(first))?;
    let (last, said) = match (follow_up, seen.get(1)) {
        (None, _) => (first, None),
        (Some((_, said)), Some(second)) => (second, Some(said)),
        (Some((effect, _)), None) => return Ok(Step::Need(vec![effect])),
    };
    let judged = &seen[1 + usize::from(said.is_some())..];
    let reply = last.as_generation().map_or("", Generation::text);
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
    let first_reply = text(first);
    let first_shown = first_reply[after_reasoning(&first_reply)..].trim_start();
    let asked = |first: &str, answers: &[&str]| -> Result<Vec<Input>, Error> {
        if let (Some(said), false) = (&said, judging.turns().is_empty()) {
            return turns(protocol, judging, sample, (said, [first, answers[0]]));
        }
        let orders = judging.orders().iter().zip(answers);
        orders
            .map(|(is_first, answer)| conversation(protocol, judging, sample, (*answer, *is_first)))
            .collect()
    };
    let mut inputs = asked(first_shown, &vec![shown; judging.orders().len()])?;
    let own = inputs.len();
    if let Some(null) = judging.null_answers(sample) {
        let null: Vec<&str> = null.iter().map(String::as_str).collect();
        inputs.extend(asked(null[0], &null)?);
    }
    let all = match panel::step(judging.panel(), &inputs, &judging.contract, judged) {
        Step::Need(effects) => return Ok(Step::Need(effects)),
        Step::Done(votes) => votes,
    };
    let judged = judged_reply(judging, (sample, shown), &all, own);
    let votes: Vec<Vote> = all.into_iter().filter(|vote| vote.order < own).collect();
    let value = |grades: &[&Grade]| judging.value(grades);
    let values = judging.aggregation().values(&votes, &value, judging.least()).ok_or_else(|| {
        let mut judges: Vec<u32> =
            votes.iter().filter(|vote| vote.graded.is_ok()).map(|vote| vote.judge).collect();
        judges.dedup();
        Error::Unjudged { benchmark: protocol.name.clone(), judges: judges.len(), least: judging.least() }
    })?;
    let audit =
        last.as_generation().map(|reply| audit::of(protocol, sample, &protocol.labels(sample), reply));
    Ok(Step::Done(Score {
        values,
        answer_span: answer.as_ref().and_then(|answer| answer.span),
        answer: answer.map(|answer| answer.text),
        targets: sample.targets.clone(),
        explanation: Some(explanation(&votes)),
        audit,
        judged: Some(Box::new(judged)),
    }))
}

/// All verdicts, those on an answer without content among them: of the orders from `own` on.
fn judged_reply(
    judging: &Judging,
    (sample, shown): (&Sample, &str),
    votes: &[Vote],
    own: usize,
) -> JudgedReply {
    let vote = |vote: &Vote| JudgeVote {
        judge: vote.judge,
        repeat: vote.repeat,
        shown: judging.shown(vote.order),
        is_null_model: vote.order >= own,
        share: vote.graded.as_ref().ok().and_then(|graded| judging.share(&graded.grade, vote.order)),
    };
    let other = judging.is_pair().then(|| sample.targets.first()).flatten();
    JudgedReply {
        reply: TextLength::of(shown),
        other: other.map(|target| TextLength::of(target)),
        votes: votes.iter().map(vote).collect(),
    }
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

/// What a judge is shown of a conversation of two turns: once for each turn.
fn turns(
    protocol: &Protocol,
    judging: &Judging,
    sample: &Sample,
    (said, answers): (&str, [&str; 2]),
) -> Result<Vec<Input>, Error> {
    let field = |name: &str| sample.fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let reference = |turn: usize| sample.targets.get(turn).map_or("", String::as_str);
    let input = |turn: &JudgeTurn| {
        let prompt = field(&turn.prompt_field);
        if prompt.is_empty() {
            let missing = format!("{} has no `{}`", sample.id, turn.prompt_field);
            return Err(protocol.template_error("judge", missing));
        }
        let answers = answers.map(|answer| fenced(prompt, answer));
        let filled = fill(
            prompt,
            &[
                ("question_1", sample.question.as_str()),
                ("answer_1", &answers[0]),
                ("ref_answer_1", reference(0)),
                ("question_2", said),
                ("answer_2", &answers[1]),
                ("ref_answer_2", reference(1)),
            ],
        );
        let asked = Message::user(format!("{filled}{}", judging.contract.instruction()));
        let system = judging.system(sample).unwrap_or_else(|| field(&turn.system_field));
        Ok(Input::Chat(vec![Message::system(system), asked]))
    };
    judging.turns().iter().map(input).collect()
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
