//! The modes of multiple choice that an endpoint is fit for.

use crate::findings::{Findings, Name, Seen};
use evalscope_core::{ChoiceMode, Constraint};
use evalscope_model_api::{Capabilities, LoglikelihoodSupport};

/// A model as a ladder is put against it.
#[derive(Debug, Clone)]
pub struct Footing<'a> {
    /// What it says that it can do.
    pub capabilities: &'a Capabilities,
    /// What was seen, of each of its addresses; none where nothing was looked at.
    pub findings: Vec<&'a Findings>,
    /// Whether it is an endpoint, so that fields of a request reach it.
    pub is_endpoint: bool,
}

/// Why a mode cannot be had.
pub type Lack = String;

impl Footing<'_> {
    /// The modes from the most exact one downwards that are known to be had. Free replies always are.
    pub fn rungs(&self) -> Vec<ChoiceMode> {
        let [choice, schema] = Constraint::ALL.map(ChoiceMode::Constrained);
        let above = match self.is_raw() {
            // Completions name few alternatives to a token, and a letter that is not among them cannot be chosen.
            true => [ChoiceMode::Loglikelihood, choice, schema, ChoiceMode::TopLogprobs],
            false => [ChoiceMode::Loglikelihood, ChoiceMode::TopLogprobs, choice, schema],
        };
        let had = above.into_iter().filter(|mode| self.holds(*mode) == Ok(Seen::Yes));
        had.chain([ChoiceMode::Generate]).collect()
    }

    /// Whether it is an endpoint of raw text. One that takes conversations too gets them as plain text, and has the fields of
    /// raw text.
    pub fn is_raw(&self) -> bool {
        self.is_endpoint && self.capabilities.text
    }

    /// Whether a mode can be had: seen, or not known. An error when it is known that it cannot.
    pub fn holds(&self, mode: ChoiceMode) -> Result<Seen, Lack> {
        match mode {
            ChoiceMode::Generate => Ok(Seen::Yes),
            ChoiceMode::Loglikelihood => match &self.capabilities.loglikelihood {
                LoglikelihoodSupport::None(reason) => Err(format!("it gives no log-likelihoods ({reason})")),
                LoglikelihoodSupport::EchoCompletions | LoglikelihoodSupport::Exact => Ok(Seen::Yes),
            },
            ChoiceMode::TopLogprobs => self.seen(Name::Logprobs, "it gives no log-probabilities"),
            ChoiceMode::Constrained(Constraint::Choice) => {
                self.seen(Name::Choice, "it holds no reply to given texts")
            }
            ChoiceMode::Constrained(Constraint::JsonSchema) => {
                self.seen(Name::JsonSchema, "it holds no reply to a JSON schema")
            }
        }
    }

    /// What was seen at all addresses: yes only where all say so, no where one does.
    fn seen(&self, name: Name, lack: &str) -> Result<Seen, Lack> {
        if !self.is_endpoint {
            return Err(match self.capabilities.loglikelihood {
                LoglikelihoodSupport::None(_) => format!("{lack}: it is no endpoint"),
                _ => "only endpoints are asked so; this model gives the log-likelihoods of the options themselves \
                      (`--choice-mode loglikelihood`)"
                    .to_owned(),
            });
        }
        let found: Vec<_> = self.findings.iter().filter_map(|findings| findings.get(name)).collect();
        if let Some(no) = found.iter().find(|finding| finding.seen == Seen::No) {
            return Err(format!("{lack} ({})", no.evidence));
        }
        let all = !found.is_empty() && found.len() == self.findings.len();
        Ok(if all && found.iter().all(|finding| finding.seen == Seen::Yes) {
            Seen::Yes
        } else {
            Seen::Unknown
        })
    }
}

