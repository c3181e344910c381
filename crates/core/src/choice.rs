//! The ways in which a multiple-choice question can be answered. Their scores cannot be compared with each other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the chosen option is found out, the most exact way first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceMode {
    /// The log-likelihood of each option after the prompt.
    Loglikelihood,
    /// The log-probabilities of the options' letters as first token of the reply.
    TopLogprobs,
    /// A reply that the server lets be nothing but one of the letters.
    Constrained(Constraint),
    /// A free reply, in which the letter is looked for.
    Generate,
}

/// How a server is told that a reply must be one of several texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    /// By the fields of servers of open models: vLLM's `structured_outputs`, before that `guided_choice`, and the
    /// `grammar` of llama.cpp. Each server knows its own and ignores the others.
    Choice,
    /// By `response_format` with a JSON schema, as OpenAI documents it.
    JsonSchema,
}

impl ChoiceMode {
    /// The name on the command line and on screen.
    pub fn word(self) -> &'static str {
        match self {
            ChoiceMode::Loglikelihood => "loglikelihood",
            ChoiceMode::TopLogprobs => "top-logprobs",
            ChoiceMode::Constrained(_) => "constrained",
            ChoiceMode::Generate => "generate",
        }
    }

    /// What is done, for people.
    pub fn about(self) -> &'static str {
        match self {
            ChoiceMode::Loglikelihood => "log-likelihood of each option",
            ChoiceMode::TopLogprobs => "log-probabilities of the reply's first token",
            ChoiceMode::Constrained(Constraint::Choice) => "reply constrained to the options",
            ChoiceMode::Constrained(Constraint::JsonSchema) => "reply constrained by a JSON schema",
            ChoiceMode::Generate => "free reply, searched for the option",
        }
    }
}

impl Constraint {
    /// Both ways, the one that leaves less room first.
    pub const ALL: [Constraint; 2] = [Constraint::Choice, Constraint::JsonSchema];

    /// The fields of a request that constrain its reply to one of these texts.
    pub fn fields(self, texts: &[String]) -> serde_json::Map<String, serde_json::Value> {
        let fields = match self {
            Constraint::Choice => serde_json::json!({
                "structured_outputs": {"choice": texts},
                "guided_choice": texts,
                "grammar": format!("root ::= {}", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" | ")),
            }),
            Constraint::JsonSchema => serde_json::json!({"response_format": {
                "type": "json_schema",
                "json_schema": {"name": "choice", "strict": true, "schema": {
                    "type": "object",
                    "properties": {ANSWER: {"type": "string", "enum": texts}},
                    "required": [ANSWER],
                    "additionalProperties": false,
                }},
            }}),
        };
        match fields {
            serde_json::Value::Object(fields) => fields,
            _ => serde_json::Map::new(),
        }
    }

    /// Which of the texts a reply to such a request is; nothing when the server did not keep to the constraint.
    pub fn chosen<'a>(self, reply: &str, texts: &'a [String]) -> Option<&'a String> {
        let reply = reply.trim();
        let said = match self {
            Constraint::Choice => reply.to_owned(),
            Constraint::JsonSchema => {
                serde_json::from_str::<serde_json::Value>(reply).ok()?.get(ANSWER)?.as_str()?.to_owned()
            }
        };
        texts.iter().find(|text| **text == said)
    }
}

/// The field of a JSON reply that holds the chosen text.
const ANSWER: &str = "answer";

/// A text as a literal of llama.cpp's grammars.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts() -> Vec<String> {
        vec!["A".into(), "B\"\\".into()]
    }

    #[test]
    fn every_server_finds_its_own_field() {
        let fields = Constraint::Choice.fields(&texts());
        assert_eq!(fields["guided_choice"], json!(["A", "B\"\\"]));
        assert_eq!(fields["structured_outputs"]["choice"], fields["guided_choice"]);
        assert_eq!(fields["grammar"], r#"root ::= "A" | "B\"\\""#);
        let schema = &Constraint::JsonSchema.fields(&texts())["response_format"]["json_schema"]["schema"];
        assert_eq!(schema["properties"]["answer"]["enum"], fields["guided_choice"]);
    }

    #[test]
    fn a_reply_outside_the_constraint_is_none_of_the_texts() {
        let texts = texts();
        assert_eq!(Constraint::Choice.chosen(" A\n", &texts), Some(&texts[0]));
        assert_eq!(Constraint::Choice.chosen("A.", &texts), None);
        assert_eq!(Constraint::JsonSchema.chosen(r#" {"answer": "A"}"#, &texts), Some(&texts[0]));
        for reply in ["A", r#"{"answer": "C"}"#, r#"{"answer": 1}"#, r#"{"answer": "A""#, ""] {
            assert_eq!(Constraint::JsonSchema.chosen(reply, &texts), None, "{reply}");
        }
    }

    #[test]
    fn modes_stand_in_the_order_of_the_ladder() {
        let rungs = [
            ChoiceMode::Loglikelihood,
            ChoiceMode::TopLogprobs,
            ChoiceMode::Constrained(Constraint::Choice),
            ChoiceMode::Generate,
        ];
        assert!(rungs.is_sorted());
        assert_eq!(serde_json::to_value(rungs[2]).unwrap(), json!({"constrained": "choice"}));
    }
}
