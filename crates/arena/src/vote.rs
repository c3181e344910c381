//! People as judges: which pair a voter is shown next, and the file of votes. Several voters share a file; a line torn by a crash is
//! dropped, and a voter who comes back goes on where the last vote was.

use crate::battle::{Battle, Winner};
use crate::error::Error;
use crate::pairing;
use evalscope_core::digest;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};

/// One vote; a line of the file of votes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    /// The pair, by its id.
    pub pair: String,
    /// Who votes, by a name of their own.
    pub voter: String,
    /// What was found, by place on the page: `model_a` is the left answer.
    pub choice: Winner,
    /// Whether the second model's answer stood left.
    pub is_turned: bool,
    /// When, in seconds since 1970.
    pub at: f64,
}

/// Two answers to a question, without the names of who gave them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// The pair's id.
    pub pair: String,
    /// The question.
    pub question: String,
    /// The answer on the left.
    pub left: String,
    /// The answer on the right.
    pub right: String,
    /// Whether the second model's answer stands left.
    #[serde(skip)]
    pub is_turned: bool,
    /// Pairs that the voter has voted on.
    pub done: usize,
    /// Pairs in all.
    pub total: usize,
}

/// Pairs to vote on, and the votes so far.
#[derive(Debug, Clone, Default)]
pub struct Poll {
    /// The pairs, with question (`question`) and answers (`output_a`, `output_b`).
    battles: Vec<Battle>,
    places: HashMap<String, usize>,
    votes: Vec<Vote>,
    /// Pair and voter of each vote: most are new, and none has to be looked for.
    given: HashSet<(String, String)>,
}

/// Fields of a pair that a voter is shown.
const SHOWN: [&str; 3] = ["question", "output_a", "output_b"];

/// Returns the id of a pair: the same for the same question, models and answers, in whatever file.
pub fn pair_id(battle: &Battle) -> String {
    let text = |field: &str| battle.text(field).unwrap_or_default();
    let all = digest(&(
        (&battle.model_a, &battle.model_b, &battle.question_id.to_string()),
        (text("question"), text("output_a"), text("output_b")),
    ));
    all.chars().take(16).collect()
}

impl Poll {
    /// A poll on these pairs with these votes. A pair without both answers cannot be shown. Votes on pairs that are not there are left
    /// out, and of several votes of one voter on one pair the last one counts.
    pub fn new(battles: Vec<Battle>, votes: Vec<Vote>) -> Result<Poll, Error> {
        let can_be_shown =
            |battle: &Battle| battle.text("output_a").is_some() && battle.text("output_b").is_some();
        if battles.is_empty() || !battles.iter().all(can_be_shown) {
            return Err(Error::Nothing(
                "there is nothing to vote on: a pair needs `output_a` and `output_b`".into(),
            ));
        }
        let mut poll = Poll::default();
        for battle in battles {
            let id = pair_id(&battle);
            if !poll.places.contains_key(&id) {
                poll.places.insert(id, poll.battles.len());
                poll.battles.push(battle);
            }
        }
        votes.into_iter().for_each(|vote| poll.take(vote));
        Ok(poll)
    }

    /// The pair that a voter is shown next: the one with the fewest votes, of those the first in an order of the voter's own. Nothing when
    /// the voter has seen all.
    pub fn next(&self, voter: &str) -> Option<Shown> {
        let mut votes_on: HashMap<&str, usize> = HashMap::new();
        self.votes.iter().for_each(|vote| *votes_on.entry(vote.pair.as_str()).or_default() += 1);
        let own: HashSet<&str> =
            self.votes.iter().filter(|vote| vote.voter == voter).map(|vote| vote.pair.as_str()).collect();
        let open = self.places.keys().filter(|id| !own.contains(id.as_str()));
        let next = open.min_by_key(|id| {
            (votes_on.get(id.as_str()).copied().unwrap_or(0), digest(&(voter, id.as_str())))
        })?;
        let battle = &self.battles[*self.places.get(next)?];
        let is_turned = pairing::is_turned(next, (voter, ""), 0);
        let answer = |field: &str| battle.text(field).unwrap_or_default().to_owned();
        let (mut left, mut right) = (answer("output_a"), answer("output_b"));
        if is_turned {
            std::mem::swap(&mut left, &mut right);
        }
        let question = battle.text("question").unwrap_or_default().to_owned();
        Some(Shown {
            pair: next.clone(),
            question,
            left,
            right,
            is_turned,
            done: own.len(),
            total: self.battles.len(),
        })
    }

