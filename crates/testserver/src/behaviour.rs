//! How the server behaves at the moment: delays, faults, what it remembers.

use crate::chaos::Chaos;
use crate::fault::Fault;
use crate::habits::Habits;
use std::collections::VecDeque;
use std::time::Duration;

/// How event streams are cut and ended.
#[derive(Debug, Clone, Copy, Default)]
pub struct StreamStyle {
    /// Send pieces of so many bytes, across events and inside characters; whole events when absent.
    pub piece_bytes: Option<usize>,
    /// Leave out the closing `data: [DONE]`.
    pub without_done: bool,
}

/// What the completions endpoint makes of `echo` with `logprobs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Echo {
    /// Gives the log-probabilities of the prompt.
    #[default]
    Honoured,
    /// The same, with `<s>` as a first token that is not in the prompt and shifts every offset.
    WithStartToken,
    /// The same, with a replacement sign for each byte of a character outside ASCII, as servers do for tokens
    /// that are parts of characters.
    BrokenCharacters,
    /// Answers as if `echo` had not been there.
    Ignored,
    /// Answers 400.
    Refused,
    /// Gives numbers that have nothing to do with the text before.
    Invented,
}

/// A request that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its path.
    pub path: String,
    /// Its query, if any.
    pub query: Option<String>,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Seen {
    /// The body as JSON; `Null` when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Everything that can be told to a running server.
#[derive(Debug, Default)]
pub struct Behaviour {
    pub delay: Duration,
    pub rules: Vec<(String, u16)>,
    pub spare_probe: bool,
    /// After so many calls every one fails with this status.
    pub later: Option<(u64, u16)>,
    pub script: VecDeque<Fault>,
    pub always: Option<Fault>,
    pub chaos: Option<Chaos>,
    pub models_fault: Option<Fault>,
    pub models_script: VecDeque<Fault>,
    pub models: Vec<serde_json::Value>,
    pub style: StreamStyle,
    pub echo: Echo,
    pub habits: Habits,
    pub seen: Option<Vec<Seen>>,
}

impl Behaviour {
    /// What goes wrong with a call whose body this is.
    pub fn fault_for_call(&mut self, body: &[u8]) -> Option<Fault> {
        self.later = match self.later {
            Some((0, status)) => {
                self.rules.push((String::new(), status));
                None
            }
            later => later.map(|(calls, status)| (calls - 1, status)),
        };
        let told =
            self.script.pop_front().or_else(|| self.fault_by_rule(body)).or_else(|| self.always.clone());
        told.or_else(|| self.chaos.as_mut()?.draw())
    }

    /// What goes wrong with a look at the list of models.
    pub fn fault_for_models(&mut self) -> Option<Fault> {
        let told = self.models_script.pop_front().or_else(|| self.models_fault.clone());
        told.or_else(|| if self.spare_probe { None } else { self.fault_by_rule(b"") })
    }

    fn fault_by_rule(&self, body: &[u8]) -> Option<Fault> {
        let (_, status) = self.rules.iter().find(|(part, _)| contains(body, part.as_bytes()))?;
        // The key in the message is on purpose: some servers repeat it, and no program may print it.
        Some(Fault::says(*status, format!("the stand-in answers {status} as told (your key is {{key}})")))
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_goes_before_the_rules() {
        let mut behaviour = Behaviour { rules: vec![("x".into(), 500)], ..Behaviour::default() };
        behaviour.script.push_back(Fault::Silence);
        assert!(matches!(behaviour.fault_for_call(b"axb"), Some(Fault::Silence)));
        assert!(matches!(behaviour.fault_for_call(b"axb"), Some(Fault::Status { status: 500, .. })));
        assert!(behaviour.fault_for_call(b"ab").is_none());
        assert!(behaviour.fault_for_models().is_none());
    }

    #[test]
    fn a_rule_for_later_holds_from_then_on() {
        let mut behaviour = Behaviour { later: Some((2, 401)), ..Behaviour::default() };
        let fails: Vec<bool> = (0..4).map(|_| behaviour.fault_for_call(b"").is_some()).collect();
        assert_eq!(fails, [false, false, true, true]);
    }

    #[test]
    fn the_empty_rule_holds_for_all_but_a_spared_probe() {
        let mut behaviour = Behaviour { rules: vec![(String::new(), 401)], ..Behaviour::default() };
        assert!(behaviour.fault_for_models().is_some());
        assert!(behaviour.fault_for_call(b"").is_some());
        behaviour.spare_probe = true;
        assert!(behaviour.fault_for_models().is_none());
    }
}
