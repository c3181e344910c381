//! A verdict as one JSON object, as EvalScope 1.14.1 asks for it: what the judge is told of it, and how it is read.

use crate::parse::Unparsed;
use crate::python_json::{float, object, whole};
use serde_json::Value;

/// The form of a verdict.
#[derive(Debug, Clone, PartialEq)]
pub enum Contract {
    /// One of these labels, in this field.
    Labels {
        /// The field.
        field: String,
        /// The labels.
        labels: Vec<String>,
        /// Whether a reason is asked for.
        has_reasoning: bool,
    },
    /// A number in this field.
    Number {
        /// The field.
        field: String,
        /// The lowest number.
        low: f64,
        /// The highest number.
        high: f64,
        /// Whether it has no part after the point.
        is_whole: bool,
        /// The field of the reason.
        reason: &'static str,
    },
}

/// The field of the reason, but where a benchmark has another.
pub const REASON: &str = "reasoning";

/// A verdict.
#[derive(Debug, Clone, PartialEq)]
pub enum Grade {
    /// One of the labels.
    Label(String),
    /// A number.
    Number(f64),
}

/// A verdict and the reason that the judge gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Graded {
    /// The verdict.
    pub grade: Grade,
    /// The judge's words; empty when it gave none.
    pub reasoning: String,
}

impl Contract {
    /// What is appended to the prompt.
    pub fn instruction(&self) -> String {
        let reasoning = match self.has_reason() {
            true => format!("\n- \"{}\": a string", self.reason()),
            false => String::new(),
        };
        let (field, wanted) = match self {
            Contract::Labels { field, labels, .. } => {
                let quoted: Vec<String> = labels.iter().map(|label| format!("\"{label}\"")).collect();
                (field, format!("exactly one of {}", quoted.join(" or ")))
            }
            Contract::Number { field, low, high, is_whole: true, .. } => {
                (field, format!("an integer >= {low} and <= {high}"))
            }
            Contract::Number { field, low, high, .. } => {
                (field, format!("a number >= {} and <= {}", python_float(*low), python_float(*high)))
            }
        };
        format!(
            "\n\nReply with a single JSON object and no other text, containing these required keys \
             (additional keys are allowed):{reasoning}\n- \"{field}\": {wanted}"
        )
    }

    /// Whether a reason is asked for.
    fn has_reason(&self) -> bool {
        !matches!(self, Contract::Labels { has_reasoning: false, .. })
    }

    fn reason(&self) -> &'static str {
        match self {
            Contract::Labels { .. } => REASON,
            Contract::Number { reason, .. } => reason,
        }
    }

    /// What a judge is told whose reply could not be read.
    pub fn reminder(&self) -> String {
        format!("Your verdict could not be read.{}", self.instruction())
    }

    /// Reads the verdict of a reply: of its only JSON object. Reasoning before `</think>` is not looked at.
    pub fn parse(&self, reply: &str) -> Result<Graded, Unparsed> {
        const THOUGHT: &str = "</think>";
        let reply = reply.rfind(THOUGHT).map_or(reply, |at| &reply[at + THOUGHT.len()..]);
        let fields = match objects(reply).as_slice() {
            [] => return Err(Unparsed::None),
            [only] => object(only).ok_or(Unparsed::None)?,
            _ => return Err(Unparsed::Several),
        };
        let reasoning = match fields.get(self.reason()) {
            Some(Value::String(text)) => text.clone(),
            // What nobody asked for may look as it likes.
            Some(_) if self.has_reason() => return Err(Unparsed::None),
            _ => String::new(),
        };
        let grade = match self {
            Contract::Labels { field, labels, .. } => {
                let found = fields.get(field).and_then(Value::as_str).ok_or(Unparsed::None)?;
                let label = labels.iter().find(|label| *label == found).ok_or(Unparsed::OutOfRange)?;
                Grade::Label(label.clone())
            }
            Contract::Number { field, low, high, is_whole, .. } => {
                let read = if *is_whole { whole } else { float };
                let number = fields.get(field).and_then(read).ok_or(Unparsed::None)?;
                if !(*low..=*high).contains(&number) || *is_whole && number.fract() != 0.0 {
                    return Err(Unparsed::OutOfRange);
                }
                Grade::Number(number)
            }
        };
        Ok(Graded { grade, reasoning })
    }
}

/// A number as Python writes a float.
fn python_float(number: f64) -> String {
    format!("{number:?}")
}

