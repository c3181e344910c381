//! Puts a multiple-choice protocol into another mode than its reference's, where that can be.

use crate::aggregation;
use crate::compile::MetricKind;
use crate::departure::Departure;
use crate::error::Error;
use crate::protocol::Protocol;
use crate::schema::{AskSection, LoglikelihoodSection};
use crate::steps::finds_one_letter;
use evalscope_core::ChoiceMode;
use evalscope_metrics::score::text_metric;
use serde::Deserialize;
use serde_json::Value;

/// Metrics whose verdict is which option was chosen; `multi_choice` where one letter is looked for.
const OF_CHOICE: [&str; 7] = [
    "argmax_sum",
    "argmax_per_character",
    "argmax_per_byte",
    "argmax_per_token",
    "equal",
    "equal_folded",
    "multi_choice",
];

impl Protocol {
    /// How the chosen option is found out as the protocol is written; nothing for what is no multiple choice.
    pub fn own_choice_mode(&self) -> Option<ChoiceMode> {
        let first = self.metrics.first().map(|metric| metric.kind.function())?;
        match self.loglikelihood() {
            Some(_) => (first != "greedy" && first != "log_likelihood").then_some(ChoiceMode::Loglikelihood),
            None => {
                let is_choice = self.execute().is_none() && finds_one_letter(&self.steps);
                is_choice.then_some(ChoiceMode::Generate)
            }
        }
    }

    /// Whether it compares likelihoods, and yet says how a letter is found in a reply.
    pub fn reads_replies(&self) -> bool {
        self.section.letter_from.is_some() && self.own_choice_mode() == Some(ChoiceMode::Loglikelihood)
    }

    /// How the chosen option is found out; nothing for what is no multiple choice.
    pub fn choice_mode(&self) -> Option<ChoiceMode> {
        self.departure.map(|departure| departure.mode).or_else(|| self.own_choice_mode())
    }

    /// Asks in this mode from now on, as a conversation or as raw text. Only the main metric is left, and what
    /// the user's `aggregation` made of it: the others differ by what the mode does not give.
    pub fn depart(&mut self, mode: ChoiceMode, is_chat: bool) -> Result<(), Error> {
        let Some(own) = self.own_choice_mode() else { return Ok(()) };
        if mode == own {
            self.departure = None;
            return Ok(());
        }
        let refused = |why: &str| Error::Argument {
            benchmark: self.name.clone(),
            message: format!("it cannot be asked in the mode `{}`: {why}", mode.word()),
            hint: Some("choose another protocol of it, or leave `--choice-mode` out".into()),
        };
        let Some(main) = self.metrics.first() else { return Ok(()) };
        let function = main.kind.function();
        if !OF_CHOICE.contains(&function) || self.sample_fields.contains_key("correct") {
            return Err(refused(&format!("its metric `{function}` needs the likelihood of every option")));
        }
        let metric = text_metric("equal").ok_or_else(|| refused("there is no metric `equal`"))?;
        let main = main.name.clone();
        let copy =
            self.arguments.aggregation.as_deref().and_then(|wanted| aggregation::copy_of(&main, wanted));
        self.metrics.retain(|metric| metric.name == main || Some(&metric.name) == copy.as_ref());
        for kept in &mut self.metrics {
            kept.kind = MetricKind::Text { metric, extraction: None };
        }
        let departure = Departure::new((own, mode), is_chat, &self.steps);
        self.sampling = departure.sampling(&self.sampling);
        self.departure = Some(departure);
        Ok(())
    }

    /// The same as a plan says that it was done: `asking.choice_mode`.
    pub fn depart_as_planned(&mut self, planned: &Value) -> Result<(), Error> {
        let Ok(mode) = ChoiceMode::deserialize(&planned["mode"]) else { return Ok(()) };
        self.depart(mode, planned["chat"].as_bool().unwrap_or(true))?;
        self.departure = self.departure.map(|departure| departure.as_planned(planned));
        Ok(())
    }

    pub(crate) fn loglikelihood(&self) -> Option<&LoglikelihoodSection> {
        match &self.section.ask {
            Some(AskSection::Loglikelihood(section)) => Some(section),
            _ => None,
        }
    }
}
