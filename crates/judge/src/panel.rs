//! Several judges asked for a verdict on the same reply, each so often: what they need next, and what they found.

use crate::contract::{Contract, Grade, Graded};
use crate::parse::Unparsed;
use evalscope_core::request::Addressee;
use evalscope_core::{Effect, GenerateRequest, Input, Message, Outcome, Role, Sampling, Step};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Who is asked, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panel {
    /// Judges.
    pub judges: u32,
    /// Verdicts of each.
    pub repeats: u32,
}

/// How several verdicts become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// Their mean.
    #[default]
    Mean,
    /// Their median.
    Median,
    /// What most of them say; the first judge, or the first verdict, decides between equals.
    #[serde(alias = "majority")]
    MajorityVote,
}

/// A verdict of a judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Vote {
    /// Which judge, from 0.
    pub judge: u32,
    /// Which of its verdicts, from 0.
    pub repeat: u32,
    /// On which of the questions, from 0: two answers can be shown in both orders.
    pub order: usize,
    /// The verdict, or why there is none.
    pub graded: Result<Graded, Unparsed>,
}

/// What the verdicts need next, or the verdicts. Pure. A judge whose reply cannot be read is asked once more, but not one
/// whose call brought no reply.
pub fn step(panel: Panel, inputs: &[Input], contract: &Contract, seen: &[Outcome]) -> Step<Vec<Vote>> {
    let repeats = panel.repeats.max(1);
    let orders = |judge, repeat| {
        inputs.iter().enumerate().map(move |(order, input)| Place { judge, repeat, order, input })
    };
    let places: Vec<Place<'_>> = (0..panel.judges)
        .flat_map(|judge| (0..repeats).flat_map(move |repeat| orders(judge, repeat)))
        .collect();
    let text = |outcome: &Outcome| outcome.as_generation().map_or("", |reply| reply.text()).to_owned();
    if seen.len() < places.len() {
        return Step::Need(places.iter().map(|place| ask(place, place.input.clone())).collect());
    }
    let (first, second) = seen.split_at(places.len());
    let mut second = second.iter();
    let (mut votes, mut reminders) = (Vec::new(), Vec::new());
    for (place, outcome) in places.into_iter().zip(first) {
        let reply = text(outcome);
        let mut graded = contract.parse(&reply);
        let has_replied = outcome.as_generation().is_some_and(|reply| !reply.completions.is_empty());
        if graded.is_err() && has_replied {
            match second.next() {
                Some(outcome) => graded = contract.parse(&text(outcome)),
                None => reminders.push(ask(&place, reminded(place.input, &reply, contract))),
            }
        }
        let Place { judge, repeat, order, .. } = place;
        votes.push(Vote { judge, repeat, order, graded });
    }
    if reminders.is_empty() { Step::Done(votes) } else { Step::Need(reminders) }
}

/// A verdict that is wanted.
struct Place<'a> {
    judge: u32,
    repeat: u32,
    order: usize,
    input: &'a Input,
}

/// Repeated questions differ in their seed, so that each is a question of its own.
fn ask(place: &Place<'_>, input: Input) -> Effect {
    let (judge, repeat) = (place.judge, place.repeat);
    let seed = (repeat > 0).then_some(u64::from(repeat));
    let request = GenerateRequest::new(input, Sampling { seed, ..Sampling::default() });
    Effect::Generate(GenerateRequest { to: Addressee::Judge(judge), ..request })
}

fn reminded(input: &Input, reply: &str, contract: &Contract) -> Input {
    match input {
        Input::Text(text) => Input::Text(format!("{text}{reply}\n{}\n", contract.reminder())),
        Input::Chat(messages) => {
            let more = [Message::new(Role::Assistant, reply), Message::user(contract.reminder())];
            Input::Chat(messages.iter().cloned().chain(more).collect())
        }
    }
}

impl Aggregation {
    /// The values of a sample from the verdicts, as `value` gives them by metric from a judge's verdict, or its verdicts in
    /// all orders: first those of each judge, then the judges'. Nothing when fewer judges than `least` gave a verdict.
    pub fn values(
        self,
        votes: &[Vote],
        value: &dyn Fn(&[&Grade]) -> IndexMap<String, f64>,
        least: u32,
    ) -> Option<IndexMap<String, f64>> {
        let mut judges: IndexMap<u32, Vec<IndexMap<String, f64>>> = IndexMap::new();
        for orders in votes.chunk_by(|one, other| (one.judge, one.repeat) == (other.judge, other.repeat)) {
            let grades: Option<Vec<&Grade>> =
                orders.iter().map(|vote| vote.graded.as_ref().ok().map(|graded| &graded.grade)).collect();
            if let (Some(grades), Some(first)) = (grades, orders.first()) {
                judges.entry(first.judge).or_default().push(value(&grades));
            }
        }
        if judges.is_empty() || (judges.len() as u32) < least {
            return None;
        }
        let each: Vec<IndexMap<String, f64>> = judges.values().map(|own| self.merge(own)).collect();
        Some(self.merge(&each))
    }