    /// Makes a vote on a pair that is shown; nothing for a pair that is not there. The caller writes it down before it is
    /// [taken](Poll::take).
    pub fn vote(&self, pair: &str, voter: &str, choice: Winner, at: f64) -> Option<Vote> {
        self.places.get(pair)?;
        let is_turned = pairing::is_turned(pair, (voter, ""), 0);
        Some(Vote { pair: pair.to_owned(), voter: voter.to_owned(), choice, is_turned, at })
    }

    /// Counts a vote, in the place of the voter's earlier one on the same pair.
    pub fn take(&mut self, vote: Vote) {
        if vote.choice == Winner::Unknown || !self.places.contains_key(&vote.pair) {
            return;
        }
        if !self.given.insert((vote.pair.clone(), vote.voter.clone())) {
            self.votes.retain(|known| (&known.pair, &known.voter) != (&vote.pair, &vote.voter));
        }
        self.votes.push(vote);
    }

    /// The pairs, with a judge's verdicts where there were some.
    pub fn pairs(&self) -> &[Battle] {
        &self.battles
    }

    /// The votes as battles, to be rated and compared with a judge's. Names of models are there again; what a judge said is not.
    pub fn battles(&self) -> Vec<Battle> {
        let battle = |vote: &Vote| {
            let pair = &self.battles[*self.places.get(&vote.pair)?];
            let winner = if vote.is_turned { vote.choice.exchanged() } else { vote.choice };
            let asked = SHOWN.iter().filter_map(|field| pair.more.get_key_value(*field));
            let mut more: serde_json::Map<String, serde_json::Value> =
                asked.map(|(field, text)| (field.clone(), text.clone())).collect();
            more.insert("judge".into(), vote.voter.clone().into());
            Some(Battle {
                win: Some(winner),
                win_1: None,
                win_2: None,
                tstamp: vote.at,
                more,
                scores: None,
                model_a: pair.model_a.clone(),
                model_b: pair.model_b.clone(),
                anony: true,
                question_id: pair.question_id.clone(),
                category: pair.category.clone(),
            })
        };
        self.votes.iter().filter_map(battle).collect()
    }

    /// The pairs that were voted on with what a judge said, and the votes on them, of this voter or of all. Texts are left out.
    pub fn compared(&self, voter: Option<&str>) -> (Vec<Battle>, Vec<Battle>) {
        let mut voted = BTreeSet::new();
        let mut votes = Vec::new();
        for vote in self.votes.iter().filter(|vote| voter.is_none_or(|voter| vote.voter == voter)) {
            let Some(place) = self.places.get(&vote.pair) else { continue };
            voted.insert(*place);
            let winner = if vote.is_turned { vote.choice.exchanged() } else { vote.choice };
            let pair = without_texts(&self.battles[*place]);
            votes.push(Battle { win: Some(winner), win_1: None, win_2: None, ..pair });
        }
        (voted.into_iter().map(|place| without_texts(&self.battles[place])).collect(), votes)
    }

    /// Names of the voters, with how many votes each has given.
    pub fn voters(&self) -> Vec<(String, usize)> {
        let mut counts: indexmap::IndexMap<&str, usize> = indexmap::IndexMap::new();
        self.votes.iter().for_each(|vote| *counts.entry(vote.voter.as_str()).or_default() += 1);
        counts.into_iter().map(|(voter, count)| (voter.to_owned(), count)).collect()
    }
}