/// The texts from each outermost `{` to its `}`.
fn objects(reply: &str) -> Vec<&str> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    let (mut is_text, mut is_escaped) = (false, false);
    for (at, byte) in reply.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'{' => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b'}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    found.push(&reply[start..=at]);
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Contract {
        Contract::Labels {
            field: "verdict".into(),
            labels: ["A", "B", "C"].map(str::to_owned).into(),
            has_reasoning: true,
        }
    }

    fn number(field: &str, (low, high): (f64, f64), is_whole: bool) -> Contract {
        Contract::Number { field: field.into(), low, high, is_whole, reason: REASON }
    }

    // evalscope 1.14.1: OutputContract(schema_model=Grade).instruction() and .parse() of simple_qa's Grade, and of
    // needle_haystack's Rating.
    #[test]
    fn the_form_is_said_as_evalscope_says_it() {
        assert_eq!(
            labels().instruction(),
            "\n\nReply with a single JSON object and no other text, containing these required keys (additional keys are \
             allowed):\n- \"reasoning\": a string\n- \"verdict\": exactly one of \"A\" or \"B\" or \"C\""
        );
        let rating = number("verdict", (0.0, 10.0), false);
        assert!(rating.instruction().ends_with("- \"verdict\": a number >= 0.0 and <= 10.0"));
    }

    #[test]
    fn one_object_is_read_and_two_say_nothing() {
        let grade = |reply: &str| labels().parse(reply).map(|graded| graded.grade);
        let a = Ok(Grade::Label("A".into()));
        assert_eq!(grade("```json\n{\"reasoning\": \"fine {x}\", \"verdict\": \"A\"}\n```"), a);
        assert_eq!(grade("<think>{\"verdict\": \"B\"}</think>{\"verdict\": \"A\", \"sure\": true}"), a);
        assert_eq!(grade("{\"verdict\": \"A\"} {\"verdict\": \"A\"}"), Err(Unparsed::Several));
        assert_eq!(grade("{\"verdict\": \"D\"}"), Err(Unparsed::OutOfRange));
        assert_eq!(grade("A"), Err(Unparsed::None));
        assert_eq!(grade("{\"verdict\": 1}"), Err(Unparsed::None));
        assert_eq!(grade("{\"verdict\": \"A\""), Err(Unparsed::None));
        assert_eq!(grade(""), Err(Unparsed::None));
    }

    /// What EvalScope 1.14.1's own contracts read in the same replies.
    #[test]
    fn replies_are_read_as_evalscope_reads_them() {
        let alpaca = Contract::Labels {
            field: "verdict".into(),
            labels: ["m", "M"].map(str::to_owned).into(),
            has_reasoning: false,
        };
        let rating = Contract::Number {
            field: "score".into(),
            low: 1.0,
            high: 10.0,
            is_whole: true,
            reason: "explanation",
        };
        for line in include_str!("../vectors/replies.jsonl").lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let contract = match case["contract"].as_str().unwrap() {
                "simple_qa" => labels(),
                "alpaca_eval" => alpaca.clone(),
                "mt_bench" => rating.clone(),
                _ => number("verdict", (0.0, 10.0), false),
            };
            let found = contract.parse(case["reply"].as_str().unwrap()).ok().map(|graded| graded.grade);
            let wanted = match &case["out"] {
                Value::String(label) => Some(Grade::Label(label.clone())),
                other => other.as_f64().map(Grade::Number),
            };
            assert_eq!(found, wanted, "{line}");
        }
        assert_eq!(rating.parse("{\"score\": true}"), Err(Unparsed::None), "EvalScope has 1");
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let rating = number("score", (0.0, 1.0), false);
        let grade = |reply: &str| rating.parse(reply).map(|graded| graded.grade);
        assert_eq!(grade("{\"score\": 0.5}"), Ok(Grade::Number(0.5)));
        assert_eq!(grade("{\"score\": \"1\"}"), Ok(Grade::Number(1.0)));
        assert_eq!(grade("{\"score\": 1.5}"), Err(Unparsed::OutOfRange));
        assert_eq!(grade("{\"score\": \"nan\"}"), Err(Unparsed::None));
        // evalscope 1.14.1: MTBenchVerdict's score.
        let whole = number("score", (1.0, 10.0), true);
        assert!(whole.instruction().ends_with("- \"score\": an integer >= 1 and <= 10"));
        let grade = |reply: &str| whole.parse(reply).map(|graded| graded.grade);
        assert_eq!(grade("{\"score\": 7.0}"), Ok(Grade::Number(7.0)));
        assert_eq!(grade("{\"score\": 7.5}"), Err(Unparsed::OutOfRange));
    }
}
