//! Puts judges in the place of a protocol's own scoring, where they are wanted.

use crate::aggregation;
use crate::error::Error;
use crate::judge_wishes::{JudgeStrategy, JudgeWishes};
use crate::judging::Judging;
use crate::protocol::Protocol;
use crate::schema::{JudgeSection, JudgeWhen};
use evalscope_core::departures::told;
use evalscope_core::{Departures, Effect, GenerateRequest, Input, Sample};
use evalscope_judge::null_model::has_null_answer;

impl Protocol {
    /// This protocol, scored by judges where they are wanted.
    pub fn judged(mut self, wishes: Option<&JudgeWishes>) -> Result<Protocol, Error> {
        let own = self.section.judge.clone();
        let is_always = own.as_ref().is_some_and(|own| own.when == JudgeWhen::Always);
        let strategy = wishes.map_or(JudgeStrategy::Rule, |wishes| wishes.strategy);
        let is_wanted = match strategy {
            JudgeStrategy::Rule => false,
            JudgeStrategy::Auto => own.is_some(),
            JudgeStrategy::Llm | JudgeStrategy::LlmRecall => true,
        };
        let wishes = match (wishes, is_wanted) {
            (Some(wishes), true) if !wishes.judges.is_empty() => wishes,
            _ if is_always => return Err(Error::NoJudge { benchmark: self.name }),
            (_, false) => return Ok(self),
            _ => return Err(Error::NoJudge { benchmark: self.name }),
        };
        let lack =
            match (self.loglikelihood().is_some() || self.departure.is_some(), self.execute().is_some()) {
                (true, _) => Some("compares likelihoods"),
                (_, true) => Some("runs programs"),
                _ => None,
            };
        if let Some(lack) = lack {
            return Err(Error::NotJudged { benchmark: self.name, lack: lack.to_owned() });
        }
        if self.arguments.aggregation.as_deref().is_some_and(aggregation::adds) {
            return Err(Error::Argument {
                benchmark: self.name,
                message: aggregation::OF_JUDGES.into(),
                hint: Some("leave `aggregation` out of `--dataset-args` for this benchmark".into()),
            });
        }
        if wishes.prompt_template.is_some() && self.parts.follow_up.is_some() {
            return Err(Error::Argument {
                benchmark: self.name,
                message: "its judge rates each turn by a prompt of its own, and `prompt_template` is one for one reply"
                    .into(),
                hint: Some("leave `prompt_template` out of `--judge` for this benchmark".into()),
            });
        }
        let mut judging = Judging::of(own.as_ref(), wishes);
        if strategy == JudgeStrategy::LlmRecall && !is_always {
            judging.keep_to(std::mem::take(&mut self.metrics).into_iter().next());
        }
        self.metrics = judging.metrics();
        self.judging = Some(judging);
        self.departures.extend(departures(own.as_ref(), wishes));
        Ok(self)
    }

    /// Whether judges score its replies.
    pub fn is_judged(&self) -> bool {
        self.judging.is_some()
    }

    /// Calls to judges for so many replies to this sample, at least; those whose verdict cannot be read are asked once more.
    /// The answer without content is judged once, however often the sample is asked.
    pub fn judge_calls(&self, sample: &Sample, repeats: u64) -> u64 {
        let Some(judging) = &self.judging else { return 0 };
        let answers = repeats + u64::from(judging.is_probed(sample));
        let panel = judging.panel();
        u64::from(panel.judges) * u64::from(panel.repeats) * judging.questions() as u64 * answers
    }

    /// Whether this asks a judge about the answer without content: the score can do without what it brings.
    pub fn is_probe(&self, sample: &Sample, effect: &Effect) -> bool {
        let Effect::Generate(GenerateRequest { input: Input::Chat(messages), .. }) = effect else {
            return false;
        };
        let is_probed = self.judging.as_ref().is_some_and(|judging| judging.is_probed(sample));
        is_probed
            && effect.judge().is_some()
            && messages.iter().any(|message| has_null_answer(&message.text()))
    }
}

/// The wishes that have judges score otherwise than the protocol says. Who judges, and how often, none of them says.
fn departures(own: Option<&JudgeSection>, wishes: &JudgeWishes) -> Departures {
    let mut found = Departures::new();
    let mut note = |is_other: bool, name: &str, value: serde_json::Value| {
        if is_other {
            found.insert(name.to_owned(), told(value));
        }
    };
    let is_recall =
        |own: &JudgeSection| own.when == JudgeWhen::Given && wishes.strategy == JudgeStrategy::LlmRecall;
    note(own.is_none_or(is_recall), "judge_strategy", serde_json::json!(wishes.strategy));
    note(wishes.prompt_template.is_some(), "judge.prompt_template", serde_json::Value::Null);
    let own_system = own.and_then(|own| own.system.as_ref());
    let is_other = wishes.system_prompt.is_some() && wishes.system_prompt.as_ref() != own_system;
    note(is_other, "judge.system_prompt", serde_json::Value::Null);
    let swap = own.and_then(|own| own.pair.as_ref()).map(|pair| pair.swap);
    let is_other = swap.is_some() && wishes.position_swap.is_some_and(|wanted| Some(wanted) != swap);
    note(is_other, "judge.position_swap", serde_json::json!(wishes.position_swap));
    found
}
