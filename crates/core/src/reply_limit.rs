//! How many tokens the replies to a request have at most, whatever name its protocol has for the limit.

use crate::request::Sampling;
use serde_json::{Map, Value};

/// Fields of protocols that say how many tokens a reply may have.
pub const TOKEN_LIMITS: [&str; 6] = [
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "maxOutputTokens",
    "num_predict",
    "n_predict",
];
/// Fields of protocols that say how many replies are wanted, or made to choose from.
pub const REPLY_COUNTS: [&str; 3] = ["n", "best_of", "candidateCount"];
/// Objects of a request in which protocols have such fields.
pub const SAMPLING_OBJECTS: [&str; 2] = ["generationConfig", "options"];

impl Sampling {
    /// Tokens of all replies to one request at most; `None` without a limit.
    ///
    /// What stands in `extra_body` goes over our own fields. Which of several limits a server keeps to is its own affair, so
    /// the largest counts.
    pub fn most_output(&self) -> Option<u64> {
        let limits = said(&self.extra_body, &TOKEN_LIMITS);
        let own = self.max_tokens.map(u64::from).filter(|_| !limits.iter().any(|value| value.is_null()));
        let given: Vec<&Value> = limits.into_iter().filter(|value| !value.is_null()).collect();
        // Less than none, or no number: Ollama's -1 is no limit.
        let given = given.into_iter().map(Value::as_u64).collect::<Option<Vec<u64>>>()?;
        let each = given.into_iter().chain(own).max()?;
        let counts = said(&self.extra_body, &REPLY_COUNTS).into_iter().filter_map(Value::as_u64);
        let replies = counts.chain(self.n.map(u64::from)).max().unwrap_or(1);
        Some(each.saturating_mul(replies))
    }
}

/// What a body says under any of these names.
fn said<'a>(body: &'a Map<String, Value>, names: &[&str]) -> Vec<&'a Value> {
    let inner = SAMPLING_OBJECTS.iter().filter_map(|name| body.get(*name)?.as_object());
    let places = std::iter::once(body).chain(inner);
    places.flat_map(|fields| names.iter().filter_map(|name| fields.get(*name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn most(max_tokens: Option<u32>, n: Option<u32>, extra_body: Value) -> Option<u64> {
        let Value::Object(extra_body) = extra_body else { panic!("no object") };
        Sampling { max_tokens, n, extra_body, ..Sampling::default() }.most_output()
    }

    #[test]
    fn a_limit_counts_under_every_protocols_name() {
        assert_eq!(most(None, None, json!({})), None);
        assert_eq!(most(Some(100), Some(3), json!({"top_k": 5})), Some(300));
        for extra in [
            json!({"max_tokens": 900}),
            json!({"max_completion_tokens": 900}),
            json!({"max_output_tokens": 900}),
            json!({"generationConfig": {"maxOutputTokens": 900}}),
            json!({"options": {"num_predict": 900}}),
            json!({"n_predict": 900}),
            json!({"max_tokens": null, "max_completion_tokens": 900}),
        ] {
            assert_eq!(most(Some(100), None, extra.clone()), Some(900), "{extra}");
            assert_eq!(most(None, None, extra.clone()), Some(900), "{extra}");
        }
    }

    #[test]
    fn replies_count_under_every_protocols_name() {
        assert_eq!(most(Some(10), None, json!({"n": 4})), Some(40));
        assert_eq!(most(Some(10), Some(2), json!({"best_of": 5})), Some(50));
        assert_eq!(most(Some(10), None, json!({"generationConfig": {"candidateCount": 3}})), Some(30));
    }

    #[test]
    fn a_limit_that_is_taken_out_is_none() {
        assert_eq!(most(Some(100), None, json!({"max_tokens": null})), None);
        assert_eq!(most(Some(100), None, json!({"options": {"num_predict": -1}})), None);
    }
}
