//! Options by the log-probabilities of a reply's first token.

use serde_json::Value;

/// Returns for each label the log-probability that the reply begins with it, from the alternatives to the first token
/// that a server of OpenAI's protocols gives; nothing for a label that is not among them.
///
/// Takes both forms: `content[0].top_logprobs` of conversations and `top_logprobs[0]` of completions. Tokens that are
/// the same without white space count as one, so that `A` and ` A` are added. Natural logarithm, up to 0.
pub fn of_labels(logprobs: &Value, labels: &[String]) -> Vec<Option<f64>> {
    let alternatives = alternatives(logprobs);
    let of_label = |label: &String| {
        let same = alternatives.iter().filter(|(token, _)| token.trim() == label);
        same.map(|(_, logprob)| *logprob).reduce(add)
    };
    labels.iter().map(of_label).collect()
}

/// Tokens that could have stood first, each with its log-probability, the one that did among them.
fn alternatives(logprobs: &Value) -> Vec<(&str, f64)> {
    let first = &logprobs["content"][0];
    if let Some(list) = first["top_logprobs"].as_array() {
        let entry = |entry: &'_ Value| entry["logprob"].as_f64();
        let mut found: Vec<(&str, f64)> = Vec::new();
        for value in list.iter().chain([first]) {
            let (Some(token), Some(logprob)) = (value["token"].as_str(), entry(value)) else { continue };
            if !found.iter().any(|(known, _)| *known == token) {
                found.push((token, logprob));
            }
        }
        return found;
    }
    let listed = logprobs["top_logprobs"][0].as_object().into_iter().flatten();
    listed.filter_map(|(token, logprob)| Some((token.as_str(), logprob.as_f64()?))).collect()
}

/// The logarithm of the sum of two probabilities.
fn add(one: f64, other: f64) -> f64 {
    let (high, low) = if one > other { (one, other) } else { (other, one) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn labels() -> Vec<String> {
        ["A", "B", "C"].map(str::to_owned).to_vec()
    }

    #[test]
    fn both_forms_are_read() {
        let chat = json!({"content": [{"token": "B", "logprob": -0.5, "top_logprobs": [
            {"token": "B", "logprob": -0.5}, {"token": " A", "logprob": -1.5}, {"token": "The", "logprob": -2.0}]}]});
        assert_eq!(of_labels(&chat, &labels()), [Some(-1.5), Some(-0.5), None]);
        let text = json!({"tokens": [" B"], "top_logprobs": [{" B": -0.5, " A": -1.5, "x": null}]});
        assert_eq!(of_labels(&text, &labels()), [Some(-1.5), Some(-0.5), None]);
    }

    #[test]
    fn tokens_with_and_without_a_space_are_one_answer() {
        let half = 0.25f64.ln();
        let text = json!({"top_logprobs": [{"A": half, " A": half, "B": -0.9}]});
        let found = of_labels(&text, &labels());
        assert!((found[0].unwrap() - 0.5f64.ln()).abs() < 1e-12, "{found:?}");
        assert!(found[0] > found[1]);
    }

    #[test]
    fn the_token_itself_counts_where_it_is_not_among_the_alternatives() {
        let chat = json!({"content": [{"token": "C", "logprob": -0.1, "top_logprobs": []}]});
        assert_eq!(of_labels(&chat, &labels())[2], Some(-0.1));
    }

    #[test]
    fn what_is_no_list_has_no_label() {
        for value in
            [json!(null), json!({}), json!({"content": []}), json!({"content": 3, "top_logprobs": [null]})]
        {
            assert_eq!(of_labels(&value, &labels()), [None; 3], "{value}");
        }
    }
}
