//! Files of labels, and of what a judge found: battles, pairs of answers, or single answers, one JSON object a line.

use super::rate::read;
use crate::argument::ArgumentError;
use crate::error::Error;
use evalscope_arena::battle::parse_lines;
use evalscope_arena::score_table::UNREAD;
use evalscope_arena::{Battle, Winner};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Names of the two answers of a pair whose models are not said.
const PAIR: [&str; 2] = ["first", "second"];
/// What holds the two answers of a pair, and what holds a single one.
const PAIRS: [[&str; 2]; 3] = [["answer_a", "answer_b"], ["answer_1", "answer_2"], ["output_a", "output_b"]];
const ALONE: [&str; 2] = ["answer", "output"];

/// A label of a single answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LabelAlone {
    pub question: String,
    pub answer: String,
    pub model: Option<String>,
    /// What it was given; nothing where a judge could not be read.
    pub label: Option<f64>,
    /// The answer that the question should have, where it is known.
    pub reference: Option<String>,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Labels {
    Pairs(Vec<Battle>),
    Alone(Vec<LabelAlone>),
}

/// Reads a file; all of its lines are pairs, or all are single answers.
pub(super) fn read_labels(path: &Path) -> Result<Labels, Error> {
    let name = path.display().to_string();
    let rows: Vec<Map<String, Value>> = parse_lines(&name, "label", &read(path)?)?;
    let is_alone = rows.first().is_some_and(|row| {
        !row.contains_key("model_a") && ALONE.iter().any(|field| row.contains_key(*field))
    });
    let wrong = |(line, why): (usize, &str)| {
        Error::from(ArgumentError::new(format!("{name}: label {}: {why}", line + 1)).with_hint(Some(
            "write {\"question\", \"answers\": [\"…\", \"…\"], \"label\": \"A\"|\"B\"|\"tie\"}, or {\"question\", \"answer\", \"label\": \
             number}, or battles"
                .into(),
        )))
    };
    let rows = rows.into_iter().enumerate();
    match is_alone {
        true => {
            let of = |(line, row)| alone(&row).map_err(|why| wrong((line, why)));
            Ok(Labels::Alone(rows.map(of).collect::<Result<_, _>>()?))
        }
        false => {
            let of = |(line, row)| pair(row).map_err(|why| wrong((line, why)));
            Ok(Labels::Pairs(rows.map(of).collect::<Result<_, _>>()?))
        }
    }
}

/// What stands in a field, when it is text or a number.
fn text(row: &Map<String, Value>, field: &str) -> Option<String> {
    match row.get(field)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The question in its words, or else its id.
fn question(row: &Map<String, Value>) -> Option<String> {
    text(row, "question").or_else(|| text(row, "question_id"))
}

fn alone(row: &Map<String, Value>) -> Result<LabelAlone, &'static str> {
    let label = row.get("label").or_else(|| row.get("score")).ok_or("`label` is missing")?;
    let label = match label {
        Value::Bool(is_right) => Some(f64::from(u8::from(*is_right))),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "right" | "correct" | "yes" | "true" => Some(1.0),
            "wrong" | "incorrect" | "no" | "false" => Some(0.0),
            number => number.parse().ok().filter(|number: &f64| number.is_finite()),
        },
        _ => None,
    };
    let label = label.ok_or("`label` is neither a number nor right or wrong")?;
    Ok(LabelAlone {
        question: question(row).ok_or("`question` is missing")?,
        answer: ALONE.iter().find_map(|field| text(row, field)).ok_or("`answer` is missing")?,
        model: text(row, "model"),
        label: (label != UNREAD).then_some(label),
        reference: text(row, "reference"),
    })
}

