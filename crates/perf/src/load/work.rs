//! What there is to send: requests that are ready, or conversations whose next request depends on the answer before.

use crate::api::{Api, Prompt, Turn};
use crate::bodies::{self, Answers};
use crate::random::Random;
use crate::wire::{Headers, Request};
use std::sync::Arc;
use std::time::Duration;

/// What there is to send.
#[derive(Clone)]
pub enum Work {
    /// Requests; after the last comes the first again.
    Requests(Arc<[Request]>),
    /// Conversations, likewise.
    Sessions(Arc<Sessions>),
}

impl Work {
    /// The body of the request with this number, as text; of conversations it is not kept.
    pub fn body(&self, number: u64) -> String {
        match self {
            Work::Requests(requests) => at(requests, number).body().into_owned(),
            Work::Sessions(_) => String::new(),
        }
    }
}

/// What earlier stages have asked. Prompts go on from there: a server that caches prompts would have those of before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Before {
    /// Requests.
    pub requests: u64,
    /// Conversations.
    pub sessions: u64,
}

/// The element of this number of a list without an end.
pub fn at<T>(list: &[T], number: u64) -> &T {
    &list[(number % list.len() as u64) as usize]
}

/// Conversations, and how their requests are made.
pub struct Sessions {
    /// What a person says in each, turn by turn; a system message may stand before.
    pub scripts: Vec<Vec<Turn>>,
    /// How long a person thinks after an answer.
    pub think: Think,
    /// Head of all requests.
    pub headers: Headers,
    /// How to ask.
    pub api: Arc<dyn Api>,
    /// Whom.
    pub model: String,
    /// How answers are to be.
    pub answers: Answers,
    /// Seed of lengths and times.
    pub seed: u64,
}

/// How long a person thinks.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Think {
    /// Not at all.
    #[default]
    Not,
    /// Always the same time.
    Always(Duration),
    /// A time between two, each as likely.
    Between(Duration, Duration),
}

impl Think {
    /// The time before one turn.
    pub fn time(&self, random: &mut Random) -> Duration {
        match self {
            Think::Not => Duration::ZERO,
            Think::Always(time) => *time,
            Think::Between(low, high) => *low + high.saturating_sub(*low).mul_f64(random.share()),
        }
    }
}

/// A conversation that is going on.
pub struct Session {
    /// Its number.
    pub number: u64,
    random: Random,
    history: Vec<Turn>,
    left: std::vec::IntoIter<Turn>,
}

impl Sessions {
    /// Begins the conversation with this number, after so many of other stages.
    pub fn begin(&self, number: u64, before: u64) -> Session {
        let place = before + number;
        let left = at(&self.scripts, place).clone().into_iter();
        Session { number, random: Random::new(self.seed, 5000 + place), history: Vec::new(), left }
    }

    /// The next request of a conversation; nothing when it is over.
    pub fn next(&self, session: &mut Session) -> Option<Request> {
        loop {
            let turn = session.left.next()?;
            let is_system = turn.role == "system";
            session.history.push(turn);
            if !is_system {
                break;
            }
        }
        let prompt = Prompt::Messages(session.history.clone());
        let body = bodies::body(&*self.api, &self.model, &prompt, &self.answers, &mut session.random);
        Some(self.headers.with(&body))
    }

    /// How long the person thinks before the next turn; nothing when there is none.
    pub fn think(&self, session: &mut Session) -> Option<Duration> {
        (session.left.len() > 0).then(|| self.think.time(&mut session.random))
    }
}

impl Session {
    /// What the model said.
    pub fn heard(&mut self, text: String) {
        self.history.push(Turn::new("assistant", text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Chat;
    use crate::wire::Target;
    use serde_json::{Map, Value, json};

    fn sessions(scripts: Vec<Vec<Turn>>) -> Sessions {
        let target = Target::parse("http://h/v1", "/x").unwrap();
        Sessions {
            scripts,
            think: Think::Always(Duration::from_secs(1)),
            headers: Headers::new(&target, &Chat, None, &[]).unwrap(),
            api: Arc::new(Chat),
            model: "m".into(),
            answers: Answers { stream: false, max_tokens: None, parameters: Map::new() },
            seed: 1,
        }
    }

    #[test]
    fn each_turn_has_all_that_was_said_before() {
        let turns = [("system", "s"), ("user", "a"), ("user", "b")];
        let sessions = sessions(vec![turns.map(|(role, text)| Turn::new(role, text.to_owned())).to_vec()]);
        let mut session = sessions.begin(7, 0);
        let messages = |request: Request| {
            let body: Value = serde_json::from_str(&request.body()).unwrap();
            body["messages"]
                .as_array()
                .unwrap()
                .iter()
                .map(|turn| turn["content"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(messages(sessions.next(&mut session).unwrap()), [json!("s"), json!("a")]);
        assert_eq!(sessions.think(&mut session), Some(Duration::from_secs(1)));
        session.heard("one".into());
        let second = messages(sessions.next(&mut session).unwrap());
        assert_eq!(second, [json!("s"), json!("a"), json!("one"), json!("b")]);
        assert_eq!(sessions.think(&mut session), None);
        assert!(sessions.next(&mut session).is_none());
    }

    #[test]
    fn times_to_think_lie_between_their_ends() {
        let think = Think::Between(Duration::from_secs(1), Duration::from_secs(3));
        let mut random = Random::new(1, 1);
        let times: Vec<Duration> = (0..100).map(|_| think.time(&mut random)).collect();
        assert!(times.iter().all(|time| (1.0..=3.0).contains(&time.as_secs_f64())));
        assert!(times.iter().any(|time| *time > Duration::from_secs(2)));
    }
}