    fn merge(self, all: &[IndexMap<String, f64>]) -> IndexMap<String, f64> {
        let names = all.first().into_iter().flat_map(IndexMap::keys);
        let of = |name: &str| all.iter().filter_map(|one| one.get(name).copied()).collect::<Vec<f64>>();
        names.map(|name| (name.clone(), self.one(&of(name)))).collect()
    }

    fn one(self, values: &[f64]) -> f64 {
        match self {
            Aggregation::Mean => values.iter().sum::<f64>() / values.len() as f64,
            Aggregation::Median => {
                let mut sorted = values.to_vec();
                sorted.sort_by(f64::total_cmp);
                let middle = sorted.len() / 2;
                if sorted.len() % 2 == 1 {
                    sorted[middle]
                } else {
                    (sorted[middle - 1] + sorted[middle]) / 2.0
                }
            }
            Aggregation::MajorityVote => {
                let count = |value: f64| values.iter().filter(|other| **other == value).count();
                let most = values.iter().map(|value| count(*value)).max().unwrap_or(0);
                let mut winners: Vec<f64> =
                    values.iter().copied().filter(|value| count(*value) == most).collect();
                winners.dedup();
                // The first of them when several have as many.
                winners.first().copied().unwrap_or(f64::NAN)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::{Completion, Generation};

    fn reply(text: &str) -> Outcome {
        let completions = vec![Completion { text: text.into(), ..Completion::default() }];
        Outcome::Generation(Generation { completions, ..Generation::default() })
    }

    fn contract() -> Contract {
        Contract::Labels {
            field: "verdict".into(),
            labels: ["A", "B"].map(str::to_owned).into(),
            has_reasoning: true,
        }
    }

    fn value(grades: &[&Grade]) -> IndexMap<String, f64> {
        let is_right = matches!(grades[0], Grade::Label(label) if label == "A");
        IndexMap::from([("acc".to_owned(), f64::from(u8::from(is_right)))])
    }

    #[test]
    fn only_who_cannot_be_read_is_asked_again() {
        let inputs = [Input::Chat(vec![Message::user("q")])];
        let next = |seen: &[Outcome]| step(Panel { judges: 2, repeats: 2 }, &inputs, &contract(), seen);
        let Step::Need(first) = next(&[]) else { panic!() };
        assert_eq!(first.len(), 4);
        let (a, unread) = (reply("{\"verdict\": \"A\"}"), reply("A, of course"));
        let mut seen = vec![a.clone(), unread.clone(), a.clone(), unread.clone()];
        let Step::Need(again) = next(&seen) else { panic!() };
        let whom = |effect: &Effect| match effect {
            Effect::Generate(request) => (request.to, request.sampling.seed),
            _ => panic!(),
        };
        assert_eq!(
            again.iter().map(whom).collect::<Vec<_>>(),
            [(Addressee::Judge(0), Some(1)), (Addressee::Judge(1), Some(1))]
        );
        seen.extend([reply("{\"verdict\": \"B\"}"), unread]);
        let Step::Done(votes) = next(&seen) else { panic!() };
        let read: Vec<bool> = votes.iter().map(|vote| vote.graded.is_ok()).collect();
        assert_eq!(read, [true, true, true, false]);
        // A judge's own verdicts first: (1 + 0) / 2 and 1.
        let values = |how: Aggregation, least| how.values(&votes, &value, least);
        assert_eq!(values(Aggregation::Mean, 1).unwrap()["acc"], 0.75);
        assert_eq!(values(Aggregation::MajorityVote, 2).unwrap()["acc"], 1.0);
        assert_eq!(values(Aggregation::Median, 3), None);
    }

    #[test]
    fn a_call_that_brought_nothing_is_a_verdict_that_cannot_be_read() {
        let inputs = [Input::Chat(vec![Message::user("q")])];
        let seen = [Outcome::Generation(Generation::default())];
        let found = step(Panel { judges: 1, repeats: 1 }, &inputs, &contract(), &seen);
        let Step::Done(votes) = found else { panic!() };
        assert!(votes[0].graded.is_err());
    }
}