fn pair(mut row: Map<String, Value>) -> Result<Battle, &'static str> {
    if row.contains_key("model_a") && row.contains_key("model_b") && !row.contains_key("label") {
        return serde_json::from_value(row.into()).map_err(|_| "no battle");
    }
    let [a, b] = answers(&row).ok_or("`answers` are missing")?;
    let winner = winner(row.get("label").ok_or("`label` is missing")?);
    let winner = winner.ok_or("`label` is none of A, B and tie")?;
    let name = |place: usize, field: &str| {
        let named = row.get("models").and_then(|models| models.get(place)?.as_str().map(str::to_owned));
        named.or_else(|| text(&row, field)).unwrap_or_else(|| PAIR[place].to_owned())
    };
    let mut battle = Battle::new(&name(0, "model_a"), &name(1, "model_b"), winner);
    battle.question_id = row.remove("question_id").unwrap_or_default();
    let question = text(&row, "question");
    if battle.question_id.is_null() && question.is_none() {
        return Err("`question` is missing");
    }
    if battle.model_a == PAIR[0] && battle.model_b == PAIR[1] {
        // Nothing but the answers tells one pair of a question from another.
        battle.question_id = json!([battle.question_id, question, a, b]);
    }
    for (field, value) in [
        ("question", question),
        ("output_a", Some(a)),
        ("output_b", Some(b)),
        ("reference", text(&row, "reference")),
    ] {
        value.into_iter().for_each(|value| drop(battle.more.insert(field.to_owned(), value.into())));
    }
    Ok(battle)
}

fn answers(row: &Map<String, Value>) -> Option<[String; 2]> {
    if let Some(answers) = row.get("answers").and_then(Value::as_array) {
        let [a, b] = answers.as_slice() else { return None };
        return Some([a.as_str()?.to_owned(), b.as_str()?.to_owned()]);
    }
    PAIRS.iter().find_map(|[a, b]| Some([text(row, a)?, text(row, b)?]))
}

/// Who is better, in the words of several files of labels. 1 and 2 are the answers, 0 and 1.5 a tie, as in AlpacaEval's; two
/// scores are compared.
fn winner(label: &Value) -> Option<Winner> {
    let of_numbers = |a: f64, b: f64| match a.total_cmp(&b) {
        std::cmp::Ordering::Greater => Winner::A,
        std::cmp::Ordering::Less => Winner::B,
        std::cmp::Ordering::Equal => Winner::Tie,
    };
    match label {
        Value::Array(scores) => match scores.as_slice() {
            [a, b] => Some(of_numbers(a.as_f64()?, b.as_f64()?)),
            _ => None,
        },
        Value::Number(number) => match number.as_f64()? {
            1.0 => Some(Winner::A),
            2.0 => Some(Winner::B),
            0.0 | 1.5 => Some(Winner::Tie),
            _ => None,
        },
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "a" | "first" | "model_a" | "answer_a" | "1" => Some(Winner::A),
            "b" | "second" | "model_b" | "answer_b" | "2" => Some(Winner::B),
            "tie" | "equal" | "both" | "c" | "0" => Some(Winner::Tie),
            "both_bad" | "both bad" | "tie (bothbad)" | "neither" => Some(Winner::BothBad),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn labels_of_pairs_in_several_words() {
        let of = |label: Value| {
            pair(row(json!({"question": "q", "answers": ["one", "two"], "label": label})))
                .map(|battle| battle.winner())
        };
        for (label, winner) in [
            (json!("A"), Winner::A),
            (json!(2), Winner::B),
            (json!(1.5), Winner::Tie),
            (json!("both_bad"), Winner::BothBad),
            (json!([9.0, 8.5]), Winner::A),
            (json!([3, 3]), Winner::Tie),
        ] {
            assert_eq!(of(label.clone()), Ok(winner), "{label}");
        }
        assert_eq!(of(json!("maybe")), Err("`label` is none of A, B and tie"));
        let found = pair(row(
            json!({"question_id": 7, "models": ["x", "y"], "answer_1": "1", "answer_2": "2", "label": "b"}),
        ))
        .unwrap();
        assert_eq!((found.model_a.as_str(), found.text("output_b")), ("x", Some("2")));
        assert_eq!(
            pair(row(json!({"question": "q", "answers": ["one"], "label": "A"}))),
            Err("`answers` are missing")
        );
    }

    #[test]
    fn labels_of_single_answers_in_several_words() {
        let of = |label: Value| {
            alone(&row(json!({"question": "q", "answer": "a", "label": label}))).map(|one| one.label)
        };
        assert_eq!(
            (of(json!(true)), of(json!("wrong")), of(json!(7.5))),
            (Ok(Some(1.0)), Ok(Some(0.0)), Ok(Some(7.5)))
        );
        assert_eq!((of(json!("8")), of(json!(-1))), (Ok(Some(8.0)), Ok(None)));
        assert!(of(json!("fine")).is_err() && of(json!(null)).is_err());
    }
}
