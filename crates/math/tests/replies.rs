//! Replies as models write them, with the answer that a person finds in each.

use evalscope_math::extract;

#[derive(serde::Deserialize)]
struct Row {
    reply: String,
    text: Option<String>,
    rule: Option<String>,
}

#[test]
fn every_reply_gives_its_answer_by_the_rule_named() {
    let mut wrong = Vec::new();
    for line in include_str!("../vectors/replies.jsonl").lines() {
        let row: Row = serde_json::from_str(line).unwrap();
        let found = extract(&row.reply);
        let rule = found.as_ref().map(|found| found.rule.name().to_owned());
        let text = found.as_ref().map(|found| found.text.clone());
        if (&text, &rule) != (&row.text, &row.rule) {
            wrong.push(format!("{:?}: {text:?} by {rule:?} for {:?} by {:?}", row.reply, row.text, row.rule));
        }
        let parts: Vec<&str> =
            found.iter().flat_map(|found| &found.spans).map(|span| &row.reply[span.clone()]).collect();
        let text = text.unwrap_or_default();
        assert!(parts.iter().all(|part| text.contains(part)), "{:?}: {parts:?} for {text:?}", row.reply);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
