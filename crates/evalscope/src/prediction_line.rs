//! Lines of `predictions/`, ours and EvalScope's: which of them are replies, and of which repeat.

use crate::prediction_cells::text;
use evalscope_core::{Row, Value, digest};
use std::collections::BTreeMap;

/// The column in which both have the place of the sample.
pub(crate) const INDEX: &str = "index";

/// What a row says beside the columns that the user names.
pub(crate) enum Line {
    /// A row of another program.
    Other,
    /// A line of ours that is no reply: a later call of the sample, a judge's, or a program.
    NoReply,
    /// A reply of ours, or a call that failed. Of several for one index and repeat the last counts.
    Ours { model: String, index: u64, repeat: u32, has_failed: bool },
    /// A reply of EvalScope's. Of several with one index the last counts, as in EvalScope's own cache.
    EvalScope { index: u64, prompt: String, has_failed: bool },
}

impl Line {
    pub fn of(row: &Row) -> Line {
        let Some(index) = whole(row, INDEX) else { return Line::Other };
        let (repeat, call) =
            (whole(row, "repeat").and_then(|repeat| repeat.try_into().ok()), whole(row, "call"));
        if let (Some(Value::String(_)), Some(repeat), Some(call)) = (row.get("digest"), repeat, call) {
            let is_reply = call == 0 && !row.contains_key("judge") && !row.contains_key("execute");
            let has_failed = row.contains_key("error");
            let model = row.get("model").map(text).unwrap_or_default();
            return if is_reply { Line::Ours { model, index, repeat, has_failed } } else { Line::NoReply };
        }
        match (row.get("model_output"), row.get("messages")) {
            (Some(Value::Object(output)), Some(Value::List(messages))) => Line::EvalScope {
                index,
                prompt: digest(&messages.iter().filter_map(asked).collect::<Vec<_>>()),
                has_failed: output.get("error").is_some_and(|error| !error.is_null()),
            },
            _ => Line::Other,
        }
    }

    pub fn has_failed(&self) -> bool {
        matches!(self, Line::Ours { has_failed: true, .. } | Line::EvalScope { has_failed: true, .. })
    }
}

fn whole(row: &Row, column: &str) -> Option<u64> {
    match row.get(column) {
        Some(Value::Int(number)) => (*number).try_into().ok(),
        _ => None,
    }
}

/// What the model was shown: EvalScope puts the reply behind it.
fn asked(message: &Value) -> Option<(&str, &Value)> {
    let message = message.as_object()?;
    let role = message.get("role")?.as_str().filter(|role| *role != "assistant")?;
    Some((role, message.get("content")?))
}

/// The prompts of EvalScope's lines, by subset and index.
#[derive(Default)]
pub(crate) struct Prompts(BTreeMap<(Option<String>, u64), String>);

impl Prompts {
    pub fn add(&mut self, subset: Option<String>, index: u64, prompt: String) {
        self.0.insert((subset, index), prompt);
    }

    pub fn has(&self, subset: &Option<String>, index: u64) -> bool {
        self.0.contains_key(&(subset.clone(), index))
    }

    /// How often each sample was asked: EvalScope's index is sample × repeats + repeat, and no line says how many repeats there
    /// are. But repeats show the same prompt, so it is what divides every index at which another prompt begins.
    pub fn repeats(&self) -> u64 {
        let neighbours = self
            .0
            .iter()
            .zip(self.0.iter().skip(1))
            .filter(|(((subset, index), _), ((next, at), _))| subset == next && index + 1 == *at);
        let (same, begins): (Vec<_>, Vec<_>) =
            neighbours.partition(|((_, prompt), (_, next))| prompt == next);
        let begins = begins.into_iter().map(|(_, ((_, at), _))| *at).reduce(greatest_common_divisor);
        match (same.is_empty(), begins) {
            (true, _) => 1,
            (false, Some(repeats)) => repeats,
            // A single sample.
            (false, None) => self.0.len() as u64,
        }
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeats(prompts: &[(u64, &str)]) -> u64 {
        let mut all = Prompts::default();
        prompts.iter().for_each(|(index, prompt)| all.add(None, *index, (*prompt).into()));
        all.repeats()
    }

    #[test]
    fn equal_prompts_side_by_side_are_repeats() {
        assert_eq!(repeats(&[(0, "a"), (1, "b"), (2, "c")]), 1);
        assert_eq!(repeats(&[(3, "b"), (0, "a"), (2, "b"), (1, "a"), (4, "c"), (5, "c")]), 2);
        // The same question twice in the data, and lines that are not there.
        assert_eq!(repeats(&[(0, "a"), (1, "a"), (2, "a"), (3, "a"), (4, "b"), (5, "b"), (6, "c")]), 2);
        assert_eq!(repeats(&[(0, "a"), (1, "a"), (2, "a"), (3, "b"), (5, "b"), (6, "c")]), 3);
        assert_eq!(repeats(&[(0, "a"), (1, "a")]), 2);
        // Nothing says that there are repeats.
        assert_eq!(repeats(&[(2, "a"), (3, "b")]), 1);
        assert_eq!(repeats(&[(0, "a"), (2, "b")]), 1);
        assert_eq!(repeats(&[]), 1);
    }
}
