//! A battle: two answers to one question, and which one was found better. Read from and written to EvalScope's
//! battle and review files (`battle.jsonl`), one JSON object a line.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Who won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Winner {
    /// The answer that stood first.
    #[serde(rename = "model_a")]
    A,
    /// The answer that stood second.
    #[serde(rename = "model_b")]
    B,
    /// Neither.
    #[serde(rename = "tie")]
    Tie,
    /// Neither is good. Counts as a tie.
    #[serde(rename = "tie (bothbad)", alias = "both_bad", alias = "tie (both bad)")]
    BothBad,
    /// The judge's reply could not be read. Counts for nobody.
    #[serde(rename = "unknown")]
    Unknown,
}

impl Winner {
    /// The winner when the answers are exchanged.
    pub fn exchanged(self) -> Winner {
        match self {
            Winner::A => Winner::B,
            Winner::B => Winner::A,
            other => other,
        }
    }

    /// What the first model gets: 1, 0.5 or 0; nothing when nobody knows.
    pub fn points(self) -> Option<f64> {
        match self {
            Winner::A => Some(1.0),
            Winner::Tie | Winner::BothBad => Some(0.5),
            Winner::B => Some(0.0),
            Winner::Unknown => None,
        }
    }
}

/// One battle. In a file with both orders (`win_1`, `win_2`) a line holds two rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Battle {
    /// The model whose answer stood first.
    pub model_a: String,
    /// The model whose answer stood second.
    pub model_b: String,
    /// Scores of both, where the judge gave some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<Value>,
    /// Who won; in files of one round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub win: Option<Winner>,
    /// Who won the first round of two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub win_1: Option<Winner>,
    /// Who won the second, in which the answers stood the other way round; by model, not by place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub win_2: Option<Winner>,
    /// Whether the judge was not told the models' names.
    #[serde(default = "yes")]
    pub anony: bool,
    /// When, in seconds since 1970.
    #[serde(default)]
    pub tstamp: f64,
    /// The data set's id of the question.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub question_id: Value,
    /// The kind of question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// All other fields, kept.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

fn yes() -> bool {
    true
}

/// A verdict on one pair in one order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Round {
    /// Who won, by model.
    pub winner: Winner,
    /// Whether the second model's answer stood first.
    pub is_swapped: bool,
}

impl Battle {
    /// A battle of one round of which nothing else is known.
    pub fn new(model_a: &str, model_b: &str, winner: Winner) -> Battle {
        Battle {
            model_a: model_a.to_owned(),
            model_b: model_b.to_owned(),
            scores: None,
            win: Some(winner),
            win_1: None,
            win_2: None,
            anony: true,
            tstamp: 0.0,
            question_id: Value::Null,
            category: None,
            more: Map::new(),
        }
    }

    /// Its rounds: one, or two in both orders.
    pub fn rounds(&self) -> Vec<Round> {
        let plain = |winner| Round { winner, is_swapped: false };
        match (self.win, self.win_1, self.win_2) {
            (Some(winner), _, _) => vec![plain(winner)],
            (None, first, second) => {
                let second = second.map(|winner| Round { winner, is_swapped: true });
                first.map(plain).into_iter().chain(second).collect()
            }
        }
    }

    /// The winner of the battle as a whole: of two rounds the one that won both, otherwise a tie. A round that
    /// nobody could read leaves it unknown.
    pub fn winner(&self) -> Winner {
        let rounds = self.rounds();
        match rounds.as_slice() {
            [only] => only.winner,
            [one, other] if one.winner == Winner::Unknown || other.winner == Winner::Unknown => {
                Winner::Unknown
            }
            [one, other] if one.winner == other.winner => one.winner,
            [_, _] => Winner::Tie,
            _ => Winner::Unknown,
        }
    }

    /// Text of a further field.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.more.get(field)?.as_str()
    }

    /// The scores of both answers, when there are two numbers. A second round's are in `scores_2`, turned round.
    pub fn score_pair(&self) -> Option<(f64, f64)> {
        let scores = self.scores.as_ref()?.as_array()?;
        Some((scores.first()?.as_f64()?, scores.get(1)?.as_f64()?))
    }
}

/// Reads a battle file. Empty lines are passed over.
pub fn parse_battles(file: &str, text: &str) -> Result<Vec<Battle>, Error> {
    parse_lines(file, "battle", text)
}

/// Reads a file with one JSON object a line.
pub fn parse_lines<T: serde::de::DeserializeOwned>(
    file: &str,
    what: &'static str,
    text: &str,
) -> Result<Vec<T>, Error> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| Error::Line {
                file: file.to_owned(),
                line: index + 1,
                what,
                message: error.to_string(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"model_a":"a","model_b":"b","scores":[7.0,9.0],"win":"model_b","anony":true,"tstamp":1688612117.210733,"question_id":2,"category":"x","language":"NA","question":"?"}"#;

    #[test]
    fn a_line_comes_back_with_all_its_fields() {
        let battles = parse_battles("f", LINE).unwrap();
        let again: Value = serde_json::from_str(&serde_json::to_string(&battles[0]).unwrap()).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(LINE).unwrap());
        assert_eq!(battles[0].score_pair(), Some((7.0, 9.0)));
    }

    #[test]
    fn two_rounds_that_differ_are_a_tie_and_an_unread_one_leaves_it_open() {
        let of = |one: &str, other: &str| {
            let line = format!(r#"{{"model_a":"a","model_b":"b","win_1":"{one}","win_2":"{other}"}}"#);
            parse_battles("f", &line).unwrap()[0].winner()
        };
        assert_eq!(of("model_a", "model_a"), Winner::A);
        assert_eq!(of("model_a", "model_b"), Winner::Tie);
        assert_eq!(of("tie", "model_b"), Winner::Tie);
        assert_eq!(of("unknown", "model_b"), Winner::Unknown);
    }

    #[test]
    fn a_winner_that_nobody_knows_is_an_error_with_its_line() {
        let error =
            parse_battles("f.jsonl", "\n{\"model_a\":\"a\",\"model_b\":\"b\",\"win\":\"A\"}").unwrap_err();
        assert!(
            error.to_string().starts_with("f.jsonl: line 2 is no battle: unknown variant `A`"),
            "{error}"
        );
    }
}