/// The battle as far as verdicts are compared. A question without an id keeps a digest, so that it is still one of its own.
fn without_texts(battle: &Battle) -> Battle {
    let question_id = match &battle.question_id {
        serde_json::Value::Null => {
            serde_json::Value::from(digest(&battle.text("question").unwrap_or_default()))
        }
        id => id.clone(),
    };
    Battle {
        win: battle.win,
        win_1: battle.win_1,
        win_2: battle.win_2,
        question_id,
        ..Battle::new(&battle.model_a, &battle.model_b, Winner::Unknown)
    }
}

/// Reads a file of votes. A last line without its end is what a crash left, and is dropped.
pub fn parse_votes(file: &str, text: &str) -> Result<Vec<Vote>, Error> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    crate::battle::parse_lines(file, "vote", whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(question: u32) -> Battle {
        let more = serde_json::json!({"question": "?", "review_text": "[[A]]", "output_a": format!("a{question}"), "output_b": format!("b{question}")});
        let battle = Battle::new("one", "two", Winner::Unknown);
        Battle { question_id: question.into(), win: None, more: more.as_object().cloned().unwrap(), ..battle }
    }

    fn poll(votes: Vec<Vote>) -> Poll {
        Poll::new((0..8).map(pair).collect(), votes).unwrap()
    }

    /// Votes for the answer of model `one` until there is nothing left.
    fn vote_all(poll: &mut Poll, voter: &str) -> Vec<Vote> {
        let mut given = Vec::new();
        while let Some(shown) = poll.next(voter) {
            assert_eq!(shown.done, given.len());
            let choice = if shown.left.starts_with('a') { Winner::A } else { Winner::B };
            let vote = poll.vote(&shown.pair, voter, choice, given.len() as f64).unwrap();
            poll.take(vote.clone());
            given.push(vote);
        }
        given
    }

    #[test]
    fn votes_are_by_place_and_count_by_model() {
        let mut poll = poll(Vec::new());
        let votes = vote_all(&mut poll, "ann");
        assert_eq!(votes.len(), 8);
        assert!(votes.iter().any(|vote| vote.is_turned) && votes.iter().any(|vote| !vote.is_turned));
        assert!(poll.battles().iter().all(|battle| battle.win == Some(Winner::A)), "{:?}", poll.battles());
        assert_eq!(poll.voters(), [("ann".to_owned(), 8)]);
        let (judged, given) = poll.compared(Some("ann"));
        assert_eq!((judged.len(), given.len()), (8, 8));
        assert!(given.iter().all(|vote| vote.win == Some(Winner::A) && vote.more.is_empty()));
        assert!(poll.compared(Some("bob")).1.is_empty());
        assert_eq!(poll.compared(None).1.len(), 8);
        // Who voted stands in the judge's place, and nothing of what the judge said is left.
        assert!(
            poll.battles()
                .iter()
                .all(|battle| battle.text("judge") == Some("ann") && battle.text("review_text").is_none())
        );
    }

    #[test]
    fn a_voter_goes_on_and_another_begins_with_what_has_fewest_votes() {
        let votes = vote_all(&mut poll(Vec::new()), "ann");
        let text: String =
            votes[..3].iter().map(|vote| serde_json::to_string(vote).unwrap() + "\n").collect();
        let torn = format!("{text}{{\"pair\": \"x");
        let mut poll = poll(parse_votes("votes.jsonl", &torn).unwrap());
        let seen: Vec<&str> = votes[..3].iter().map(|vote| vote.pair.as_str()).collect();
        assert!(!seen.contains(&poll.next("bob").unwrap().pair.as_str()));
        assert_eq!(poll.next("ann").unwrap().done, 3);
        // A vote can be changed, and a pair that is not there cannot be voted on.
        let again = poll.vote(seen[0], "ann", Winner::BothBad, 9.0).unwrap();
        poll.take(again);
        assert_eq!(poll.voters(), [("ann".to_owned(), 3)]);
        assert!(poll.vote("nothing", "ann", Winner::A, 0.0).is_none());
    }
}
