//! Names of metrics as EvalScope 1.14 takes them: lower-case words joined by `_`, and not those it finds too vague.

use serde_json::{Value, json};

/// Names that EvalScope refuses.
const VAGUE: [&str; 3] = ["score", "overall", "total_score"];
/// What EvalScope itself calls a metric whose name it does not take.
const LEGACY: &str = "legacy_metric";
/// Where it keeps the name then.
const ORIGINAL: &str = "original_name";

/// The identity of a metric.
pub fn identity(name: &str) -> Value {
    if is_canonical(name) {
        json!({"name": name, "aggregation": "mean", "dimensions": {}})
    } else {
        json!({"name": LEGACY, "aggregation": "mean", "dimensions": {ORIGINAL: name}})
    }
}

fn is_canonical(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain) && !VAGUE.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_evalscope_refuses_are_kept_beside() {
        assert_eq!(identity("mean_acc")["name"], "mean_acc");
        for name in ["score", "exact_match,none", "BLEU", "1st", ""] {
            let identity = identity(name);
            assert_eq!(
                (&identity["name"], &identity["dimensions"][ORIGINAL]),
                (&json!(LEGACY), &json!(name))
            );
        }
    }
}