/// The mode in which all these models can be asked, so that their scores can be compared: the protocol's own where that
/// can be had, else the most exact one.
pub fn highest(own: ChoiceMode, models: &[Footing<'_>]) -> ChoiceMode {
    let is_common = |mode: &ChoiceMode| models.iter().all(|model| model.rungs().contains(mode));
    if is_common(&own) {
        return own;
    }
    let rungs = models.first().map(Footing::rungs).unwrap_or_default();
    rungs.into_iter().find(is_common).unwrap_or(ChoiceMode::Generate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Finding;

    fn findings(list: &[(Name, Seen)]) -> Findings {
        let finding =
            |(name, seen): &(Name, Seen)| Finding { name: *name, seen: *seen, evidence: "seen".into() };
        Findings {
            version: 1,
            endpoint: indexmap::IndexMap::new(),
            probed_at: String::new(),
            calls: 1,
            tokens: 1,
            usage: None,
            max_context: None,
            nondeterminism: None,
            failure: None,
            findings: list.iter().map(finding).collect(),
        }
    }

    fn footing<'a>(capabilities: &'a Capabilities, seen: &'a Findings) -> Footing<'a> {
        Footing { capabilities, findings: vec![seen], is_endpoint: true }
    }

    fn chat() -> Capabilities {
        Capabilities { text: false, ..Capabilities::of_replies(1, "chat") }
    }

    const CHOICE: ChoiceMode = ChoiceMode::Constrained(Constraint::Choice);

    #[test]
    fn the_ladder_has_the_rungs_that_were_seen() {
        let replies = chat();
        let exact = Capabilities { loglikelihood: LoglikelihoodSupport::Exact, ..replies.clone() };
        let seen =
            findings(&[(Name::Logprobs, Seen::Yes), (Name::Choice, Seen::Yes), (Name::JsonSchema, Seen::No)]);
        use ChoiceMode::{Generate, Loglikelihood, TopLogprobs};
        assert_eq!(footing(&replies, &seen).rungs(), [TopLogprobs, CHOICE, Generate]);
        assert_eq!(footing(&exact, &seen).rungs(), [Loglikelihood, TopLogprobs, CHOICE, Generate]);
        let raw = Capabilities::of_replies(1, "no echo");
        assert_eq!(footing(&raw, &seen).rungs(), [CHOICE, TopLogprobs, Generate]);
        let unknown = findings(&[(Name::Logprobs, Seen::Unknown)]);
        assert_eq!(footing(&replies, &unknown).rungs(), [Generate]);
        let local = Footing { capabilities: &exact, findings: Vec::new(), is_endpoint: false };
        assert_eq!(local.rungs(), [Loglikelihood, Generate]);
        assert!(local.holds(TopLogprobs).unwrap_err().contains("`--choice-mode loglikelihood`"));
    }

    #[test]
    fn what_is_unknown_may_be_tried_and_what_is_known_to_lack_may_not() {
        let replies = chat();
        let seen = findings(&[(Name::Logprobs, Seen::Unknown), (Name::JsonSchema, Seen::No)]);
        let footing = footing(&replies, &seen);
        assert_eq!(footing.holds(ChoiceMode::TopLogprobs), Ok(Seen::Unknown));
        assert_eq!(footing.holds(CHOICE), Ok(Seen::Unknown));
        let lack = footing.holds(ChoiceMode::Constrained(Constraint::JsonSchema)).unwrap_err();
        assert!(lack.contains("JSON schema (seen)"), "{lack}");
        assert!(footing.holds(ChoiceMode::Loglikelihood).unwrap_err().contains("(chat)"));
    }

    #[test]
    fn models_of_one_run_are_asked_in_one_mode() {
        let replies = chat();
        let exact = Capabilities { loglikelihood: LoglikelihoodSupport::Exact, ..replies.clone() };
        let (rich, poor) = (
            findings(&[(Name::Logprobs, Seen::Yes), (Name::Choice, Seen::Yes)]),
            findings(&[(Name::Choice, Seen::Yes)]),
        );
        let both = [footing(&exact, &rich), footing(&replies, &poor)];
        assert_eq!(highest(ChoiceMode::Loglikelihood, &both[..1]), ChoiceMode::Loglikelihood);
        assert_eq!(highest(ChoiceMode::Loglikelihood, &both), CHOICE);
        assert_eq!(highest(ChoiceMode::Generate, &both), ChoiceMode::Generate);
    }
}
