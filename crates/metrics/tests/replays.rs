//! Recorded replies of real models score what was published for them.

use evalscope_metrics::extract::{Reply, extractor};
use evalscope_metrics::score::text_metric;
use std::path::Path;

/// Right answers of 1,319, as counted by the models' authors; Math-Verify 0.9.0 counts the same.
const PUBLISHED: [(&str, usize); 4] =
    [("6b_finetuning", 286), ("6b_verification", 515), ("175b_finetuning", 458), ("175b_verification", 742)];

#[test]
#[expect(clippy::disallowed_methods, reason = "tests read recorded replies")]
fn gsm8k_replies_have_their_published_scores() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/replays/gsm8k_gpt3/example_model_solutions.jsonl");
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let extract = extractor("math_answer").unwrap().run;
    let equal = text_metric("math_equal").unwrap().run;
    for (model, published) in PUBLISHED {
        let is_right = |row: &&serde_json::Value| {
            let target = row["ground_truth"].as_str().unwrap().rsplit("A:").next().unwrap().trim().to_owned();
            let reply = row[model]["solution"].as_str().unwrap();
            let answer = extract(&Reply { text: reply, labels: &[], choices: &[], targets: 0 });
            answer.is_some_and(|answer| equal(&answer.text, &[target]) == 1.0)
        };
        assert_eq!(rows.iter().filter(is_right).count(), published, "{model}");
    }
}
