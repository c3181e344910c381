//! Holds what a benchmark asks for against what the endpoint was seen to do.

use crate::findings::{Findings, Name, Seen};
use evalscope_core::Sampling;

/// What a benchmark asks an endpoint for.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The sampling of its requests.
    pub sampling: &'a Sampling,
    /// Whether they are conversations.
    pub is_chat: bool,
}

/// Why a benchmark and an endpoint do not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// Scores would be wrong.
    Wrong(String),
    /// Scores can be read, but something about them should be known.
    Doubtful(String),
}

/// What speaks against asking this endpoint like that. What is unknown speaks against nothing.
///
/// Log-likelihoods are not among it: whether they can be had is the model's own capability, to which the runner
/// holds every benchmark before anything is asked.
pub fn objections(findings: &Findings, asking: Asking<'_>) -> Vec<Objection> {
    let Asking { sampling, is_chat } = asking;
    let draws = sampling.temperature.is_some_and(|temperature| temperature > 0.0) || sampling.seed.is_some();
    let wants_logprobs = sampling.extra_body.contains_key("logprobs");
    let rules = [
        Rule::new((Name::Stop, Seen::No), !sampling.stop.is_empty(), |seen| {
            Objection::Wrong(format!("it does not keep to `stop` ({seen}), at which replies are to end"))
        }),
        Rule::new((Name::Seed, Seen::No), draws, |seen| {
            Objection::Doubtful(format!(
                "it does not keep to `seed` ({seen}): another run will draw other replies"
            ))
        }),
        Rule::new((Name::MaxTokens, Seen::No), sampling.max_tokens.is_some(), |seen| {
            Objection::Doubtful(format!(
                "it does not keep to `max_tokens` ({seen}): replies may be longer and dearer"
            ))
        }),
        Rule::new((Name::Logprobs, Seen::No), wants_logprobs, |seen| {
            Objection::Doubtful(format!("it gives no log-probabilities ({seen})"))
        }),
        Rule::new((Name::ChatTemplate, Seen::No), is_chat, |seen| {
            Objection::Doubtful(format!("it seems to have no chat template ({seen})"))
        }),
        Rule::new((Name::DoubleBos, Seen::Yes), true, |seen| {
            Objection::Doubtful(format!("its prompts begin with two start tokens ({seen})"))
        }),
    ];
    rules.iter().filter_map(|rule| rule.objection(findings)).chain(no_room(findings, sampling)).collect()
}

/// When a finding speaks against a request, and what it says.
struct Rule {
    bad: (Name, Seen),
    is_asked: bool,
    says: fn(&str) -> Objection,
}

impl Rule {
    fn new(bad: (Name, Seen), is_asked: bool, says: fn(&str) -> Objection) -> Rule {
        Rule { bad, is_asked, says }
    }

    fn objection(&self, findings: &Findings) -> Option<Objection> {
        let (name, bad) = self.bad;
        let finding = findings.get(name).filter(|finding| self.is_asked && finding.seen == bad)?;
        Some((self.says)(&finding.evidence))
    }
}

/// Prompt and reply share the context, and most servers refuse a call whose reply alone would fill it.
fn no_room(findings: &Findings, sampling: &Sampling) -> Option<Objection> {
    let (context, most) = (findings.max_context?, u64::from(sampling.max_tokens?));
    (most >= context).then(|| {
        Objection::Doubtful(format!(
            "its context is {context} tokens, and `max_tokens` {most} leaves no room for a prompt"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Finding;

    fn seen(name: Name, seen: Seen) -> Findings {
        let finding = Finding { name, seen, evidence: "it was seen".into() };
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
            findings: vec![finding],
        }
    }

    #[test]
    fn a_reply_that_fills_the_context_leaves_no_room() {
        let findings = Findings { max_context: Some(4096), ..seen(Name::Stop, Seen::Yes) };
        let count = |max_tokens| {
            let sampling = Sampling { max_tokens, ..Sampling::default() };
            objections(&findings, Asking { sampling: &sampling, is_chat: true }).len()
        };
        assert_eq!((count(Some(4096)), count(Some(4095)), count(None)), (1, 0, 0));
    }

    #[test]
    fn only_what_is_asked_for_and_known_to_be_missing_counts() {
        let stops = Sampling { stop: vec!["\n".into()], ..Sampling::default() };
        let of = |findings: &Findings, sampling: &Sampling| {
            objections(findings, Asking { sampling, is_chat: true })
        };
        let wrong = of(&seen(Name::Stop, Seen::No), &stops);
        assert!(matches!(&wrong[..], [Objection::Wrong(text)] if text.contains("it was seen")), "{wrong:?}");
        assert!(of(&seen(Name::Stop, Seen::No), &Sampling::default()).is_empty());
        assert!(of(&seen(Name::Stop, Seen::Unknown), &stops).is_empty());
        assert!(of(&seen(Name::Stop, Seen::Yes), &stops).is_empty());
        let draws = Sampling { temperature: Some(0.6), ..Sampling::default() };
        assert!(matches!(of(&seen(Name::Seed, Seen::No), &draws)[..], [Objection::Doubtful(_)]));
        let greedy = Sampling { temperature: Some(0.0), ..Sampling::default() };
        assert!(of(&seen(Name::Seed, Seen::No), &greedy).is_empty());
        assert!(matches!(of(&seen(Name::DoubleBos, Seen::Yes), &greedy)[..], [Objection::Doubtful(_)]));
    }
}
